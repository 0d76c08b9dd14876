//! Roles (named sets of permissions) and their assignment to accounts.

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
                    .table("role")
                    .col(uuid("id").primary_key())
                    .col(string("name").unique_key())
                    .col(string("permissions"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("account_role")
                    .col(uuid("account_id"))
                    .col(uuid("role_id"))
                    .primary_key(Index::create().col("account_id").col("role_id"))
                    .foreign_key(&mut foreign_key(
                        "account_role",
                        "account_id",
                        "account",
                        ForeignKeyAction::Cascade,
                    ))
                    .foreign_key(&mut foreign_key(
                        "account_role",
                        "role_id",
                        "role",
                        ForeignKeyAction::Restrict,
                    ))
                    .to_owned(),
            )
            .await?;
        manager.create_index(index("account_role", &["role_id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("account_role").to_owned()).await?;
        manager.drop_table(Table::drop().table("role").to_owned()).await
    }
}
