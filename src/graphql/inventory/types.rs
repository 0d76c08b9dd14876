//! Stock levels and movements, and the mutations of stock.

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, SimpleObject};
use entity::{
    AccountId, ApiKeyId, StockLevelId, StockMovementId, VariantId, stock_level,
    stock_movement::{self, Kind, Reason},
};

use crate::{
    domain::inventory::{self, Change},
    graphql::{
        account::Account,
        api_key::ApiKey,
        kit::{
            error::ResolverError,
            id::Node,
            listing::ListConnection,
            load,
            loader::loader,
            member::{InvalidField, NotFound},
            payload::{payload, user_errors},
            scalar::Timestamp,
        },
        product::{Availability, Variant},
    },
};

/// Stock of a variant, and how it is sold.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct StockLevel {
    #[graphql(skip)]
    variant_key: VariantId,
    /// Global id of the stock level.
    pub(in crate::graphql) id: ID,
    /// Pieces in the warehouse.
    on_hand: i32,
    /// Pieces of orders that are not shipped yet.
    reserved: i32,
    /// Pieces on hand less reserved ones; negative when more are reserved than are on hand.
    available: i32,
    /// Whether stock is counted; where it is not, any number can be bought.
    tracked: bool,
    /// Maximum number of pieces that can be sold beyond those on hand.
    backorder_limit: i32,
    /// Number of available pieces at which, and below which, the stock is low.
    low_stock_threshold: i32,
    /// Whether pieces can be bought.
    availability: Availability,
    /// Time of the last change.
    updated_at: Timestamp,
}

impl From<stock_level::Model> for StockLevel {
    fn from(row: stock_level::Model) -> Self {
        Self {
            variant_key: row.variant_id,
            id: row.id.global(),
            on_hand: row.on_hand,
            reserved: row.reserved,
            available: row.available,
            tracked: row.tracked,
            backorder_limit: row.backorder_limit,
            low_stock_threshold: row.low_threshold,
            availability: inventory::availability(Some(&row)).into(),
            updated_at: Timestamp(row.updated_at),
        }
    }
}

#[ComplexObject]
impl StockLevel {
    /// Variant; null without `PRODUCTS_EDIT` for a variant that is archived or of a product that is not active.
    async fn variant(&self, ctx: &Context<'_>) -> Option<Result<Variant, ResolverError>> {
        load::optional(ctx, self.variant_key).await
    }
}

/// Change of the stock of a variant. Movements are never changed or deleted; a stock level is the sum of them.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct StockMovement {
    #[graphql(skip)]
    row: stock_movement::Model,
    /// Global id of the movement.
    pub(in crate::graphql) id: ID,
    /// Kind of movement.
    kind: StockMovementKind,
    /// Change of the pieces on hand.
    on_hand: i32,
    /// Change of the reserved pieces.
    reserved: i32,
    /// Reason of an adjustment; null for other kinds.
    reason: Option<StockAdjustReason>,
    /// Note of staff; null for none.
    note: Option<String>,
    /// Time of the movement.
    created_at: Timestamp,
}

impl From<stock_movement::Model> for StockMovement {
    fn from(row: stock_movement::Model) -> Self {
        Self {
            id: row.id.global(),
            kind: row.kind.into(),
            on_hand: row.on_hand,
            reserved: row.reserved,
            reason: row.reason.map(Into::into),
            note: row.note.clone(),
            created_at: Timestamp(row.at),
            row,
        }
    }
}

#[ComplexObject]
impl StockMovement {
    /// Variant; null without `PRODUCTS_EDIT` for a variant that is archived or of a product that is not active.
    async fn variant(&self, ctx: &Context<'_>) -> Option<Result<Variant, ResolverError>> {
        load::optional(ctx, self.row.variant_id).await
    }

    /// Account that caused the movement; null for other actors, if the account was deleted, or if the viewer may not see it.
    async fn account(&self, ctx: &Context<'_>) -> Option<Result<Account, ResolverError>> {
        load::optional(ctx, AccountId(self.row.actor_id?)).await
    }

    /// API key that caused the movement; null for other actors, or if the viewer may not see it.
    async fn api_key(&self, ctx: &Context<'_>) -> Option<Result<ApiKey, ResolverError>> {
        load::optional(ctx, ApiKeyId(self.row.actor_id?)).await
    }
}

/// Kind of a stock movement.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Kind")]
pub(super) enum StockMovementKind {
    /// Goods were received.
    Receive,
    /// The number of pieces on hand was corrected.
    Adjust,
    /// Pieces were reserved for an order.
    Reserve,
    /// Reserved pieces of an order were released.
    Release,
    /// Reserved pieces of an order were shipped.
    Ship,
    /// Shipped pieces were returned.
    Return,
}

/// Reason of a stock adjustment.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Reason")]
pub(super) enum StockAdjustReason {
    /// Result of a count.
    Count,
    /// Damaged pieces.
    Damage,
    /// Pieces that cannot be found.
    Loss,
    /// Stolen pieces.
    Theft,
    /// Pieces that were given away.
    Sample,
    /// Another reason, to be told in the note.
    Other,
}

