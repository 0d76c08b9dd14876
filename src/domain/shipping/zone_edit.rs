//! Creating, changing and deleting zones.

use std::collections::BTreeSet;

use entity::{Permission, ShippingZoneId, shipping_method, shipping_zone};
use scoped_futures::ScopedFutureExt;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::Value;

use super::zone::{ValidPatch, Zone, ZonePatch, lock, places, save};
use crate::domain::{
    audit::AuditEntry,
    context::{OpContext, Txn},
    kernel::operation_error::operation_error,
};

operation_error! {
    validated
    /// Why a zone was not created.
    pub enum ZoneCreateError {}
}

operation_error! {
    validated
    /// Why a zone was not changed.
    pub enum ZoneUpdateError {
        /// There is no such zone.
        #[error("There is no shipping zone with this id.")]
        NotFound(ShippingZoneId),
        /// The zone was changed since the version that was named: this is the present one.
        #[error("The shipping zone was changed since this version. Look at the present one, and try again with its `version`.")]
        Conflict(Box<shipping_zone::Model>),
    }
}

operation_error! {
    /// Why a zone was not deleted.
    pub enum ZoneDeleteError {
        /// There is no such zone.
        #[error("There is no shipping zone with this id.")]
        NotFound(ShippingZoneId),
    }
}

/// Creates a zone. It may be without places while it is being prepared.
#[tracing::instrument(name = "shipping::zone_create", level = "debug", skip_all, err(level = "debug"))]
pub async fn zone_create(ctx: &OpContext, patch: ZonePatch) -> Result<shipping_zone::Model, ZoneCreateError> {
    ctx.require(Permission::SettingsEdit).await?;
    let patch = patch.validated()?;
    ctx.write(|txn| create_in_txn(txn, &patch).scope_boxed()).await
}

async fn create_in_txn(txn: &Txn<'_>, patch: &ValidPatch) -> Result<shipping_zone::Model, ZoneCreateError> {
    let id = ShippingZoneId(txn.random().id(txn.now()));
    let row = shipping_zone::Model { id, name: String::new(), version: 1 };
    let mut zone = Zone { row, places: BTreeSet::new() };
    patch.apply(&mut zone);
    save(txn, AuditEntry::new("shippingZoneCreate"), None, &zone, patch).await?;
    Ok(zone.row)
}

/// Changes a zone, if it still has this version.
#[tracing::instrument(name = "shipping::zone_update", level = "debug", skip_all, err(level = "debug"))]
pub async fn zone_update(
    ctx: &OpContext,
    id: ShippingZoneId,
    version: Option<i32>,
    patch: ZonePatch,
) -> Result<shipping_zone::Model, ZoneUpdateError> {
    ctx.require(Permission::SettingsEdit).await?;
    let patch = patch.validated()?;
    ctx.write(|txn| update_in_txn(txn, id, version, &patch).scope_boxed()).await
}

async fn update_in_txn(
    txn: &Txn<'_>,
    id: ShippingZoneId,
    version: Option<i32>,
    patch: &ValidPatch,
) -> Result<shipping_zone::Model, ZoneUpdateError> {
    let row = lock(txn, id).await?.ok_or(ZoneUpdateError::NotFound(id))?;
    if version.is_some_and(|version| version != row.version) {
        return Err(ZoneUpdateError::Conflict(Box::new(row)));
    }
    let before = Zone { row, places: places(txn, id).await? };
    let mut after = before.clone();
    patch.apply(&mut after);
    if after != before {
        after.row.version += 1;
        save(txn, AuditEntry::new("shippingZoneUpdate"), Some(&before), &after, patch).await?;
    }
    Ok(after.row)
}

/// Deletes a zone with its methods.
#[tracing::instrument(name = "shipping::zone_delete", level = "debug", skip_all, err(level = "debug"))]
pub async fn zone_delete(ctx: &OpContext, id: ShippingZoneId) -> Result<(), ZoneDeleteError> {
    ctx.require(Permission::SettingsEdit).await?;
    ctx.write(|txn| delete_in_txn(txn, id).scope_boxed()).await
}

async fn delete_in_txn(txn: &Txn<'_>, id: ShippingZoneId) -> Result<(), ZoneDeleteError> {
    let row = lock(txn, id).await?.ok_or(ZoneDeleteError::NotFound(id))?;
    let zone = Zone { row, places: places(txn, id).await? };
    let methods = shipping_method::Entity::in_order().filter(shipping_method::Column::ZoneId.eq(id));
    let methods = methods.all(txn).await?;
    shipping_zone::Entity::delete_by_id(id).exec(txn).await?;
    let mut was = zone.audit_json();
    was["methods"] = methods.iter().map(|method| method.name.as_str()).collect();
    let entry = AuditEntry::new("shippingZoneDelete").about("ShippingZone", id);
    Ok(txn.audit(entry.change(was, Value::Null)).await?)
}
