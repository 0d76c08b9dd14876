//! What an account's owner wants to know of its sessions. Open sessions end with this step: they know nothing of it.

use sea_orm_migration::{prelude::*, schema::*};

use crate::{foreign_key, index, m20261123_000002_session};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("session").to_owned()).await?;
        manager
            .create_table(
                Table::create()
                    .table("session")
                    .col(binary("token_hash").primary_key())
                    .col(uuid("id").unique_key())
                    .col(uuid("account_id"))
                    .col(integer("epoch"))
                    .col(boolean("is_strong"))
                    .col(string_null("user_agent"))
                    .col(string_len("address", 45))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("last_seen_at"))
                    .col(big_integer("idle_seconds"))
                    .col(timestamp_with_time_zone("idle_expires_at"))
                    .col(timestamp_with_time_zone("expires_at"))
                    .foreign_key(&mut foreign_key(
                        "session",
                        "account_id",
                        "account",
                        ForeignKeyAction::Cascade,
                    ))
                    .to_owned(),
            )
            .await?;
        manager.create_index(index("session", &["account_id"])).await?;
        manager.create_index(index("session", &["idle_expires_at"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("session").to_owned()).await?;
        m20261123_000002_session::Migration.up(manager).await
    }
}