pub type StockLevelConnection = ListConnection<StockLevel>;
pub type StockMovementConnection = ListConnection<StockMovement>;

loader!(StockLevelId => stock_level::Model, inventory::by_ids);
loader!(StockMovementId => stock_movement::Model, inventory::movements_by_ids);
loader! {
    /// Loads the stock level of a variant.
    StockOf(VariantId) => stock_level::Model, inventory::figures_of
}

user_errors! {
    /// The idempotency key was used for another input before.
    IdempotencyKeyReused

    /// The stock is another than expected; nothing was changed.
    StockConflict {
        /// Present stock.
        stock: StockLevel,
    }
}

/// Pieces that were received.
#[derive(InputObject)]
pub(super) struct StockReceiveInput {
    /// Unique key of this request, 1 to 100 characters: a repeated request with the same key counts once. Kept for 30 days.
    pub(super) idempotency_key: String,
    /// Global id of the variant.
    pub(super) id: ID,
    /// Number of pieces, 1 to 1,000,000,000.
    pub(super) quantity: i32,
    /// Note, at most 200 characters on one line.
    pub(super) note: Option<String>,
}

/// Correction of a stock level by a difference.
#[derive(InputObject)]
pub(super) struct StockAdjustInput {
    /// Unique key of this request, 1 to 100 characters: a repeated request with the same key counts once. Kept for 30 days.
    pub(super) idempotency_key: String,
    /// Global id of the variant.
    pub(super) id: ID,
    /// Number of pieces to add, or as a negative number to take away; not 0. The stock stays between 0 and 1,000,000,000.
    pub(super) delta: i32,
    /// Reason.
    pub(super) reason: StockAdjustReason,
    /// Note, at most 200 characters on one line.
    pub(super) note: Option<String>,
}

/// Counted number of pieces.
#[derive(InputObject)]
pub(super) struct StockSetInput {
    /// Unique key of this request, 1 to 100 characters: a repeated request with the same key counts once. Kept for 30 days.
    pub(super) idempotency_key: String,
    /// Global id of the variant.
    pub(super) id: ID,
    /// Number of pieces on hand, 0 to 1,000,000,000.
    pub(super) on_hand: i32,
    /// Number of pieces that were on hand when the count began; if it has changed since, the failure is `StockConflict`.
    pub(super) expected_on_hand: Option<i32>,
    /// Note, at most 200 characters on one line.
    pub(super) note: Option<String>,
}

/// How the stock of a variant is sold. Fields that are missing or null stay as they are.
#[derive(InputObject)]
pub(super) struct StockPolicySetInput {
    /// Global id of the variant.
    pub(super) id: ID,
    /// Whether stock is counted.
    pub(super) tracked: Option<bool>,
    /// Maximum number of pieces that can be sold beyond those on hand, 0 to 1,000,000,000.
    pub(super) backorder_limit: Option<i32>,
    /// Number of available pieces at which, and below which, the stock is low, 0 to 1,000,000,000.
    pub(super) low_stock_threshold: Option<i32>,
}

/// What the inputs of all changes have in common.
pub(super) fn change<'a>(id: &ID, note: Option<&'a str>, key: &'a str) -> Result<Change<'a>, ResolverError> {
    Ok(Change { variant: VariantId::from_global(id, "input.id")?, note, key })
}

payload! {
    /// Payload of `stockReceive`.
    StockReceivePayload {
        /// The stock after the change; null on failure.
        stock: StockLevel,
    }
    /// Failure of `stockReceive`.
    StockReceiveError: NotFound, InvalidField, IdempotencyKeyReused;
    from inventory::ChangeError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        Invalid(invalid) => InvalidField from invalid,
        KeyReused(_reused) => IdempotencyKeyReused at "idempotencyKey",
    }
}

payload! {
    /// Payload of `stockAdjust`.
    StockAdjustPayload {
        /// The stock after the change; null on failure.
        stock: StockLevel,
        /// Whether more pieces are reserved for orders than are on hand; null on failure.
        below_reserved: bool,
    }
    /// Failure of `stockAdjust`.
    StockAdjustError: NotFound, InvalidField, IdempotencyKeyReused;
    from inventory::ChangeError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        Invalid(invalid) => InvalidField from invalid,
        KeyReused(_reused) => IdempotencyKeyReused at "idempotencyKey",
    }
}

payload! {
    /// Payload of `stockSet`.
    StockSetPayload {
        /// The stock after the change; null on failure.
        stock: StockLevel,
    }
    /// Failure of `stockSet`.
    StockSetError: NotFound, InvalidField, IdempotencyKeyReused, StockConflict;
    from inventory::SetError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        Invalid(invalid) => InvalidField from invalid,
        KeyReused(_reused) => IdempotencyKeyReused at "idempotencyKey",
        Conflict(level) => StockConflict { stock: level.into() } at "expectedOnHand",
    }
}

payload! {
    /// Payload of `stockPolicySet`.
    StockPolicySetPayload {
        /// The stock after the change; null on failure.
        stock: StockLevel,
    }
    /// Failure of `stockPolicySet`.
    StockPolicySetError: NotFound, InvalidField;
    from inventory::PolicySetError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        Invalid(invalid) => InvalidField from invalid,
    }
}
