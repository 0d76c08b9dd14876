//! What staff do to stock: receive, adjust, set, and how it is sold. Each change of figures takes an idempotency key.

use entity::{
    Permission, StockMovementId, VariantId, location, stock_level,
    stock_movement::{self, Kind, Reason},
};
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
};
use serde_json::json;

use super::MAX_PIECES;
use crate::domain::{
    audit::AuditEntry,
    context::{OpContext, Txn},
    idempotency::{Claim, IdempotencyKey, KeyReused},
    kernel::{
        operation_error::operation_error,
        text::{FieldProblem, InvalidField, Line},
    },
};

operation_error! {
    /// Why stock was not changed.
    pub enum ChangeError {
        /// There is no such variant.
        #[error("There is no variant with this id.")]
        NotFound(VariantId),
        #[error("{0}")]
        Invalid(#[from] InvalidField),
        #[error("{0}")]
        KeyReused(#[from] KeyReused),
        /// The stock is another than expected.
        #[error("The stock was changed meanwhile.")]
        Changed(stock_level::Model),
    }
}

operation_error! {
    /// Why a policy was not set.
    pub enum PolicySetError {
        /// There is no such variant.
        #[error("There is no variant with this id.")]
        NotFound(VariantId),
        #[error("{0}")]
        Invalid(#[from] InvalidField),
    }
}

/// A change of the pieces on hand.
#[derive(Clone, Copy, Debug)]
pub enum Change {
    /// Goods came in: how many.
    Receive(i32),
    /// The count is corrected by a difference.
    Adjust(i32, Reason),
    /// The pieces were counted: how many there are, and how many there were when the count began.
    Set(i32, Option<i32>),
}

/// How the stock of a variant is sold; `None` leaves a part as it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Policy {
    /// Whether pieces are counted.
    pub tracked: Option<bool>,
    /// How many can be reserved beyond those on hand.
    pub backorder_limit: Option<i32>,
    /// At how many available pieces the stock is low.
    pub low_threshold: Option<i32>,
}

/// Changes the pieces on hand of a variant, once for each key. They may fall below those that are reserved.
#[tracing::instrument(name = "inventory::change", level = "debug", skip_all, err(level = "debug"))]
pub async fn change(
    ctx: &OpContext,
    variant: VariantId,
    change: Change,
    note: Option<&str>,
    key: &str,
) -> Result<stock_level::Model, ChangeError> {
    ctx.require(Permission::InventoryEdit).await?;
    let (mutation, field, quantity, allowed) = match change {
        Change::Receive(quantity) => ("stockReceive", "quantity", quantity, 1..=MAX_PIECES),
        Change::Adjust(delta, _) => ("stockAdjust", "delta", delta, -MAX_PIECES..=MAX_PIECES),
        Change::Set(on_hand, _) => ("stockSet", "on_hand", on_hand, 0..=MAX_PIECES),
    };
    if !allowed.contains(&quantity) {
        return Err(out_of_range(field, *allowed.start(), *allowed.end()).into());
    }
    let note = note.map(|note| Line::<0, 200>::of_field("note", note)).transpose()?.map(String::from);
    let input = json!([variant.0, format!("{change:?}"), note]);
    let key = IdempotencyKey::new(mutation, key, &input)?;
    ctx.write(|txn| change_in_txn(txn, variant, change, note.clone(), &key).scope_boxed()).await
}

async fn change_in_txn(
    txn: &Txn<'_>,
    variant: VariantId,
    change: Change,
    note: Option<String>,
    key: &IdempotencyKey,
) -> Result<stock_level::Model, ChangeError> {
    let id = StockMovementId(txn.random().id(txn.now()));
    let claim = key.claim(txn, id.0).await??;
    let before = lock(txn, variant).await?.ok_or(ChangeError::NotFound(variant))?;
    if claim != Claim::New {
        return Ok(before);
    }
    let (kind, reason, delta) = match change {
        Change::Receive(quantity) => (Kind::Receive, None, quantity),
        Change::Adjust(delta, reason) => (Kind::Adjust, Some(reason), delta),
        Change::Set(_, Some(expected)) if expected != before.on_hand => return Err(ChangeError::Changed(before)),
        Change::Set(on_hand, _) => (Kind::Adjust, Some(Reason::Count), on_hand - before.on_hand),
    };
    let on_hand = before.on_hand + delta;
    if !(0..=MAX_PIECES).contains(&on_hand) {
        let field = if kind == Kind::Receive { "quantity" } else { "delta" };
        let message = format!("There would be {on_hand} pieces on hand; 0 to {MAX_PIECES} are possible.");
        return Err(InvalidField::new(field, FieldProblem::OutOfRange, message).into());
    }
    let row = stock_movement::ActiveModel {
        id: Set(id),
        variant_id: Set(variant),
        location_id: Set(location::MAIN),
        kind: Set(kind),
        on_hand: Set(delta),
        reserved: Set(0),
        reason: Set(reason),
        note: Set(note),
        cause_id: Set(None),
        actor_id: Set(txn.actor().id()),
        at: Set(txn.now()),
    };
    stock_movement::Entity::insert(row).exec_without_returning(txn).await?;
    let mut level = before.into_active_model();
    level.on_hand = Set(on_hand);
    level.updated_at = Set(txn.now());
    Ok(level.update(txn).await?)
}

/// Sets how the stock of a variant is sold.
#[tracing::instrument(name = "inventory::policy_set", level = "debug", skip_all, err(level = "debug"))]
pub async fn policy_set(
    ctx: &OpContext,
    variant: VariantId,
    policy: Policy,
) -> Result<stock_level::Model, PolicySetError> {
    ctx.require(Permission::InventoryEdit).await?;
    for (field, value) in
        [("backorder_limit", policy.backorder_limit), ("low_stock_threshold", policy.low_threshold)]
    {
        if value.is_some_and(|value| !(0..=MAX_PIECES).contains(&value)) {
            return Err(out_of_range(field, 0, MAX_PIECES).into());
        }
    }
    ctx.write(|txn| policy_set_in_txn(txn, variant, policy).scope_boxed()).await
}

async fn policy_set_in_txn(
    txn: &Txn<'_>,
    variant: VariantId,
    policy: Policy,
) -> Result<stock_level::Model, PolicySetError> {
    let before = lock(txn, variant).await?.ok_or(PolicySetError::NotFound(variant))?;
    let after = Policy {
        tracked: policy.tracked.or(Some(before.tracked)),
        backorder_limit: policy.backorder_limit.or(Some(before.backorder_limit)),
        low_threshold: policy.low_threshold.or(Some(before.low_threshold)),
    };
    let json = |policy: &Policy| {
        json!({ "tracked": policy.tracked, "backorderLimit": policy.backorder_limit, "lowStockThreshold": policy.low_threshold })
    };
    let was = Policy {
        tracked: Some(before.tracked),
        backorder_limit: Some(before.backorder_limit),
        low_threshold: Some(before.low_threshold),
    };
    if json(&was) == json(&after) {
        return Ok(before);
    }
    let mut level = before.into_active_model();
    level.tracked = after.tracked.map_or(level.tracked, Set);
    level.backorder_limit = after.backorder_limit.map_or(level.backorder_limit, Set);
    level.low_threshold = after.low_threshold.map_or(level.low_threshold, Set);
    level.updated_at = Set(txn.now());
    let entry = AuditEntry::new("stockPolicySet").about("Variant", variant);
    txn.audit(entry.change(json(&was), json(&after))).await?;
    Ok(level.update(txn).await?)
}

/// The level of a variant, locked until the end of the transaction.
async fn lock(txn: &Txn<'_>, variant: VariantId) -> Result<Option<stock_level::Model>, sea_orm::DbErr> {
    stock_level::Entity::find()
        .filter(stock_level::Column::VariantId.eq(variant))
        .filter(stock_level::Column::LocationId.eq(location::MAIN))
        .lock_exclusive()
        .one(txn)
        .await
}

fn out_of_range(field: &'static str, min: i32, max: i32) -> InvalidField {
    InvalidField::new(field, FieldProblem::OutOfRange, format!("The number must be between {min} and {max}."))
}
