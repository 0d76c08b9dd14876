//! Registrations that wait for their address to be verified, and the tokens that are good for one step each.

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
        manager.create_index(index("registration", &["expires_at"])).await?;
        manager
            .create_table(
                Table::create()
                    .table("one_time_token")
                    .col(binary("token_hash").primary_key())
                    .col(string_len("purpose", 32))
                    .col(uuid_null("account_id"))
                    .col(uuid_null("registration_id"))
                    .col(string_null("email"))
                    .col(integer("attempts").default(0))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("expires_at"))
                    .foreign_key(&mut foreign_key(
                        "one_time_token",
                        "account_id",
                        "account",
                        ForeignKeyAction::Cascade,
                    ))
                    .foreign_key(&mut foreign_key(
                        "one_time_token",
                        "registration_id",
                        "registration",
                        ForeignKeyAction::Cascade,
                    ))
                    .to_owned(),
            )
            .await?;
        manager.create_index(index("one_time_token", &["account_id"])).await?;
        manager.create_index(index("one_time_token", &["registration_id"])).await?;
        manager.create_index(index("one_time_token", &["expires_at"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("one_time_token").to_owned()).await?;
        manager.drop_table(Table::drop().table("registration").to_owned()).await
    }
}
