//! The order of the methods of a zone.

use entity::{Permission, ShippingMethodId, ShippingZoneId, shipping_method, shipping_zone};
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{Set, Unchanged},
    ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{CaseStatement, Expr},
};
use serde_json::json;

use super::zone;
use crate::domain::{
    audit::AuditEntry,
    context::{OpContext, Txn},
    kernel::{
        global_id::GlobalId,
        operation_error::operation_error,
        ordering,
        text::{FieldProblem, InvalidField},
    },
};

operation_error! {
    validated
    /// Why methods were not ordered.
    pub enum MethodsReorderError {
        /// There is no such zone.
        #[error("There is no shipping zone with this id.")]
        NotFound(ShippingZoneId),
    }
}

/// Puts these methods first, in this order; the others follow in their present order.
#[tracing::instrument(name = "shipping::methods_reorder", level = "debug", skip_all, err(level = "debug"))]
pub async fn methods_reorder(
    ctx: &OpContext,
    zone: ShippingZoneId,
    order: &[ShippingMethodId],
) -> Result<shipping_zone::Model, MethodsReorderError> {
    ctx.require(Permission::SettingsEdit).await?;
    if let Some(index) = (1..order.len()).find(|index| order[..*index].contains(&order[*index])) {
        let message = "The method is in the list twice.";
        return Err(InvalidField::of_item("method_ids", index, FieldProblem::Inconsistent, message).into());
    }
    ctx.write(|txn| reorder_in_txn(txn, zone, order).scope_boxed()).await
}

async fn reorder_in_txn(
    txn: &Txn<'_>,
    zone: ShippingZoneId,
    order: &[ShippingMethodId],
) -> Result<shipping_zone::Model, MethodsReorderError> {
    let mut row = zone::lock(txn, zone).await?.ok_or(MethodsReorderError::NotFound(zone))?;
    let methods = positions(txn, zone).await?;
    if let Some(index) = order.iter().position(|id| methods.iter().all(|method| method.0 != *id)) {
        let message = "The shipping zone has no method with this id.";
        return Err(InvalidField::of_item("method_ids", index, FieldProblem::UnknownValue, message).into());
    }
    let placed = ordering::place(&methods, order, None);
    if placed.is_empty() {
        return Ok(row);
    }
    set_positions(txn, &placed).await?;
    row.version += 1;
    let version =
        shipping_zone::ActiveModel { id: Unchanged(zone), version: Set(row.version), ..Default::default() };
    version.update(txn).await?;
    let ids = |ids: &[ShippingMethodId]| ids.iter().map(|id| id.global_id()).collect::<Vec<_>>();
    let was: Vec<_> = methods.iter().map(|method| method.0).collect();
    let is: Vec<_> = order.iter().chain(was.iter().filter(|id| !order.contains(id))).copied().collect();
    let entry = AuditEntry::new("shippingMethodsReorder").about("ShippingZone", zone);
    txn.audit(entry.change(json!({ "methodIds": ids(&was) }), json!({ "methodIds": ids(&is) }))).await?;
    Ok(row)
}

/// The methods of a zone with their positions, in their order.
pub(super) async fn positions(
    txn: &Txn<'_>,
    zone: ShippingZoneId,
) -> Result<Vec<(ShippingMethodId, i32)>, DbErr> {
    use shipping_method::Column::{Id, Position, ZoneId};
    let of_zone = shipping_method::Entity::in_order().filter(ZoneId.eq(zone));
    of_zone.select_only().columns([Id, Position]).into_tuple().all(txn).await
}

/// Gives methods these positions, in one statement.
async fn set_positions(txn: &Txn<'_>, placed: &[(ShippingMethodId, i32)]) -> Result<(), DbErr> {
    use shipping_method::Column::{Id, Position};
    let mut position = CaseStatement::new();
    for (id, new) in placed {
        position = position.case(Id.eq(*id), *new);
    }
    shipping_method::Entity::update_many()
        .col_expr(Position, Expr::Case(Box::new(position.finally(0))))
        .filter(Id.is_in(placed.iter().map(|row| row.0)))
        .exec(txn)
        .await?;
    Ok(())
}
