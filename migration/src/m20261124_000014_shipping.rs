//! Shipping: zones of places, and the methods by which carts are shipped there.

use sea_orm_migration::{prelude::*, schema::*};

use crate::{foreign_key, foreign_key_to, index};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// The tables, in the order of creation.
const TABLES: [&str; 5] =
    ["shipping_zone", "shipping_zone_place", "shipping_method", "shipping_price", "shipping_method_category"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [shipping_zone(), shipping_zone_place(), shipping_method()] {
            manager.create_table(table).await?;
        }
        for table in [shipping_price(), shipping_method_category()] {
            manager.create_table(table).await?;
        }
        let indexes: [(&str, &[&str]); 5] = [
            ("shipping_zone_place", &["zone_id"]),
            ("shipping_method", &["zone_id", "position", "id"]),
            ("shipping_method", &["tax_class_id"]),
            ("shipping_price", &["currency"]),
            ("shipping_method_category", &["category_id"]),
        ];
        for (table, columns) in indexes {
            manager.create_index(index(table, columns)).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES.into_iter().rev() {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

fn shipping_zone() -> TableCreateStatement {
    Table::create()
        .table("shipping_zone")
        .col(uuid("id").primary_key())
        .col(string("name").unique_key())
        .col(integer("version"))
        .to_owned()
}

/// `place` is the code of a subdivision or a country, or `*` for everywhere else: each belongs to one zone at most.
fn shipping_zone_place() -> TableCreateStatement {
    let cascade = ForeignKeyAction::Cascade;
    Table::create()
        .table("shipping_zone_place")
        .col(string_len("place", 6).primary_key())
        .col(uuid("zone_id"))
        .foreign_key(&mut foreign_key("shipping_zone_place", "zone_id", "shipping_zone", cascade))
        .to_owned()
}

/// Weights in grams.
fn shipping_method() -> TableCreateStatement {
    let (cascade, restrict) = (ForeignKeyAction::Cascade, ForeignKeyAction::Restrict);
    Table::create()
        .table("shipping_method")
        .col(uuid("id").primary_key())
        .col(uuid("zone_id"))
        .col(string("name"))
        .col(text("description"))
        .col(integer_null("min_days").check(Expr::col("min_days").gte(0)))
        .col(integer_null("max_days").check(Expr::col("max_days").gte(0)))
        .col(integer_null("min_weight").check(Expr::col("min_weight").gte(0)))
        .col(integer_null("max_weight").check(Expr::col("max_weight").gte(0)))
        .col(uuid_null("tax_class_id"))
        .col(json("excluded_tags"))
        .col(integer("position"))
        .col(integer("version"))
        .check(Expr::col("max_days").gte(Expr::col("min_days")))
        .check(Expr::col("max_weight").gte(Expr::col("min_weight")))
        .foreign_key(&mut foreign_key("shipping_method", "zone_id", "shipping_zone", cascade))
        .foreign_key(&mut foreign_key("shipping_method", "tax_class_id", "tax_class", restrict))
        .to_owned()
}

/// Amounts in minor units. The key to the shop's currencies keeps one of them while there are prices in it.
fn shipping_price() -> TableCreateStatement {
    let (cascade, restrict) = (ForeignKeyAction::Cascade, ForeignKeyAction::Restrict);
    let method = ("shipping_price", "method_id");
    let currency = ("shipping_price", "currency");
    Table::create()
        .table("shipping_price")
        .col(uuid("method_id"))
        .col(string_len("currency", 3))
        .col(big_integer("amount").check(Expr::col("amount").gte(0)))
        .col(big_integer_null("free_from").check(Expr::col("free_from").gte(0)))
        .col(big_integer_null("min_subtotal").check(Expr::col("min_subtotal").gte(0)))
        .col(big_integer_null("max_subtotal").check(Expr::col("max_subtotal").gte(0)))
        .check(Expr::col("max_subtotal").gt(Expr::col("min_subtotal")))
        .primary_key(Index::create().col("method_id").col("currency"))
        .foreign_key(&mut foreign_key_to(method, ("shipping_method", "id"), cascade))
        .foreign_key(&mut foreign_key_to(currency, ("shop_currency", "currency"), restrict))
        .to_owned()
}

fn shipping_method_category() -> TableCreateStatement {
    let cascade = || ForeignKeyAction::Cascade;
    Table::create()
        .table("shipping_method_category")
        .col(uuid("method_id"))
        .col(uuid("category_id"))
        .primary_key(Index::create().col("method_id").col("category_id"))
        .foreign_key(&mut foreign_key("shipping_method_category", "method_id", "shipping_method", cascade()))
        .foreign_key(&mut foreign_key("shipping_method_category", "category_id", "category", cascade()))
        .to_owned()
}
