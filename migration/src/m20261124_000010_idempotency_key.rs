//! Keys of requests that count once: what each of them did.

use sea_orm_migration::{prelude::*, schema::*};

use crate::{index, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("idempotency_key")
                    .col(uuid("id").primary_key())
                    .col(string_len("scope", 48))
                    .col(string_len("mutation", 64))
                    .col(string_len("key", 100))
                    .col(binary("fingerprint"))
                    .col(uuid("effect_id"))
                    .col(timestamp_with_time_zone("at"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(unique("idempotency_key", &["scope", "mutation", "key"])).await?;
        manager.create_index(index("idempotency_key", &["at"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("idempotency_key").to_owned()).await
    }
}
