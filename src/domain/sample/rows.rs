//! Made-up rows, and inserting many of them with few statements.

use chrono::{DateTime, Utc};
use entity::{
    AccountId, CategoryId, Currency, ProductId, VariantId,
    account::{self, Kind},
    category, product, variant,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, Iterable};

use crate::domain::{context::Txn, kernel::fault::Fault};

/// SQLite takes at most 32,766 parameters in a statement, PostgreSQL 65,535.
const PARAMETERS: usize = 32_766;

pub(super) async fn insert<A: ActiveModelTrait>(txn: &Txn<'_>, mut rows: Vec<A>) -> Result<(), Fault> {
    let columns = <A::Entity as EntityTrait>::Column::iter().count();
    while !rows.is_empty() {
        let chunk = rows.drain(..rows.len().min(PARAMETERS / columns));
        A::Entity::insert_many(chunk).exec_without_returning(txn).await?;
    }
    Ok(())
}

pub(super) fn account(
    id: AccountId,
    email: String,
    password_hash: Option<String>,
    kind: Kind,
    at: DateTime<Utc>,
) -> account::ActiveModel {
    account::ActiveModel {
        id: Set(id),
        email: Set(email),
        password_hash: Set(password_hash),
        kind: Set(kind),
        name: Set(String::new()),
        blocked_at: Set(None),
        session_epoch: Set(0),
        created_at: Set(at),
        updated_at: Set(at),
    }
}

pub(super) fn category(
    id: CategoryId,
    parent: Option<CategoryId>,
    slug: String,
    (name, description): (String, String),
    position: i32,
) -> category::ActiveModel {
    category::ActiveModel {
        id: Set(id),
        parent_id: Set(parent),
        slug: Set(slug),
        name: Set(name),
        description: Set(description),
        position: Set(position),
    }
}

pub(super) fn product(
    id: ProductId,
    category: CategoryId,
    slug: String,
    (name, description): (String, String),
    at: DateTime<Utc>,
) -> product::ActiveModel {
    product::ActiveModel {
        id: Set(id),
        category_id: Set(category),
        slug: Set(slug),
        name: Set(name),
        description: Set(description),
        created_at: Set(at),
        updated_at: Set(at),
    }
}

/// The `position`-th variant of a product: SKU, name, price in cents, pieces in stock.
pub(super) fn variant(
    id: VariantId,
    product: ProductId,
    position: i32,
    (sku, name, price_minor, on_hand): (String, String, i64, i32),
) -> variant::ActiveModel {
    variant::ActiveModel {
        id: Set(id),
        product_id: Set(product),
        sku: Set(sku),
        name: Set(name),
        price_minor: Set(price_minor),
        currency: Set(Currency::EUR),
        on_hand: Set(on_hand),
        position: Set(position),
    }
}
