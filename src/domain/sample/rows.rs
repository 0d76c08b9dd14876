//! Inserting many rows with few statements.

use chrono::{DateTime, Utc};
use entity::{
    AccountId, CartId, CartLineId, CategoryId, CollectionId, Currency, ProductId, VariantId,
    account::{self, Kind},
    cart, cart_line, category, collection, collection_product,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel, Iterable};
use serde_json::{Map, Value};

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

/// A variant as lines of orders and carts store it.
pub(super) struct Article {
    pub id: VariantId,
    pub sku: String,
    pub product_name: String,
    pub variant_name: String,
    /// In EUR.
    pub price: i64,
}

/// A cart in EUR, of an account or of a guest with this hash of a token.
pub(super) fn cart(
    id: CartId,
    account_id: Option<AccountId>,
    token_hash: Option<Vec<u8>>,
    (email, shipping_address): (Option<String>, Value),
    (created_at, updated_at): (DateTime<Utc>, DateTime<Utc>),
) -> cart::ActiveModel {
    let row = cart::Model {
        id,
        token_hash,
        account_id,
        currency: Currency::EUR,
        email,
        locale: None,
        note: String::new(),
        shipping_address,
        billing_address: Value::Null,
        shipping_method_id: None,
        discount_codes: Default::default(),
        metadata: Map::new().into(),
        private_metadata: Map::new().into(),
        version: 1,
        created_at,
        updated_at,
    };
    row.into_active_model()
}

/// A line of a cart, whose shopper knows the present price.
pub(super) fn cart_line(
    id: CartLineId,
    cart_id: CartId,
    (position, quantity): (i32, i32),
    article: &Article,
) -> cart_line::ActiveModel {
    let row = cart_line::Model {
        id,
        cart_id,
        position,
        variant_id: Some(article.id),
        quantity,
        metadata: Map::new().into(),
        metadata_key: "{}".to_owned(),
        private_metadata: Map::new().into(),
        seen_product_name: article.product_name.clone(),
        seen_variant_name: article.variant_name.clone(),
        seen_sku: article.sku.clone(),
        seen_price: Some(article.price),
        seen_problem: None,
        seen_available: None,
    };
    row.into_active_model()
}
