//! The networks that an account has logged in from, so that strangers elsewhere cannot slow its owner down.

use sea_orm_migration::{prelude::*, schema::*};

use crate::foreign_key;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("account_network")
                    .col(uuid("account_id"))
                    .col(string_len("network", 64))
                    .col(timestamp_with_time_zone("last_login_at"))
                    .primary_key(Index::create().col("account_id").col("network"))
                    .foreign_key(&mut foreign_key(
                        "account_network",
                        "account_id",
                        "account",
                        ForeignKeyAction::Cascade,
                    ))
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("account_network").to_owned()).await
    }
}
