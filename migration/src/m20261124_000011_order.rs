//! Orders and their lines. Orders are kept when their account is deleted; a variant that was ordered cannot be deleted.

use sea_orm_migration::{prelude::*, schema::*};

use crate::{foreign_key, index};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("order")
                    .col(uuid("id").primary_key())
                    .col(big_integer("number").unique_key())
                    .col(uuid_null("account_id"))
                    .col(string_len("currency", 3))
                    .col(big_integer("total_minor").check(Expr::col("total_minor").gte(0)))
                    .col(timestamp_with_time_zone("placed_at"))
                    .foreign_key(&mut foreign_key(
                        "order",
                        "account_id",
                        "account",
                        ForeignKeyAction::SetNull,
                    ))
                    .to_owned(),
            )
            .await?;
        manager.create_index(index("order", &["account_id", "placed_at", "id"])).await?;
        manager.create_index(index("order", &["placed_at", "id"])).await?;
        manager
            .create_table(
                Table::create()
                    .table("order_line")
                    .col(uuid("id").primary_key())
                    .col(uuid("order_id"))
                    .col(uuid_null("variant_id"))
                    .col(string("sku"))
                    .col(string("product_name"))
                    .col(string("variant_name"))
                    .col(integer("quantity").check(Expr::col("quantity").gte(1)))
                    .col(big_integer("unit_price_minor").check(Expr::col("unit_price_minor").gte(0)))
                    .foreign_key(&mut foreign_key(
                        "order_line",
                        "order_id",
                        "order",
                        ForeignKeyAction::Cascade,
                    ))
                    .foreign_key(&mut foreign_key(
                        "order_line",
                        "variant_id",
                        "variant",
                        ForeignKeyAction::Restrict,
                    ))
                    .to_owned(),
            )
            .await?;
        manager.create_index(index("order_line", &["order_id"])).await?;
        manager.create_index(index("order_line", &["variant_id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("order_line").to_owned()).await?;
        manager.drop_table(Table::drop().table("order").to_owned()).await
    }
}
