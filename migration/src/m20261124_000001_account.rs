//! Accounts, the networks they log in from, and registrations that wait for e-mail verification.

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
                    .table("account")
                    .col(uuid("id").primary_key())
                    .col(string("email").unique_key())
                    .col(string_null("password_hash"))
                    .col(string_len("kind", 16))
                    .col(string("name"))
                    .col(timestamp_with_time_zone_null("blocked_at"))
                    .col(integer("session_epoch"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(index("account", &["created_at", "id"])).await?;
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
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("registration")
                    .col(uuid("id").primary_key())
                    .col(string("email"))
                    .col(string("name"))
                    .col(string("password_hash"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("expires_at"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(index("registration", &["email", "created_at"])).await?;
        manager.create_index(index("registration", &["expires_at"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("registration").to_owned()).await?;
        manager.drop_table(Table::drop().table("account_network").to_owned()).await?;
        manager.drop_table(Table::drop().table("account").to_owned()).await
    }
}
