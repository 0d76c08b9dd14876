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
        field::in_range,
        global_id::enum_name,
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
    }
}

operation_error! {
    /// Why stock was not set to a counted number.
    pub enum SetError {
        /// There is no such variant.
        #[error("There is no variant with this id.")]
        NotFound(VariantId),
        #[error("{0}")]
        Invalid(#[from] InvalidField),
        #[error("{0}")]
        KeyReused(#[from] KeyReused),
        /// The stock is another than expected.
        #[error("The stock is another than expected. Compare the count with the present stock.")]
        Conflict(stock_level::Model),
    }
}

impl From<ChangeError> for SetError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::NotFound(variant) => Self::NotFound(variant),
            ChangeError::Invalid(invalid) => Self::Invalid(invalid),
            ChangeError::KeyReused(reused) => Self::KeyReused(reused),
            ChangeError::Fault(fault) => Self::Fault(fault),
        }
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

/// Which variant's stock is changed, what staff note about it, and the request's idempotency key.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// The variant.
    pub variant: VariantId,
    /// At most 200 characters on one line.
    pub note: Option<&'a str>,
    /// 1 to 100 characters.
    pub key: &'a str,
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

/// Adds received pieces to the stock of a variant, once for each key.
#[tracing::instrument(name = "inventory::receive", level = "debug", skip_all, err(level = "debug"))]
pub async fn receive(
    ctx: &OpContext,
    change: Change<'_>,
    quantity: i32,
) -> Result<stock_level::Model, ChangeError> {
    ctx.require(Permission::InventoryEdit).await?;
    in_range(1..=MAX_PIECES, "quantity", quantity)?;
    let note = note(change.note)?;
    let input = json!([change.variant.0, quantity, note]);
    let key = IdempotencyKey::new("stockReceive", change.key, &input)?;
    let movement = NewMovement { kind: Kind::Receive, reason: None, note, field: "quantity" };
    ctx.write(|txn| change_in_txn(txn, change.variant, &key, quantity, &movement).scope_boxed()).await
}

/// Corrects the stock of a variant by a difference, once for each key. It may fall below what is reserved.
#[tracing::instrument(name = "inventory::adjust", level = "debug", skip_all, err(level = "debug"))]
pub async fn adjust(
    ctx: &OpContext,
    change: Change<'_>,
    delta: i32,
    reason: Reason,
) -> Result<stock_level::Model, ChangeError> {
    ctx.require(Permission::InventoryEdit).await?;
    in_range(-MAX_PIECES..=MAX_PIECES, "delta", delta)?;
    if delta == 0 {
        let message = "The delta must not be 0.";
        return Err(InvalidField::new("delta", FieldProblem::OutOfRange, message).into());
    }
    let note = note(change.note)?;
    let input = json!([change.variant.0, delta, enum_name(&reason), note]);
    let key = IdempotencyKey::new("stockAdjust", change.key, &input)?;
    let movement = NewMovement { kind: Kind::Adjust, reason: Some(reason), note, field: "delta" };
    ctx.write(|txn| change_in_txn(txn, change.variant, &key, delta, &movement).scope_boxed()).await
}

/// Sets the stock of a variant to a counted number, once for each key: only if there are as many as `expected`, where that
/// is given. A count that finds what is there already records no movement.
#[tracing::instrument(name = "inventory::set", level = "debug", skip_all, err(level = "debug"))]
pub async fn set(
    ctx: &OpContext,
    change: Change<'_>,
    on_hand: i32,
    expected: Option<i32>,
) -> Result<stock_level::Model, SetError> {
    ctx.require(Permission::InventoryEdit).await?;
    in_range(0..=MAX_PIECES, "on_hand", on_hand)?;
    let note = note(change.note)?;
    let input = json!([change.variant.0, on_hand, expected, note]);
    let key = IdempotencyKey::new("stockSet", change.key, &input)?;
    let movement = NewMovement { kind: Kind::Adjust, reason: Some(Reason::Count), note, field: "on_hand" };
    ctx.write(|txn| set_in_txn(txn, change.variant, &key, (on_hand, expected), &movement).scope_boxed()).await
}

/// What a movement tells beside its figures, and the input field that is to blame for a figure out of range.
struct NewMovement {
    kind: Kind,
    reason: Option<Reason>,
    note: Option<String>,
    field: &'static str,
}

async fn change_in_txn(
    txn: &Txn<'_>,
    variant: VariantId,
    key: &IdempotencyKey,
    delta: i32,
    movement: &NewMovement,
) -> Result<stock_level::Model, ChangeError> {
    match claim(txn, variant, key).await? {
        (Claim::New, level) => record(txn, level, delta, movement).await,
        (Claim::Replay(_), level) => Ok(level),
    }
}

async fn set_in_txn(
    txn: &Txn<'_>,
    variant: VariantId,
    key: &IdempotencyKey,
    (on_hand, expected): (i32, Option<i32>),
    movement: &NewMovement,
) -> Result<stock_level::Model, SetError> {
    match claim(txn, variant, key).await? {
        (Claim::Replay(_), level) => Ok(level),
        (Claim::New, level) if expected.is_some_and(|expected| expected != level.on_hand) => {
            Err(SetError::Conflict(level))
        }
        (Claim::New, level) if on_hand == level.on_hand => Ok(level),
        (Claim::New, level) => {
            let delta = on_hand - level.on_hand;
            Ok(record(txn, level, delta, movement).await?)
        }
    }
}

/// Claims the key, then locks the level: two requests with one key meet at the key.
async fn claim(
    txn: &Txn<'_>,
    variant: VariantId,
    key: &IdempotencyKey,
) -> Result<(Claim, stock_level::Model), ChangeError> {
    let claim = key.claim(txn, variant.0).await??;
    let level = lock(txn, variant).await?.ok_or(ChangeError::NotFound(variant))?;
    Ok((claim, level))
}

async fn record(
    txn: &Txn<'_>,
    before: stock_level::Model,
    delta: i32,
    movement: &NewMovement,
) -> Result<stock_level::Model, ChangeError> {
    let on_hand = i64::from(before.on_hand) + i64::from(delta);
    let Some(on_hand) = i32::try_from(on_hand).ok().filter(|on_hand| (0..=MAX_PIECES).contains(on_hand))
    else {
        let message =
            format!("There would be {on_hand} pieces on hand. From 0 to {MAX_PIECES} are possible.");
        return Err(InvalidField::new(movement.field, FieldProblem::OutOfRange, message).into());
    };
    let row = stock_movement::ActiveModel {
        id: Set(StockMovementId(txn.random().id(txn.now()))),
        variant_id: Set(before.variant_id),
        location_id: Set(location::MAIN),
        kind: Set(movement.kind),
        on_hand: Set(delta),
        reserved: Set(0),
        reason: Set(movement.reason),
        note: Set(movement.note.clone()),
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
        in_range(0..=MAX_PIECES, field, value.unwrap_or_default())?;
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
    let json = |policy: &Policy| json!({ "tracked": policy.tracked, "backorderLimit": policy.backorder_limit, "lowStockThreshold": policy.low_threshold });
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

/// An empty note is none.
fn note(note: Option<&str>) -> Result<Option<String>, InvalidField> {
    let note = note.map(|note| Line::<0, 200>::of_field("note", note)).transpose()?.map(String::from);
    Ok(note.filter(|note| !note.is_empty()))
}
