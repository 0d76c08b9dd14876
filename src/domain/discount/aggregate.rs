//! A discount with its amounts and targets, as one unit of change: read under the lock of the discount's row, changed in
//! memory, and written as the difference.

use std::{collections::BTreeSet, sync::Arc};

use entity::{CategoryId, CollectionId, DiscountId, ProductId, discount, discount_amount, discount_target};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
    sea_query::{LockType, OnConflict},
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::domain::{
    audit::AuditEntry,
    context::Txn,
    database,
    kernel::{fault::Fault, global_id::enum_name, money::Money, percentage::Percentage},
};

/// A discount and what belongs to it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Aggregate {
    pub discount: discount::Model,
    /// By currency.
    pub amounts: Vec<discount_amount::Model>,
    pub targets: TargetIds,
}

/// Keys of all that a limited discount acts on.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct TargetIds {
    pub products: BTreeSet<ProductId>,
    pub categories: BTreeSet<CategoryId>,
    pub collections: BTreeSet<CollectionId>,
}

impl TargetIds {
    pub(super) fn is_empty(&self) -> bool {
        self.products.is_empty() && self.categories.is_empty() && self.collections.is_empty()
    }

    fn of(rows: Vec<discount_target::Model>) -> Self {
        let mut ids = Self::default();
        for row in rows {
            ids.add(row.product_id, row.category_id, row.collection_id);
        }
        ids
    }

    pub(super) fn add(
        &mut self,
        product: Option<ProductId>,
        category: Option<CategoryId>,
        collection: Option<CollectionId>,
    ) {
        self.products.extend(product);
        self.categories.extend(category);
        self.collections.extend(collection);
    }

    fn rows<'a>(
        &'a self,
        id: &'a dyn Fn() -> Uuid,
        discount_id: DiscountId,
    ) -> impl Iterator<Item = discount_target::Model> + 'a {
        let row = move || discount_target::Model {
            id: id(),
            discount_id,
            product_id: None,
            category_id: None,
            collection_id: None,
        };
        let products = self.products.iter();
        let products = products.map(move |id| discount_target::Model { product_id: Some(*id), ..row() });
        let categories = self.categories.iter();
        let categories = categories.map(move |id| discount_target::Model { category_id: Some(*id), ..row() });
        let collections = self.collections.iter();
        let collections =
            collections.map(move |id| discount_target::Model { collection_id: Some(*id), ..row() });
        products.chain(categories).chain(collections)
    }
}

/// The row of a discount, locked until the end of the transaction.
pub(super) async fn lock(txn: &Txn<'_>, id: DiscountId) -> Result<Option<discount::Model>, DbErr> {
    discount::Entity::find_by_id(id).lock(LockType::NoKeyUpdate).one(txn).await
}

impl Aggregate {
    /// Reads a discount in three statements and locks it until the end of the transaction.
    pub(super) async fn lock(txn: &Txn<'_>, id: DiscountId) -> Result<Option<Self>, Fault> {
        let Some(discount) = lock(txn, id).await? else { return Ok(None) };
        let amounts = discount_amount::Entity::find().filter(discount_amount::Column::DiscountId.eq(id));
        let mut amounts = amounts.all(txn).await?;
        amounts.sort_by_key(|amount| amount.currency.code());
        let targets = discount_target::Entity::find().filter(discount_target::Column::DiscountId.eq(id));
        Ok(Some(Self { discount, amounts, targets: TargetIds::of(targets.all(txn).await?) }))
    }

