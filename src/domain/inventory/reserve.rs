//! What orders do to stock, in their own transactions: reserve, release, ship, take back.
//!
//! Each is one conditional update for each variant, in the order of ids. `release`, `ship` and `take_back` undo only what
//! movements of the same cause took, so that switching a variant's `tracked` with open orders does no harm. The caller holds
//! a lock on the cause (the order's row).

use std::collections::BTreeMap;

use entity::{
    StockMovementId, VariantId, location, stock_level,
    stock_movement::{self, Kind},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QuerySelect,
    sea_query::{Expr, ExprTrait},
};
use uuid::Uuid;

use crate::domain::{
    context::Txn,
    kernel::{fault::Fault, operation_error::operation_error},
};

/// Pieces of one variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StockLine {
    /// The variant.
    pub variant: VariantId,
    /// How many, from 1.
    pub quantity: i32,
}

/// Pieces that are not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortage {
    /// The variant.
    pub variant: VariantId,
    /// How many can be had: at least 0, and less than asked for, so that it does not tell the whole stock.
    pub available: i32,
    /// How many were asked for, by all lines of the variant.
    pub requested: i64,
}

/// The variants of which there is too little, by id; nothing was taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("There is not enough in stock.")]
pub struct InsufficientStock(pub Vec<Shortage>);

