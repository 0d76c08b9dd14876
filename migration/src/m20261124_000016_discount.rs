//! Discounts: rules, their amounts in each currency, what they act on, and codes; tags of accounts; the codes of a cart.

use sea_orm_migration::{prelude::*, schema::*};

use crate::{foreign_key, foreign_key_to, index, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// The tables, in the order of creation.
const TABLES: [&str; 5] = ["discount", "discount_amount", "discount_target", "discount_code", "account_tag"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [discount(), discount_amount(), discount_target(), discount_code(), account_tag()] {
            manager.create_table(table).await?;
        }
        let indexes: [(&str, &[&str]); 7] = [
            ("discount", &["created_at", "id"]),
            ("discount", &["is_automatic", "priority", "id"]),
            ("discount_amount", &["currency"]),
            ("discount_target", &["product_id"]),
            ("discount_target", &["category_id"]),
            ("discount_target", &["collection_id"]),
            ("discount_code", &["discount_id", "created_at", "id"]),
        ];
        for (table, columns) in indexes {
            manager.create_index(index(table, columns)).await?;
        }
        for target in ["product_id", "category_id", "collection_id"] {
            manager.create_index(unique("discount_target", &["discount_id", target])).await?;
        }
        let codes = json("discount_codes").default("[]").to_owned();
        manager.alter_table(Table::alter().table("cart").add_column(codes).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("cart").drop_column("discount_codes").to_owned()).await?;
        for table in TABLES.into_iter().rev() {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

/// `is_limited` stays when all targets are deleted, so that a discount on some products never becomes one on all.
fn discount() -> TableCreateStatement {
    let is_percentage = Expr::col("kind").eq(Expr::Constant("percentage".into()));
    Table::create()
        .table("discount")
        .col(uuid("id").primary_key())
        .col(string("name"))
        .col(string_len("kind", 16))
        .col(integer_null("ppm").check(Expr::col("ppm").between(1, 1_000_000)))
        .col(boolean("is_automatic"))
        .col(boolean("is_limited"))
        .col(integer_null("minimum_quantity").check(Expr::col("minimum_quantity").gte(1)))
        .col(timestamp_with_time_zone("starts_at"))
        .col(timestamp_with_time_zone_null("ends_at"))
        .col(integer_null("max_uses").check(Expr::col("max_uses").gte(1)))
        .col(integer_null("max_uses_per_customer").check(Expr::col("max_uses_per_customer").gte(1)))
        .col(big_integer("used").default(0).check(Expr::col("used").gte(0)))
        .col(string_len_null("account_tag", 50))
        .col(integer("priority"))
        .col(boolean("is_combinable"))
        .col(boolean("is_active"))
        .col(integer("version"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .check(("discount_percentage_check", is_percentage.eq(Expr::col("ppm").is_not_null())))
        .check(("discount_period_check", Expr::col("ends_at").gt(Expr::col("starts_at"))))
        .check(("discount_uses_check", Expr::col("used").lte(Expr::col("max_uses"))))
        .to_owned()
}

/// Amounts in minor units. The key to the shop's currencies keeps one of them while there are amounts in it.
fn discount_amount() -> TableCreateStatement {
    let (cascade, restrict) = (ForeignKeyAction::Cascade, ForeignKeyAction::Restrict);
    let currency = ("discount_amount", "currency");
    Table::create()
        .table("discount_amount")
        .col(uuid("discount_id"))
        .col(string_len("currency", 3))
        .col(big_integer_null("amount").check(Expr::col("amount").gte(0)))
        .col(big_integer_null("minimum").check(Expr::col("minimum").gte(0)))
        .check((
            "discount_amount_some_check",
            Expr::col("amount").is_not_null().or(Expr::col("minimum").is_not_null()),
        ))
        .primary_key(Index::create().col("discount_id").col("currency"))
        .foreign_key(&mut foreign_key("discount_amount", "discount_id", "discount", cascade))
        .foreign_key(&mut foreign_key_to(currency, ("shop_currency", "currency"), restrict))
        .to_owned()
}

fn discount_target() -> TableCreateStatement {
    let cascade = || ForeignKeyAction::Cascade;
    let one = |column: &'static str| Expr::case(Expr::col(column).is_null(), 0).finally(1);
    let number = Expr::expr(one("product_id")).add(one("category_id")).add(one("collection_id"));
    Table::create()
        .table("discount_target")
        .col(uuid("id").primary_key())
        .col(uuid("discount_id"))
        .col(uuid_null("product_id"))
        .col(uuid_null("category_id"))
        .col(uuid_null("collection_id"))
        .check(("discount_target_one_check", number.eq(1)))
        .foreign_key(&mut foreign_key("discount_target", "discount_id", "discount", cascade()))
        .foreign_key(&mut foreign_key("discount_target", "product_id", "product", cascade()))
        .foreign_key(&mut foreign_key("discount_target", "category_id", "category", cascade()))
        .foreign_key(&mut foreign_key("discount_target", "collection_id", "collection", cascade()))
        .to_owned()
}

/// `code_key` is the code without marks, in upper case.
fn discount_code() -> TableCreateStatement {
    let cascade = ForeignKeyAction::Cascade;
    Table::create()
        .table("discount_code")
        .col(uuid("id").primary_key())
        .col(uuid("discount_id"))
        .col(string_len("code", 50))
        .col(string("code_key").unique_key())
        .col(integer_null("max_uses").check(Expr::col("max_uses").gte(1)))
        .col(big_integer("used").default(0).check(Expr::col("used").gte(0)))
        .col(timestamp_with_time_zone("created_at"))
        .check(("discount_code_uses_check", Expr::col("used").lte(Expr::col("max_uses"))))
        .foreign_key(&mut foreign_key("discount_code", "discount_id", "discount", cascade))
        .to_owned()
}

fn account_tag() -> TableCreateStatement {
    let cascade = ForeignKeyAction::Cascade;
    Table::create()
        .table("account_tag")
        .col(uuid("account_id"))
        .col(string_len("tag", 50))
        .primary_key(Index::create().col("account_id").col("tag"))
        .foreign_key(&mut foreign_key("account_tag", "account_id", "account", cascade))
        .to_owned()
}
