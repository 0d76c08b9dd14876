//! Creating, changing and deleting methods.

use std::collections::BTreeSet;

use entity::{
    CategoryId, Permission, ShippingMethodId, ShippingZoneId, category,
    shipping_method::{self, Tags},
};
use scoped_futures::ScopedFutureExt;
use sea_orm::{EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::LockType};
use serde_json::Value;

use super::{
    method::{Aggregate, save},
    method_fields::{MethodPatch, ValidPatch},
    method_order::positions,
    zone,
};
use crate::domain::{
    audit::AuditEntry,
    context::{OpContext, Txn},
    kernel::{
        operation_error::operation_error,
        ordering,
        text::{FieldProblem, InvalidField, Rejected},
    },
    shop,
};

/// Maximum number of methods of a zone.
const MAX_METHODS: usize = 50;

operation_error! {
    validated
    /// Why a method was not created.
    pub enum MethodCreateError {
        /// There is no such zone.
        #[error("There is no shipping zone with this id.")]
        NotFound(ShippingZoneId),
    }
}

operation_error! {
    validated
    /// Why a method was not changed.
    pub enum MethodUpdateError {
        /// There is no such method.
        #[error("There is no shipping method with this id.")]
        NotFound(ShippingMethodId),
        /// The method was changed since the version that was named: this is the present one.
        #[error("The shipping method was changed since this version. Look at the present one, and try again with its `version`.")]
        Conflict(Box<shipping_method::Model>),
    }
}

operation_error! {
    /// Why a method was not deleted.
    pub enum MethodDeleteError {
        /// There is no such method.
        #[error("There is no shipping method with this id.")]
        NotFound(ShippingMethodId),
    }
}

/// Creates a method, as the last one of its zone.
#[tracing::instrument(name = "shipping::method_create", level = "debug", skip_all, err(level = "debug"))]
pub async fn method_create(
    ctx: &OpContext,
    zone: ShippingZoneId,
    patch: MethodPatch,
) -> Result<shipping_method::Model, MethodCreateError> {
    ctx.require(Permission::SettingsEdit).await?;
    let id = ShippingMethodId(ctx.random().id(ctx.now()));
    let patch = patch.validated(id)?;
    ctx.write(|txn| create_in_txn(txn, zone, id, &patch).scope_boxed()).await
}

async fn create_in_txn(
    txn: &Txn<'_>,
    zone: ShippingZoneId,
    id: ShippingMethodId,
    patch: &ValidPatch,
) -> Result<shipping_method::Model, MethodCreateError> {
    zone::lock(txn, zone).await?.ok_or(MethodCreateError::NotFound(zone))?;
    let methods = positions(txn, zone).await?;
    if methods.len() >= MAX_METHODS {
        let message = format!("A shipping zone has at most {MAX_METHODS} methods.");
        return Err(InvalidField::new("zone_id", FieldProblem::OutOfRange, message).into());
    }
    let method = shipping_method::Model {
        id,
        zone_id: zone,
        name: String::new(),
        description: String::new(),
        min_days: None,
        max_days: None,
        min_weight: None,
        max_weight: None,
        tax_class_id: None,
        excluded_tags: Tags::default(),
        position: ordering::behind(methods.last().map(|row| row.1)),
        version: 1,
    };
    let mut new = Aggregate { method, prices: Vec::new(), categories: BTreeSet::new() };
    patch.apply(&mut new)?;
    check_references(txn, None, &new, patch).await?;
    save(txn, AuditEntry::new("shippingMethodCreate"), None, &new).await?;
    Ok(new.method)
}

/// Changes a method, if it still has this version.
#[tracing::instrument(name = "shipping::method_update", level = "debug", skip_all, err(level = "debug"))]
pub async fn method_update(
    ctx: &OpContext,
    id: ShippingMethodId,
    version: Option<i32>,
    patch: MethodPatch,
) -> Result<shipping_method::Model, MethodUpdateError> {
    ctx.require(Permission::SettingsEdit).await?;
    let patch = patch.validated(id)?;
    ctx.write(|txn| update_in_txn(txn, id, version, &patch).scope_boxed()).await
}

async fn update_in_txn(
    txn: &Txn<'_>,
    id: ShippingMethodId,
    version: Option<i32>,
    patch: &ValidPatch,
) -> Result<shipping_method::Model, MethodUpdateError> {
    let before = Aggregate::lock(txn, id).await?.ok_or(MethodUpdateError::NotFound(id))?;
    if version.is_some_and(|version| version != before.method.version) {
        return Err(MethodUpdateError::Conflict(Box::new(before.method)));
    }
    let mut after = before.clone();
    patch.apply(&mut after)?;
    if after == before {
        return Ok(before.method);
    }
    check_references(txn, Some(&before), &after, patch).await?;
    after.method.version += 1;
    save(txn, AuditEntry::new("shippingMethodUpdate"), Some(&before), &after).await?;
    Ok(after.method)
}

/// Finds a currency or category of the input that there is not, to say which. The categories stay until the end of the
/// transaction.
async fn check_references(
    txn: &Txn<'_>,
    before: Option<&Aggregate>,
    after: &Aggregate,
    patch: &ValidPatch,
) -> Result<(), Rejected> {
    if let Some(prices) = &patch.prices
        && before.map_or(&[][..], |before| &before.prices) != after.prices
    {
        let used = prices.iter().map(|price| price.currency);
        shop::check_currencies(&shop::currencies(txn).await?, used)?;
    }
    let is_new = |id: &CategoryId| before.is_none_or(|before| !before.categories.contains(id));
    let Some(categories) = patch.excluded_categories.as_ref().filter(|ids| ids.iter().any(is_new)) else {
        return Ok(());
    };
    let chosen = txn.services().db.any_of(category::Column::Id, categories.iter().map(|id| id.0));
    let known: Vec<CategoryId> = category::Entity::find()
        .select_only()
        .column(category::Column::Id)
        .filter(chosen)
        .order_by_asc(category::Column::Id)
        .lock(LockType::KeyShare)
        .into_tuple()
        .all(txn)
        .await?;
    let Some(index) = categories.iter().position(|id| !known.contains(id)) else { return Ok(()) };
    let message = "There is no category with this id.";
    let (list, problem) = ("excluded_category_ids", FieldProblem::UnknownValue);
    Err(InvalidField::of_item(list, index, problem, message).into())
}

/// Deletes a method.
#[tracing::instrument(name = "shipping::method_delete", level = "debug", skip_all, err(level = "debug"))]
pub async fn method_delete(ctx: &OpContext, id: ShippingMethodId) -> Result<(), MethodDeleteError> {
    ctx.require(Permission::SettingsEdit).await?;
    ctx.write(|txn| delete_in_txn(txn, id).scope_boxed()).await
}

async fn delete_in_txn(txn: &Txn<'_>, id: ShippingMethodId) -> Result<(), MethodDeleteError> {
    let method = Aggregate::lock(txn, id).await?.ok_or(MethodDeleteError::NotFound(id))?;
    shipping_method::Entity::delete_by_id(id).exec(txn).await?;
    let entry = AuditEntry::new("shippingMethodDelete").about("ShippingMethod", id);
    Ok(txn.audit(entry.change(method.audit_json(), Value::Null)).await?)
}
