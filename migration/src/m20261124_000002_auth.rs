//! Sessions (for installations without Redis), one-time tokens, second factors and recovery codes.

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
                    .table("session")
                    .col(binary("token_hash").primary_key())
                    .col(uuid("id").unique_key())
                    .col(uuid("account_id"))
                    .col(integer("epoch"))
                    .col(boolean("is_strong"))
                    .col(string_null("user_agent"))
                    .col(string_len("ip_address", 45))
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
        manager.create_index(index("session", &["idle_expires_at"])).await?;
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
        manager.create_index(index("one_time_token", &["expires_at"])).await?;
        manager
            .create_table(
                Table::create()
                    .table("second_factor")
                    .col(uuid("account_id").primary_key())
                    .col(binary("sealed_secret"))
                    .col(big_integer("last_step").default(0))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone_null("confirmed_at"))
                    .foreign_key(&mut foreign_key(
                        "second_factor",
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
                    .table("recovery_code")
                    .col(binary("code_hash").primary_key())
                    .col(uuid("account_id"))
                    .foreign_key(&mut foreign_key(
                        "recovery_code",
                        "account_id",
                        "account",
                        ForeignKeyAction::Cascade,
                    ))
                    .to_owned(),
            )
            .await?;
        manager.create_index(index("recovery_code", &["account_id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("recovery_code").to_owned()).await?;
        manager.drop_table(Table::drop().table("second_factor").to_owned()).await?;
        manager.drop_table(Table::drop().table("one_time_token").to_owned()).await?;
        manager.drop_table(Table::drop().table("session").to_owned()).await
    }
}
