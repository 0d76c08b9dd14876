//! Jobs: background work, enqueued in the transaction that causes it.

use sea_orm_migration::{prelude::*, schema::*};

use crate::index;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("job")
                    .col(uuid("id").primary_key())
                    .col(string("kind"))
                    .col(json_binary("payload"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("due_at"))
                    .col(integer("attempts").check(Expr::col("attempts").gte(0)))
                    .col(text_null("last_error"))
                    .col(timestamp_with_time_zone_null("dead_at"))
                    .to_owned(),
            )
            .await?;
        // Serves the claim of due jobs (`dead_at` is null), and the count and the list of dead ones.
        manager.create_index(index("job", &["dead_at", "due_at", "id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("job").to_owned()).await
    }
}