    /// The discount in the audit log.
    pub(super) fn audit_json(&self) -> Value {
        let row = &self.discount;
        let amounts = |row: &discount_amount::Model| {
            let text = |minor| Money { minor, currency: row.currency }.to_string();
            let amounts = json!({ "amount": row.amount.map(text), "minimum": row.minimum.map(text) });
            (row.currency.code().to_owned(), amounts)
        };
        json!({
            "name": row.name, "kind": enum_name(&row.kind), "isAutomatic": row.is_automatic,
            "percentage": row.ppm.map(|ppm| Percentage::of_ppm(ppm.unsigned_abs()).to_string()),
            "amounts": self.amounts.iter().map(amounts).collect::<Map<_, _>>(),
            "isForWholeCart": !row.is_limited, "productIds": self.targets.products,
            "categoryIds": self.targets.categories, "collectionIds": self.targets.collections,
            "minimumQuantity": row.minimum_quantity, "startsAt": row.starts_at, "endsAt": row.ends_at,
            "maxUses": row.max_uses, "maxUsesPerCustomer": row.max_uses_per_customer,
            "customerTag": row.account_tag, "priority": row.priority,
            "isCombinable": row.is_combinable, "isActive": row.is_active,
        })
    }
}

/// Brings the database from one state of a locked discount to another, and writes an audit entry; without `before` the
/// discount is new. The number of statements depends on which kinds of rows change only.
pub(super) async fn save(
    txn: &Txn<'_>,
    entry: AuditEntry,
    before: Option<&Aggregate>,
    after: &Aggregate,
) -> Result<(), Fault> {
    let row = after.discount.clone().into_active_model().reset_all();
    match before {
        None => discount::Entity::insert(row).exec_without_returning(txn).await.map(drop)?,
        Some(_) => row.update(txn).await.map(drop)?,
    }
    save_amounts(txn, before.map_or(&[], |before| &before.amounts), &after.amounts).await?;
    let none = TargetIds::default();
    let targets = before.map_or(&none, |before| &before.targets);
    if *targets != after.targets {
        save_targets(txn, after.discount.id, targets, &after.targets).await?;
    }
    let entry = entry.about("Discount", after.discount.id);
    let was = before.map_or(Value::Null, Aggregate::audit_json);
    txn.audit(entry.difference(was, after.audit_json())).await
}

async fn save_amounts(
    txn: &Txn<'_>,
    before: &[discount_amount::Model],
    after: &[discount_amount::Model],
) -> Result<(), Fault> {
    use discount_amount::Column::{Amount, Currency, DiscountId, Minimum};
    let is_gone = |old: &&discount_amount::Model| after.iter().all(|new| new.currency != old.currency);
    let removed: Vec<_> = before.iter().filter(is_gone).collect();
    if let Some(first) = removed.first() {
        let codes = removed.iter().map(|amount| amount.currency.code().to_owned());
        let chosen = txn.services().db.any_of(Currency, codes);
        let of_discount = DiscountId.eq(first.discount_id);
        discount_amount::Entity::delete_many().filter(of_discount).filter(chosen).exec(txn).await?;
    }
    let changed: Vec<_> = after.iter().filter(|amount| !before.contains(amount)).collect();
    if changed.is_empty() {
        return Ok(());
    }
    let rows = changed.into_iter().map(|amount| amount.clone().into_active_model());
    let replace = OnConflict::columns([DiscountId, Currency]).update_columns([Amount, Minimum]).to_owned();
    let written =
        discount_amount::Entity::insert_many(rows).on_conflict(replace).exec_without_returning(txn).await;
    written.map(drop).map_err(missing_meanwhile)
}

async fn save_targets(
    txn: &Txn<'_>,
    discount: DiscountId,
    before: &TargetIds,
    after: &TargetIds,
) -> Result<(), Fault> {
    if !before.is_empty() {
        let of_discount = discount_target::Column::DiscountId.eq(discount);
        discount_target::Entity::delete_many().filter(of_discount).exec(txn).await?;
    }
    let id = || txn.random().id(txn.now());
    let rows: Vec<_> = after.rows(&id, discount).map(IntoActiveModel::into_active_model).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let written = discount_target::Entity::insert_many(rows).exec_without_returning(txn).await;
    written.map(drop).map_err(missing_meanwhile)
}

/// A currency or target that was removed meanwhile is found by the next try, which looks for its place in the input.
fn missing_meanwhile(error: DbErr) -> Fault {
    match database::is_referenced(&error) {
        true => Fault::Conflict(Arc::new(error)),
        false => error.into(),
    }
}
