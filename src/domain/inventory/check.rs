//! Whether levels are the sum of their movements: `bodega check inventory`.

use std::collections::BTreeMap;

use entity::{VariantId, stock_level, stock_movement};
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel,
    QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait},
};

use crate::domain::{
    context::{Services, Txn},
    kernel::fault::Fault,
};

/// A level that is not the sum of its movements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The variant.
    pub variant: VariantId,
    /// Pieces on hand by the level, and by the movements.
    pub on_hand: (i64, i64),
    /// Reserved pieces by the level, and by the movements.
    pub reserved: (i64, i64),
}

#[derive(FromQueryResult)]
struct Sum {
    variant_id: VariantId,
    on_hand: i64,
    reserved: i64,
}

/// The levels that differ from the sum of their movements, by variant.
pub async fn check(services: &Services) -> Result<Vec<Difference>, Fault> {
    services.write(|txn| differences(txn).scope_boxed()).await
}

/// Sets the levels that differ to the sum of their movements; tells which they were. A sum below zero, which no level can
/// hold, becomes zero.
pub async fn repair(services: &Services) -> Result<Vec<Difference>, Fault> {
    services.write(|txn| repair_in_txn(txn).scope_boxed()).await
}

async fn repair_in_txn(txn: &Txn<'_>) -> Result<Vec<Difference>, Fault> {
    let levels = levels(txn).await?;
    let found = compare(&levels, &sums(txn).await?);
    for level in levels {
        if let Some(difference) = found.iter().find(|found| found.variant == level.variant_id) {
            let pieces = |sum: i64| i32::try_from(Ord::max(sum, 0)).map_err(|_| Fault::internal("stock beyond 32 bits"));
            let mut level = level.into_active_model();
            level.on_hand = Set(pieces(difference.on_hand.1)?);
            level.reserved = Set(pieces(difference.reserved.1)?);
            level.updated_at = Set(txn.now());
            level.update(txn).await?;
        }
    }
    Ok(found)
}

async fn differences(txn: &Txn<'_>) -> Result<Vec<Difference>, Fault> {
    Ok(compare(&levels(txn).await?, &sums(txn).await?))
}

/// All levels, locked: what reserves and ships waits until both sides are read.
async fn levels(txn: &Txn<'_>) -> Result<Vec<stock_level::Model>, Fault> {
    let levels = stock_level::Entity::find().order_by_asc(stock_level::Column::VariantId).lock_exclusive();
    Ok(levels.all(txn).await?)
}

async fn sums(db: &impl ConnectionTrait) -> Result<BTreeMap<VariantId, Sum>, Fault> {
    use stock_movement::Column::{OnHand, Reserved, VariantId as Variant};
    let sum = |column: stock_movement::Column| Expr::col(column).sum().cast_as("bigint");
    let sums = stock_movement::Entity::find()
        .select_only()
        .column(Variant)
        .column_as(sum(OnHand), "on_hand")
        .column_as(sum(Reserved), "reserved")
        .group_by(Variant)
        .into_model::<Sum>()
        .all(db)
        .await?;
    Ok(sums.into_iter().map(|sum| (sum.variant_id, sum)).collect())
}

fn compare(levels: &[stock_level::Model], sums: &BTreeMap<VariantId, Sum>) -> Vec<Difference> {
    let difference = |level: &stock_level::Model| {
        let (on_hand, reserved) = sums.get(&level.variant_id).map_or((0, 0), |sum| (sum.on_hand, sum.reserved));
        Difference {
            variant: level.variant_id,
            on_hand: (level.on_hand.into(), on_hand),
            reserved: (level.reserved.into(), reserved),
        }
    };
    let differs = |found: &Difference| found.on_hand.0 != found.on_hand.1 || found.reserved.0 != found.reserved.1;
    levels.iter().map(difference).filter(differs).collect()
}
