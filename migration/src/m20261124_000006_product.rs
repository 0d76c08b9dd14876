//! The catalogue: categories, products (with an index for each sort order of a list) and variants.

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
        manager.create_index(index("category", &["parent_id", "position", "id"])).await?;
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
        manager.create_index(index("product", &["category_id", "created_at", "id"])).await?;
        manager
            .create_table(
                Table::create()
                    .table("variant")
                    .col(uuid("id").primary_key())
                    .col(uuid("product_id"))
                    .col(string("sku").unique_key())
                    .col(string("name"))
                    .col(big_integer("price_minor").check(Expr::col("price_minor").gte(0)))
                    .col(string_len("currency", 3))
                    .col(integer("on_hand").check(Expr::col("on_hand").gte(0)))
                    .col(integer("position"))
                    .foreign_key(&mut foreign_key(
                        "variant",
                        "product_id",
                        "product",
                        ForeignKeyAction::Cascade,
                    ))
                    .to_owned(),
            )
            .await?;
        manager.create_index(index("variant", &["product_id", "position", "id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("variant").to_owned()).await?;
        manager.drop_table(Table::drop().table("product").to_owned()).await?;
        manager.drop_table(Table::drop().table("category").to_owned()).await
    }
}
