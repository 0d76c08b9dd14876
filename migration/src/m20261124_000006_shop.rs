//! Settings of the shop, in the one row of `shop`, and the currencies that prices can be given in.

use sea_orm_migration::{prelude::*, schema::*, sea_orm::ConnectionTrait};

use crate::foreign_key_to;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("shop_currency")
                    .col(string_len("currency", 3).primary_key())
                    .col(integer("position"))
                    .col(boolean("prices_include_tax").default(true))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("shop")
                    .col(integer("id").primary_key().check(Expr::col("id").eq(1)))
                    .col(string("name"))
                    .col(string_len("default_currency", 3))
                    .col(string("time_zone"))
                    .col(string("order_number_prefix"))
                    .col(integer("version"))
                    .foreign_key(&mut foreign_key_to(
                        ("shop", "default_currency"),
                        ("shop_currency", "currency"),
                        ForeignKeyAction::Restrict,
                    ))
                    .to_owned(),
            )
            .await?;
        let connection = manager.get_connection();
        connection
            .execute_unprepared("INSERT INTO shop_currency (currency, position) VALUES ('EUR', 0)")
            .await?;
        connection
            .execute_unprepared(
                "INSERT INTO shop (id, name, default_currency, time_zone, order_number_prefix, version) \
                 VALUES (1, 'Bodega', 'EUR', 'UTC', '', 1)",
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("shop").to_owned()).await?;
        manager.drop_table(Table::drop().table("shop_currency").to_owned()).await
    }
}
