//! Generated rows, inserted with few statements.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entity::{
    AccountId, CategoryId, Currency, ProductId, StockLevelId, StockMovementId, VariantId,
    VariantPriceChangeId,
    account::{self, Kind},
    category, location, product, product_price, stock_level, stock_movement, variant, variant_price,
    variant_price_change,
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{NotSet, Set},
    EntityTrait, Iterable,
};
use serde_json::json;
use uuid::Uuid;

use crate::domain::{context::Txn, kernel::fault::Fault, product::name_key};

/// Maximum number of parameters in a statement: 32,766 in SQLite, 65,535 in PostgreSQL.
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
        version: Set(1),
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
        category_id: Set(Some(category)),
        slug: Set(slug),
        name_key: Set(name_key(&name)),
        name: Set(name),
        status: Set(product::Status::Active),
        description: Set(description),
        seo_title: Set(None),
        seo_description: Set(None),
        external_id: Set(None),
        metadata: Set(json!({})),
        private_metadata: Set(json!({})),
        version: Set(1),
        created_at: Set(at),
        updated_at: Set(at),
    }
}

/// The rows of one variant: itself, its price and since when it holds, its stock and where that came from.
pub(super) struct VariantRows {
    variant: variant::ActiveModel,
    price: variant_price::ActiveModel,
    change: variant_price_change::ActiveModel,
    level: stock_level::ActiveModel,
    movement: stock_movement::ActiveModel,
}

/// The `position`-th variant of a product: SKU, name, price in cents, pieces in stock. `id` makes keys.
pub(super) fn variant(
    key: VariantId,
    product: ProductId,
    position: i32,
    (sku, name, cents, on_hand): (String, String, i64, i32),
    at: DateTime<Utc>,
    mut id: impl FnMut() -> Uuid,
) -> VariantRows {
    let variant = variant::ActiveModel {
        id: Set(key),
        product_id: Set(product),
        combination: Set(sku.clone()),
        sku: Set(sku),
        name: Set(name),
        barcode: Set(None),
        weight: Set(None),
        requires_shipping: Set(true),
        max_per_order: Set(None),
        tax_class_id: Set(None),
        position: Set(position),
        archived_at: Set(None),
        metadata: Set(json!({})),
        private_metadata: Set(json!({})),
        version: Set(1),
    };
    let price = variant_price::ActiveModel {
        variant_id: Set(key),
        currency: Set(Currency::EUR),
        amount: Set(cents),
        compare_at: Set(None),
        cost: Set(None),
    };
    let change = variant_price_change::ActiveModel {
        id: Set(VariantPriceChangeId(id())),
        variant_id: Set(key),
        currency: Set(Currency::EUR),
        amount: Set(Some(cents)),
        at: Set(at),
    };
    let level = stock_level::ActiveModel {
        id: Set(StockLevelId(id())),
        variant_id: Set(key),
        location_id: Set(location::MAIN),
        on_hand: Set(on_hand),
        reserved: Set(0),
        available: NotSet,
        tracked: Set(true),
        backorder_limit: Set(0),
        low_threshold: Set(5),
        updated_at: Set(at),
    };
    let movement = stock_movement::ActiveModel {
        id: Set(StockMovementId(id())),
        variant_id: Set(key),
        location_id: Set(location::MAIN),
        kind: Set(stock_movement::Kind::Receive),
        on_hand: Set(on_hand),
        reserved: Set(0),
        reason: Set(None),
        note: Set(None),
        cause_id: Set(None),
        actor_id: Set(None),
        at: Set(at),
    };
    VariantRows { variant, price, change, level, movement }
}

/// Inserts variants, and the price ranges of their products. Tells the number of rows.
pub(super) async fn insert_variants(txn: &Txn<'_>, rows: Vec<VariantRows>) -> Result<u64, Fault> {
    let mut ranges: BTreeMap<ProductId, (i64, i64)> = BTreeMap::new();
    let (mut variants, mut prices, mut changes, mut levels, mut movements) =
        (vec![], vec![], vec![], vec![], vec![]);
    for row in rows {
        if let (Set(product), Set(amount)) = (&row.variant.product_id, &row.price.amount) {
            let range = ranges.entry(*product).or_insert((*amount, *amount));
            *range = (range.0.min(*amount), range.1.max(*amount));
        }
        variants.push(row.variant);
        prices.push(row.price);
        changes.push(row.change);
        levels.push(row.level);
        movements.push(row.movement);
    }
    let count = variants.len() * 5 + ranges.len();
    insert(txn, variants).await?;
    insert(txn, prices).await?;
    insert(txn, changes).await?;
    insert(txn, levels).await?;
    insert(txn, movements).await?;
    let range = |(product, (min, max))| product_price::ActiveModel {
        product_id: Set(product),
        currency: Set(Currency::EUR),
        min: Set(min),
        max: Set(max),
    };
    insert(txn, ranges.into_iter().map(range).collect()).await?;
    Ok(count as u64)
}