operation_error! {
    /// Why stock was not moved.
    pub enum StockError {
        /// There is too little.
        #[error("{0}")]
        Insufficient(#[from] InsufficientStock),
    }
}

/// Sets pieces aside for `cause`: those of all lines, or none. Of variants that are not counted it sets nothing aside.
#[tracing::instrument(name = "inventory::reserve", level = "debug", skip_all)]
pub async fn reserve(txn: &Txn<'_>, cause: Uuid, lines: &[StockLine]) -> Result<(), StockError> {
    let (mut taken, mut shortages) = (Vec::new(), Vec::new());
    for (variant, requested) in sums(lines) {
        match reserve_one(txn, variant, requested).await? {
            Reserved::All(quantity) => taken.push(Movement { variant, on_hand: 0, reserved: quantity }),
            Reserved::NotCounted => {}
            Reserved::TooLittle(available) => shortages.push(Shortage { variant, available, requested }),
        }
    }
    if shortages.is_empty() {
        return Ok(record(txn, Kind::Reserve, cause, &taken).await?);
    }
    for movement in &taken {
        change(txn, movement.variant, 0, -movement.reserved).await?;
    }
    Err(InsufficientStock(shortages).into())
}

/// Gives pieces that `cause` has reserved free again: at most as many as it still holds.
#[tracing::instrument(name = "inventory::release", level = "debug", skip_all)]
pub async fn release(txn: &Txn<'_>, cause: Uuid, lines: &[StockLine]) -> Result<(), Fault> {
    let held = balances(txn, cause).await?;
    let mut released = Vec::new();
    for (variant, quantity) in sums(lines) {
        let quantity = held.get(&variant).map_or(0, |balance| Ord::min(balance.reserved, quantity));
        if let Some(quantity) = positive(quantity) {
            change(txn, variant, 0, -quantity).await?;
            released.push(Movement { variant, on_hand: 0, reserved: -quantity });
        }
    }
    record(txn, Kind::Release, cause, &released).await
}

/// Takes pieces that `cause` has reserved out of the warehouse: those of all lines, or none.
#[tracing::instrument(name = "inventory::ship", level = "debug", skip_all)]
pub async fn ship(txn: &Txn<'_>, cause: Uuid, lines: &[StockLine]) -> Result<(), StockError> {
    let held = balances(txn, cause).await?;
    let (mut shipped, mut shortages): (Vec<Movement>, Vec<_>) = (Vec::new(), Vec::new());
    for (variant, requested) in sums(lines) {
        let quantity = held.get(&variant).map_or(0, |balance| Ord::min(balance.reserved, requested));
        let Some(quantity) = positive(quantity) else { continue };
        let missing = || Fault::internal("a variant has movements and no level");
        let level = find(txn, variant).await?.ok_or_else(missing)?;
        let on_hand = if level.tracked { -quantity } else { 0 };
        if change(txn, variant, on_hand, -quantity).await? {
            shipped.push(Movement { variant, on_hand, reserved: -quantity });
        } else {
            shortages.push(Shortage {
                variant,
                available: below(level.on_hand.into(), requested),
                requested,
            });
        }
    }
    if shortages.is_empty() {
        return Ok(record(txn, Kind::Ship, cause, &shipped).await?);
    }
    for movement in &shipped {
        change(txn, movement.variant, -movement.on_hand, -movement.reserved).await?;
    }
    Err(InsufficientStock(shortages).into())
}

/// Puts pieces that `cause` has shipped back into the warehouse: at most as many as it took.
#[tracing::instrument(name = "inventory::take_back", level = "debug", skip_all)]
pub async fn take_back(txn: &Txn<'_>, cause: Uuid, lines: &[StockLine]) -> Result<(), Fault> {
    let held = balances(txn, cause).await?;
    let mut returned = Vec::new();
    for (variant, quantity) in sums(lines) {
        let quantity = held.get(&variant).map_or(0, |balance| Ord::min(-balance.on_hand, quantity));
        if let Some(quantity) = positive(quantity) {
            change(txn, variant, quantity, 0).await?;
            returned.push(Movement { variant, on_hand: quantity, reserved: 0 });
        }
    }
    record(txn, Kind::Return, cause, &returned).await
}

struct Movement {
    variant: VariantId,
    on_hand: i32,
    reserved: i32,
}

enum Reserved {
    All(i32),
    NotCounted,
    TooLittle(i32),
}

/// What all movements of one cause have done to one variant.
#[derive(FromQueryResult)]
struct Balance {
    variant_id: VariantId,
    on_hand: i64,
    reserved: i64,
}

/// The pieces of each variant, by its id: everybody locks levels in this order. Lines without pieces are left out.
fn sums(lines: &[StockLine]) -> BTreeMap<VariantId, i64> {
    let mut sums = BTreeMap::new();
    for line in lines.iter().filter(|line| line.quantity > 0) {
        *sums.entry(line.variant).or_default() += i64::from(line.quantity);
    }
    sums
}

fn positive(quantity: i64) -> Option<i32> {
    i32::try_from(quantity).ok().filter(|quantity| *quantity > 0)
}

async fn reserve_one(txn: &Txn<'_>, variant: VariantId, requested: i64) -> Result<Reserved, Fault> {
    use stock_level::Column::{Available, BackorderLimit, Reserved as ReservedColumn, Tracked};
    // More than a level can hold is never there.
    let quantity = positive(requested).filter(|quantity| *quantity <= super::MAX_PIECES);
    if let Some(quantity) = quantity {
        // Written so that no sum exceeds 32 bits.
        let fits = Expr::col(Available).add(Expr::col(BackorderLimit)).gte(quantity);
        let update = at_main(variant, txn)
            .col_expr(ReservedColumn, Expr::col(ReservedColumn).add(quantity))
            .filter(Tracked.eq(true))
            .filter(fits);
        if update.exec(txn).await?.rows_affected == 1 {
            return Ok(Reserved::All(quantity));
        }
    }
    Ok(match find(txn, variant).await? {
        Some(level) if !level.tracked => Reserved::NotCounted,
        Some(level) => {
            let free = i64::from(level.available) + i64::from(level.backorder_limit);
            Reserved::TooLittle(below(free, requested))
        }
        None => Reserved::TooLittle(0),
    })
}

/// `pieces`, as far as it is at least 0 and less than `requested`.
fn below(pieces: i64, requested: i64) -> i32 {
    i32::try_from(pieces.clamp(0, Ord::max(requested - 1, 0))).unwrap_or(i32::MAX)
}

async fn find(txn: &Txn<'_>, variant: VariantId) -> Result<Option<stock_level::Model>, Fault> {
    let level = stock_level::Entity::find()
        .filter(stock_level::Column::VariantId.eq(variant))
        .filter(stock_level::Column::LocationId.eq(location::MAIN));
    Ok(level.one(txn).await?)
}

/// Adds to a level; tells whether it could, which it cannot when too little is on hand.
async fn change(txn: &Txn<'_>, variant: VariantId, on_hand: i32, reserved: i32) -> Result<bool, Fault> {
    use stock_level::Column::{OnHand, Reserved};
    let mut update = at_main(variant, txn);
    if on_hand != 0 {
        update = update.col_expr(OnHand, Expr::col(OnHand).add(on_hand));
    }
    if reserved != 0 {
        update = update.col_expr(Reserved, Expr::col(Reserved).add(reserved));
    }
    if on_hand < 0 {
        update = update.filter(Expr::col(OnHand).gte(-on_hand));
    }
    Ok(update.exec(txn).await?.rows_affected == 1)
}

fn at_main(variant: VariantId, txn: &Txn<'_>) -> sea_orm::UpdateMany<stock_level::Entity> {
    stock_level::Entity::update_many()
        .col_expr(stock_level::Column::UpdatedAt, Expr::value(txn.now()))
        .filter(stock_level::Column::VariantId.eq(variant))
        .filter(stock_level::Column::LocationId.eq(location::MAIN))
}

/// What `cause` has done to each variant, in one statement.
async fn balances(txn: &Txn<'_>, cause: Uuid) -> Result<BTreeMap<VariantId, Balance>, Fault> {
    use stock_movement::Column::{CauseId, OnHand, Reserved, VariantId as Variant};
    let sum = |column| Expr::col(column).sum().cast_as("bigint");
    let balances = stock_movement::Entity::find()
        .select_only()
        .column(Variant)
        .column_as(sum(OnHand), "on_hand")
        .column_as(sum(Reserved), "reserved")
        .filter(CauseId.eq(cause))
        .group_by(Variant)
        .into_model::<Balance>()
        .all(txn)
        .await?;
    Ok(balances.into_iter().map(|balance| (balance.variant_id, balance)).collect())
}

/// Writes the movements down, in one statement.
async fn record(txn: &Txn<'_>, kind: Kind, cause: Uuid, movements: &[Movement]) -> Result<(), Fault> {
    let row = |movement: &Movement| stock_movement::ActiveModel {
        id: Set(StockMovementId(txn.random().id(txn.now()))),
        variant_id: Set(movement.variant),
        location_id: Set(location::MAIN),
        kind: Set(kind),
        on_hand: Set(movement.on_hand),
        reserved: Set(movement.reserved),
        reason: Set(None),
        note: Set(None),
        cause_id: Set(Some(cause)),
        actor_id: Set(txn.actor().id()),
        at: Set(txn.now()),
    };
    if !movements.is_empty() {
        stock_movement::Entity::insert_many(movements.iter().map(row)).exec_without_returning(txn).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_one_variant_add_up_in_the_order_of_ids() {
        let variant = |n| VariantId(Uuid::from_u128(n));
        let line = |n, quantity| StockLine { variant: variant(n), quantity };
        let sums = sums(&[line(2, 1), line(1, i32::MAX), line(2, 3), line(1, i32::MAX), line(3, -5)]);
        let expected = [(variant(1), 2 * i64::from(i32::MAX)), (variant(2), 4)];
        assert_eq!(sums.into_iter().collect::<Vec<_>>(), expected);
    }
}
