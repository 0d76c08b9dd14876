//! A method with its prices and excluded categories, as one unit of change: read under the lock of the method's row, changed in
//! memory, and written as the difference.

use std::{collections::BTreeSet, sync::Arc};

use entity::{CategoryId, ShippingMethodId, shipping_method, shipping_method_category, shipping_price};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
    sea_query::{LockType, OnConflict},
};
use serde_json::{Map, Value, json};

use crate::domain::{
    audit::AuditEntry,
    context::Txn,
    database,
    kernel::{
        fault::Fault,
        money::Money,
        text::{FieldProblem, InvalidField, Rejected},
    },
};

/// A method and what belongs to it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Aggregate {
    pub method: shipping_method::Model,
    /// By currency.
    pub prices: Vec<shipping_price::Model>,
    /// Excluded ones.
    pub categories: BTreeSet<CategoryId>,
}

impl Aggregate {
    /// Reads a method in three statements and locks it until the end of the transaction.
    pub(super) async fn lock(txn: &Txn<'_>, id: ShippingMethodId) -> Result<Option<Self>, Fault> {
        let method = shipping_method::Entity::find_by_id(id).lock(LockType::NoKeyUpdate).one(txn).await?;
        let Some(method) = method else { return Ok(None) };
        let prices = shipping_price::Entity::find().filter(shipping_price::Column::MethodId.eq(id));
        let mut prices = prices.all(txn).await?;
        prices.sort_by_key(|price| price.currency.code());
        let of_method = shipping_method_category::Column::MethodId.eq(id);
        let categories = shipping_method_category::Entity::find().filter(of_method).all(txn).await?;
        let categories = categories.into_iter().map(|row| row.category_id).collect();
        Ok(Some(Self { method, prices, categories }))
    }

    /// The method in the audit log.
    pub(super) fn audit_json(&self) -> Value {
        let method = &self.method;
        let price = |price: &shipping_price::Model| {
            let text = |minor| Money { minor, currency: price.currency }.to_string();
            let amounts = json!({ "amount": text(price.amount), "freeFrom": price.free_from.map(text),
                "minSubtotal": price.min_subtotal.map(text), "maxSubtotal": price.max_subtotal.map(text) });
            (price.currency.code().to_owned(), amounts)
        };
        json!({
            "zoneId": method.zone_id.0, "name": method.name, "description": method.description,
            "minDays": method.min_days, "maxDays": method.max_days,
            "minWeight": method.min_weight, "maxWeight": method.max_weight,
            "taxClassId": method.tax_class_id.map(|id| id.0),
            "prices": self.prices.iter().map(price).collect::<Map<_, _>>(),
            "excludedCategoryIds": self.categories.iter().map(|id| id.0).collect::<Vec<_>>(),
            "excludedTags": method.excluded_tags.0,
        })
    }
}

/// Brings the database from one state of a locked method to another, and writes an audit entry; without `before` the method is
/// new. The number of statements depends on which kinds of rows change only.
pub(super) async fn save(
    txn: &Txn<'_>,
    entry: AuditEntry,
    before: Option<&Aggregate>,
    after: &Aggregate,
) -> Result<(), Rejected> {
    save_method(txn, before.is_none(), &after.method).await?;
    save_prices(txn, before.map_or(&[], |before| &before.prices), &after.prices).await?;
    let none = BTreeSet::new();
    let excluded = before.map_or(&none, |before| &before.categories);
    save_categories(txn, after.method.id, excluded, &after.categories).await?;
    let entry = entry.about("ShippingMethod", after.method.id);
    let was = before.map_or(Value::Null, Aggregate::audit_json);
    Ok(txn.audit(entry.difference(was, after.audit_json())).await?)
}

async fn save_method(txn: &Txn<'_>, is_new: bool, method: &shipping_method::Model) -> Result<(), Rejected> {
    let row = method.clone().into_active_model().reset_all();
    let saved = match is_new {
        true => shipping_method::Entity::insert(row).exec_without_returning(txn).await.map(drop),
        false => row.update(txn).await.map(drop),
    };
    // The zone is locked while a method is added to it.
    saved.map_err(|error| match database::is_referenced(&error) {
        true => {
            let message = "There is no tax class with this id.";
            InvalidField::new("tax_class_id", FieldProblem::UnknownValue, message).into()
        }
        false => error.into(),
    })
}

async fn save_prices(
    txn: &Txn<'_>,
    before: &[shipping_price::Model],
    after: &[shipping_price::Model],
) -> Result<(), Fault> {
    use shipping_price::Column::{Amount, Currency, FreeFrom, MaxSubtotal, MethodId, MinSubtotal};
    let is_gone = |old: &&shipping_price::Model| after.iter().all(|new| new.currency != old.currency);
    let removed: Vec<_> = before.iter().filter(is_gone).collect();
    if let Some(first) = removed.first() {
        let codes = removed.iter().map(|price| price.currency.code().to_owned());
        let chosen = txn.services().db.any_of(Currency, codes);
        let of_method = MethodId.eq(first.method_id);
        shipping_price::Entity::delete_many().filter(of_method).filter(chosen).exec(txn).await?;
    }
    let changed: Vec<_> = after.iter().filter(|price| !before.contains(price)).collect();
    if changed.is_empty() {
        return Ok(());
    }
    let rows = changed.into_iter().map(|price| price.clone().into_active_model());
    let columns = [Amount, FreeFrom, MinSubtotal, MaxSubtotal];
    let replace = OnConflict::columns([MethodId, Currency]).update_columns(columns).to_owned();
    let written =
        shipping_price::Entity::insert_many(rows).on_conflict(replace).exec_without_returning(txn).await;
    written.map(drop).map_err(missing_meanwhile)
}

async fn save_categories(
    txn: &Txn<'_>,
    method: ShippingMethodId,
    before: &BTreeSet<CategoryId>,
    after: &BTreeSet<CategoryId>,
) -> Result<(), Fault> {
    use shipping_method_category::Column::{CategoryId as Category, MethodId};
    let removed: Vec<_> = before.difference(after).map(|id| id.0).collect();
    if !removed.is_empty() {
        let chosen = txn.services().db.any_of(Category, removed);
        let of_method = MethodId.eq(method);
        shipping_method_category::Entity::delete_many().filter(of_method).filter(chosen).exec(txn).await?;
    }
    let row = |category: &CategoryId| shipping_method_category::ActiveModel {
        method_id: Set(method),
        category_id: Set(*category),
    };
    let rows: Vec<_> = after.difference(before).map(row).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let written = shipping_method_category::Entity::insert_many(rows).exec_without_returning(txn).await;
    written.map(drop).map_err(missing_meanwhile)
}

/// A currency or category that was removed meanwhile is found by the next try, which looks for its place in the input.
fn missing_meanwhile(error: DbErr) -> Fault {
    match database::is_referenced(&error) {
        true => Fault::Conflict(Arc::new(error)),
        false => error.into(),
    }
}
