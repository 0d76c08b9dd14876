//! Inserting many rows with few statements.

use chrono::{DateTime, Utc};
use entity::{
    AccountId, CategoryId, CollectionId, ProductId,
    account::{self, Kind},
    category, collection, collection_product,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, Iterable};

use crate::domain::{context::Txn, kernel::fault::Fault};

/// Maximum number of parameters in a statement: 32,766 in SQLite, 65,535 in PostgreSQL.
const PARAMETERS: usize = 32_766;

/// Inserts rows; tells how many they are.
pub(super) async fn insert<A: ActiveModelTrait>(txn: &Txn<'_>, mut rows: Vec<A>) -> Result<u64, Fault> {
    let (count, columns) = (rows.len() as u64, <A::Entity as EntityTrait>::Column::iter().count());
    while !rows.is_empty() {
        let chunk = rows.drain(..rows.len().min(PARAMETERS / columns));
        A::Entity::insert_many(chunk).exec_without_returning(txn).await?;
    }
    Ok(count)
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
        version: Set(1),
    }
}

/// A collection, visible from and until a time, and its products in their order.
pub(super) fn collection(
    id: CollectionId,
    slug: String,
    (name, description): (String, String),
    (active_from, active_until): (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
    products: &[ProductId],
) -> (collection::ActiveModel, Vec<collection_product::ActiveModel>) {
    let product = |(position, product): (i32, &ProductId)| collection_product::ActiveModel {
        collection_id: Set(id),
        product_id: Set(*product),
        position: Set(position),
    };
    let collection = collection::ActiveModel {
        id: Set(id),
        slug: Set(slug),
        name: Set(name),
        description: Set(description),
        active_from: Set(active_from),
        active_until: Set(active_until),
        version: Set(1),
    };
    (collection, (0..).zip(products).map(product).collect())
}
