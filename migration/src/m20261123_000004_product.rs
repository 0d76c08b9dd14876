//! Products, indexed for each way in which a list of them is sorted.

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
                    .table("product")
                    .col(uuid("id").primary_key())
                    .col(uuid("category_id"))
                    .col(string("slug").unique_key())
                    .col(string("name"))
                    .col(text("description"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .foreign_key(&mut foreign_key(
                        "product",
                        "category_id",
                        "category",
                        ForeignKeyAction::Restrict,
                    ))
                    .to_owned(),
            )
            .await?;
        manager.create_index(index("product", &["created_at", "id"])).await?;
        manager.create_index(index("product", &["name", "id"])).await?;
        manager.create_index(index("product", &["category_id", "created_at", "id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("product").to_owned()).await
    }
}
