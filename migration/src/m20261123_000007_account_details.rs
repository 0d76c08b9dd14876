//! What accounts have besides their login: a name, whether they are blocked, and the epoch of their sessions.

use sea_orm_migration::{prelude::*, schema::*};

use crate::index;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // One column a statement, because SQLite adds no more at once.
        for column in [
            string("name").default("").to_owned(),
            timestamp_with_time_zone_null("blocked_at").to_owned(),
            integer("session_epoch").default(0).to_owned(),
        ] {
            manager.alter_table(Table::alter().table("account").add_column(column).to_owned()).await?;
        }
        manager.create_index(index("account", &["created_at", "id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_index(Index::drop().name("account_created_at_id_idx").table("account").to_owned())
            .await?;
        for column in ["name", "blocked_at", "session_epoch"] {
            manager.alter_table(Table::alter().table("account").drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}
