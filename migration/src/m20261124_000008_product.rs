//! The catalogue: categories, products with their options, variants and prices, collections. Each sort order of a list has
//! an index.

use sea_orm_migration::{prelude::*, schema::*};

use crate::{foreign_key, foreign_key_to, index, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// The tables, in the order of creation.
const TABLES: [&str; 14] = [
    "category",
    "product",
    "product_slug",
    "product_tag",
    "product_option",
    "product_option_value",
    "variant",
    "variant_option_value",
    "product_image",
    "variant_price",
    "variant_price_change",
    "product_price",
    "collection",
    "collection_product",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [category(), product(), product_slug(), product_tag(), product_option()] {
            manager.create_table(table).await?;
        }
        for table in [product_option_value(), variant(), variant_option_value(), product_image()] {
            manager.create_table(table).await?;
        }
        for table in [variant_price(), variant_price_change(), product_price()] {
            manager.create_table(table).await?;
        }
        for table in [collection(), collection_product()] {
            manager.create_table(table).await?;
        }
        let indexes: [(&str, &[&str]); 21] = [
            ("category", &["parent_id", "position", "id"]),
            ("product", &["created_at", "id"]),
            ("product", &["updated_at", "id"]),
            ("product", &["name_key", "id"]),
            ("product", &["status", "created_at", "id"]),
            ("product", &["status", "updated_at", "id"]),
            ("product", &["status", "name_key", "id"]),
            ("product", &["category_id", "status"]),
            ("product_slug", &["product_id"]),
            ("product_tag", &["tag", "product_id"]),
            ("product_option_value", &["option_id", "position"]),
            ("variant", &["product_id", "position", "id"]),
            ("variant", &["barcode"]),
            ("variant", &["tax_class_id"]),
            ("variant_option_value", &["value_id"]),
            ("product_image", &["product_id", "position", "id"]),
            ("variant_price", &["currency"]),
            ("variant_price_change", &["variant_id", "currency", "at"]),
            ("product_price", &["currency", "min", "product_id"]),
            ("product_price", &["currency", "max", "product_id"]),
            ("collection_product", &["collection_id", "position", "product_id"]),
        ];
        for (table, columns) in indexes {
            manager.create_index(index(table, columns)).await?;
        }
        manager.create_index(index("collection", &["name", "id"])).await?;
        manager.create_index(index("collection_product", &["product_id"])).await?;
        let on_sale = Expr::col("archived_at").is_null();
        let mut combination = unique("variant", &["product_id", "combination"]);
        manager.create_index(combination.and_where(on_sale).to_owned()).await?;
        manager.create_index(unique("product_option", &["product_id", "name"])).await?;
        manager.create_index(unique("product_option_value", &["option_id", "name"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES.into_iter().rev() {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

fn category() -> TableCreateStatement {
    Table::create()
        .table("category")
        .col(uuid("id").primary_key())
        .col(uuid_null("parent_id"))
        .col(string("slug").unique_key())
        .col(string("name"))
        .col(text("description"))
        .col(integer("position"))
        .col(integer("version"))
        .foreign_key(&mut foreign_key("category", "parent_id", "category", ForeignKeyAction::Restrict))
        .to_owned()
}

fn product() -> TableCreateStatement {
    Table::create()
        .table("product")
        .col(uuid("id").primary_key())
        .col(uuid_null("category_id"))
        .col(string("slug").unique_key())
        .col(string("name"))
        .col(string("name_key"))
        .col(string_len("status", 16))
        .col(text("description"))
        .col(string_null("seo_title"))
        .col(text_null("seo_description"))
        .col(string_null("external_id").unique_key())
        .col(json("metadata"))
        .col(json("private_metadata"))
        .col(integer("version"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .foreign_key(&mut foreign_key("product", "category_id", "category", ForeignKeyAction::Restrict))
        .to_owned()
}

/// Former slugs.
fn product_slug() -> TableCreateStatement {
    Table::create()
        .table("product_slug")
        .col(string("slug").primary_key())
        .col(uuid("product_id"))
        .foreign_key(&mut foreign_key("product_slug", "product_id", "product", ForeignKeyAction::Cascade))
        .to_owned()
}

fn product_tag() -> TableCreateStatement {
    Table::create()
        .table("product_tag")
        .col(uuid("product_id"))
        .col(string("tag"))
        .primary_key(Index::create().col("product_id").col("tag"))
        .foreign_key(&mut foreign_key("product_tag", "product_id", "product", ForeignKeyAction::Cascade))
        .to_owned()
}

fn product_option() -> TableCreateStatement {
    Table::create()
        .table("product_option")
        .col(uuid("id").primary_key())
        .col(uuid("product_id"))
        .col(string("name"))
        .col(integer("position"))
        .foreign_key(&mut foreign_key("product_option", "product_id", "product", ForeignKeyAction::Cascade))
        .to_owned()
}

fn product_option_value() -> TableCreateStatement {
    let cascade = ForeignKeyAction::Cascade;
    Table::create()
        .table("product_option_value")
        .col(uuid("id").primary_key())
        .col(uuid("option_id"))
        .col(string("name"))
        .col(integer("position"))
        .foreign_key(&mut foreign_key("product_option_value", "option_id", "product_option", cascade))
        .to_owned()
}

/// `combination` holds the ids of the variant's option values, sorted; no two variants on sale have the same.
fn variant() -> TableCreateStatement {
    Table::create()
        .table("variant")
        .col(uuid("id").primary_key())
        .col(uuid("product_id"))
        .col(string("sku").unique_key())
        .col(string("name"))
        .col(string("combination"))
        .col(string_null("barcode"))
        .col(integer_null("weight").check(Expr::col("weight").gte(0)))
        .col(boolean("requires_shipping"))
        .col(integer_null("max_per_order").check(Expr::col("max_per_order").gte(1)))
        .col(uuid_null("tax_class_id"))
        .col(integer("position"))
        .col(timestamp_with_time_zone_null("archived_at"))
        .col(json("metadata"))
        .col(json("private_metadata"))
        .col(integer("version"))
        .foreign_key(&mut foreign_key("variant", "product_id", "product", ForeignKeyAction::Cascade))
        .foreign_key(&mut foreign_key("variant", "tax_class_id", "tax_class", ForeignKeyAction::Restrict))
        .to_owned()
}

fn variant_option_value() -> TableCreateStatement {
    let (cascade, restrict) = (ForeignKeyAction::Cascade, ForeignKeyAction::Restrict);
    Table::create()
        .table("variant_option_value")
        .col(uuid("variant_id"))
        .col(uuid("option_id"))
        .col(uuid("value_id"))
        .primary_key(Index::create().col("variant_id").col("option_id"))
        .foreign_key(&mut foreign_key("variant_option_value", "variant_id", "variant", cascade))
        .foreign_key(&mut foreign_key("variant_option_value", "option_id", "product_option", cascade))
        .foreign_key(&mut foreign_key("variant_option_value", "value_id", "product_option_value", restrict))
        .to_owned()
}

fn product_image() -> TableCreateStatement {
    Table::create()
        .table("product_image")
        .col(uuid("id").primary_key())
        .col(uuid("product_id"))
        .col(uuid_null("variant_id"))
        .col(text("url"))
        .col(text("alt"))
        .col(integer("position"))
        .foreign_key(&mut foreign_key("product_image", "product_id", "product", ForeignKeyAction::Cascade))
        .foreign_key(&mut foreign_key("product_image", "variant_id", "variant", ForeignKeyAction::SetNull))
        .to_owned()
}

/// Amounts in minor units.
fn variant_price() -> TableCreateStatement {
    Table::create()
        .table("variant_price")
        .col(uuid("variant_id"))
        .col(string_len("currency", 3))
        .col(big_integer("amount").check(Expr::col("amount").gte(0)))
        .col(big_integer_null("compare_at").check(Expr::col("compare_at").gte(0)))
        .col(big_integer_null("cost").check(Expr::col("cost").gte(0)))
        .primary_key(Index::create().col("variant_id").col("currency"))
        .foreign_key(&mut foreign_key("variant_price", "variant_id", "variant", ForeignKeyAction::Cascade))
        .foreign_key(&mut in_shop("variant_price"))
        .to_owned()
}

/// Each price that a variant got, and when; `amount` is null where the price was removed.
fn variant_price_change() -> TableCreateStatement {
    Table::create()
        .table("variant_price_change")
        .col(uuid("id").primary_key())
        .col(uuid("variant_id"))
        .col(string_len("currency", 3))
        .col(big_integer_null("amount"))
        .col(timestamp_with_time_zone("at"))
        .foreign_key(&mut foreign_key(
            "variant_price_change",
            "variant_id",
            "variant",
            ForeignKeyAction::Cascade,
        ))
        .to_owned()
}

/// Lowest and highest price of a product's variants on sale, derived with each change.
fn product_price() -> TableCreateStatement {
    Table::create()
        .table("product_price")
        .col(uuid("product_id"))
        .col(string_len("currency", 3))
        .col(big_integer("min"))
        .col(big_integer("max"))
        .primary_key(Index::create().col("product_id").col("currency"))
        .foreign_key(&mut foreign_key("product_price", "product_id", "product", ForeignKeyAction::Cascade))
        .to_owned()
}

fn collection() -> TableCreateStatement {
    Table::create()
        .table("collection")
        .col(uuid("id").primary_key())
        .col(string("slug").unique_key())
        .col(string("name"))
        .col(text("description"))
        .col(timestamp_with_time_zone_null("active_from"))
        .col(timestamp_with_time_zone_null("active_until"))
        .col(integer("version"))
        .check(Expr::col("active_until").gt(Expr::col("active_from")))
        .to_owned()
}

fn collection_product() -> TableCreateStatement {
    let cascade = || ForeignKeyAction::Cascade;
    Table::create()
        .table("collection_product")
        .col(uuid("collection_id"))
        .col(uuid("product_id"))
        .col(integer("position"))
        .primary_key(Index::create().col("collection_id").col("product_id"))
        .foreign_key(&mut foreign_key("collection_product", "collection_id", "collection", cascade()))
        .foreign_key(&mut foreign_key("collection_product", "product_id", "product", cascade()))
        .to_owned()
}

/// The foreign key that keeps a currency in the shop while prices are given in it.
fn in_shop(table: &'static str) -> ForeignKeyCreateStatement {
    foreign_key_to((table, "currency"), ("shop_currency", "currency"), ForeignKeyAction::Restrict)
}
