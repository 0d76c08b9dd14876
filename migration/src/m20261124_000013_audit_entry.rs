//! The audit log. Triggers reject `UPDATE` and `DELETE`, on PostgreSQL also `TRUNCATE`.

use sea_orm_migration::{prelude::*, schema::*};

use crate::{append_only, drop_append_only, index};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("audit_entry")
                    .col(uuid("id").primary_key())
                    .col(timestamp_with_time_zone("at"))
                    .col(string_len("actor_kind", 16))
                    .col(uuid_null("actor_id"))
                    .col(string_len("action", 64))
                    .col(boolean("succeeded"))
                    .col(string_len_null("subject_kind", 32))
                    .col(uuid_null("subject_id"))
                    .col(string_len_null("ip_address", 45))
                    .col(json_null("before"))
                    .col(json_null("after"))
                    .to_owned(),
            )
            .await?;
        let (by_action, by_subject) = (&["action", "at", "id"], &["subject_id", "at", "id"]);
        for columns in [&["at", "id"][..], &["actor_id", "at", "id"], by_action, by_subject] {
            manager.create_index(index("audit_entry", columns)).await?;
        }
        append_only(manager, "audit_entry").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_append_only(manager, "audit_entry").await
    }
}
