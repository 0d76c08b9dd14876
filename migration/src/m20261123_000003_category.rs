//! The tree of categories.

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
                    .table("category")
                    .col(uuid("id").primary_key())
                    .col(uuid_null("parent_id"))
                    .col(string("slug").unique_key())
                    .col(string("name"))
                    .col(text("description"))
                    .col(integer("position"))
                    .foreign_key(&mut foreign_key(
                        "category",
                        "parent_id",
                        "category",
                        ForeignKeyAction::Restrict,
                    ))
                    .to_owned(),
            )
            .await?;
        manager.create_index(index("category", &["parent_id", "position", "id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("category").to_owned()).await
    }
}
