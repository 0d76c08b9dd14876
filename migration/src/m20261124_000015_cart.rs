//! Carts and their lines. A line outlives its variant, so that the shopper can be told; a cart outlives its shipping method.

use sea_orm_migration::{prelude::*, schema::*};

use crate::{foreign_key, index, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("cart")
                    .col(uuid("id").primary_key())
                    .col(binary_null("token_hash").unique_key())
                    .col(uuid_null("account_id").unique_key())
                    .col(string_len("currency", 3))
                    .col(string_null("email"))
                    .col(string_len_null("locale", 35))
                    .col(text("note"))
                    .col(json("shipping_address"))
                    .col(json("billing_address"))
                    .col(uuid_null("shipping_method_id"))
                    .col(json("metadata"))
                    .col(json("private_metadata"))
                    .col(integer("version"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .check((
                        "cart_owner_check",
                        Expr::col("token_hash").is_null().ne(Expr::col("account_id").is_null()),
                    ))
                    .foreign_key(&mut foreign_key("cart", "account_id", "account", ForeignKeyAction::Cascade))
                    .foreign_key(&mut foreign_key(
                        "cart",
                        "shipping_method_id",
                        "shipping_method",
                        ForeignKeyAction::SetNull,
                    ))
                    .to_owned(),
            )
            .await?;
        manager.create_index(index("cart", &["updated_at"])).await?;
        manager.create_index(index("cart", &["shipping_method_id"])).await?;
        manager
            .create_table(
                Table::create()
                    .table("cart_line")
                    .col(uuid("id").primary_key())
                    .col(uuid("cart_id"))
                    .col(integer("position"))
                    .col(uuid_null("variant_id"))
                    .col(integer("quantity").check(Expr::col("quantity").between(1, 9_999)))
                    .col(json("metadata"))
                    .col(text("metadata_key"))
                    .col(json("private_metadata"))
                    .col(string("seen_product_name"))
                    .col(string("seen_variant_name"))
                    .col(string("seen_sku"))
                    .col(big_integer_null("seen_price"))
                    .col(string_len_null("seen_problem", 32))
                    .col(integer_null("seen_available"))
                    .foreign_key(&mut foreign_key("cart_line", "cart_id", "cart", ForeignKeyAction::Cascade))
                    .foreign_key(&mut foreign_key(
                        "cart_line",
                        "variant_id",
                        "variant",
                        ForeignKeyAction::SetNull,
                    ))
                    .to_owned(),
            )
            .await?;
        manager.create_index(unique("cart_line", &["cart_id", "variant_id", "metadata_key"])).await?;
        manager.create_index(index("cart_line", &["variant_id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("cart_line").to_owned()).await?;
        manager.drop_table(Table::drop().table("cart").to_owned()).await
    }
}
