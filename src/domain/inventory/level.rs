//! Levels: opening and reading them.

use std::collections::HashMap;

use entity::{Permission, StockLevelId, VariantId, location, stock_level};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, NotSet, QueryFilter};

use crate::domain::{
    context::{OpContext, Txn},
    kernel::fault::Fault,
};

/// Whether pieces can be bought: all that the public sees of a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Availability {
    /// None can be ordered.
    Out,
    /// None is in stock; it can be ordered and is delivered later.
    Backorder,
    /// Few are left.
    Low,
    /// In stock.
    InStock,
}

/// What a level lets be bought. A variant without a level cannot be.
pub fn availability(level: Option<&stock_level::Model>) -> Availability {
    match level {
        None => Availability::Out,
        Some(level) if !level.tracked || level.available > level.low_threshold.max(0) => {
            Availability::InStock
        }
        Some(level) if level.available > 0 => Availability::Low,
        Some(level) if level.available.saturating_add(level.backorder_limit) > 0 => Availability::Backorder,
        Some(_) => Availability::Out,
    }
}

/// Number of pieces that can be ordered; `None` for any number. A variant without a level cannot be ordered.
pub fn orderable(level: Option<&stock_level::Model>) -> Option<i64> {
    match level {
        None => Some(0),
        Some(level) if !level.tracked => None,
        Some(level) => Some((i64::from(level.available) + i64::from(level.backorder_limit)).max(0)),
    }
}

/// Opens the level of each of these variants, which must be new: nothing on hand, counted, no backorders.
pub async fn open(txn: &Txn<'_>, variants: &[VariantId]) -> Result<(), Fault> {
    let level = |variant: &VariantId| stock_level::ActiveModel {
        id: Set(StockLevelId(txn.random().id(txn.now()))),
        variant_id: Set(*variant),
        location_id: Set(location::MAIN),
        on_hand: Set(0),
        reserved: Set(0),
        available: NotSet,
        tracked: Set(true),
        backorder_limit: Set(0),
        low_threshold: Set(0),
        updated_at: Set(txn.now()),
    };
    if !variants.is_empty() {
        let levels = variants.iter().map(level);
        stock_level::Entity::insert_many(levels).exec_without_returning(txn).await?;
    }
    Ok(())
}

/// The level of each of these variants, in one statement, for who may see figures of stock.
#[tracing::instrument(name = "inventory::figures_of", level = "debug", skip_all, err(level = "debug"))]
pub async fn figures_of(
    ctx: &OpContext,
    variants: &[VariantId],
) -> Result<HashMap<VariantId, stock_level::Model>, Fault> {
    if sees_figures(ctx).await { levels_of(ctx, variants).await } else { Ok(HashMap::new()) }
}

/// Whether the viewer sees figures of stock. One who cannot be looked up does not, so that the catalogue can be read while
/// the session store is down.
async fn sees_figures(ctx: &OpContext) -> bool {
    ctx.viewer().await.is_ok_and(|viewer| viewer.permissions().has(Permission::InventoryEdit))
}

/// The level of each of these variants, in one statement: for what does not show figures.
#[tracing::instrument(name = "inventory::levels_of", level = "debug", skip_all, err(level = "debug"))]
pub(in crate::domain) async fn levels_of(
    ctx: &OpContext,
    variants: &[VariantId],
) -> Result<HashMap<VariantId, stock_level::Model>, Fault> {
    let chosen = ctx.services().db.any_of(stock_level::Column::VariantId, variants.iter().map(|id| id.0));
    let levels = stock_level::Entity::find()
        .filter(chosen)
        .filter(stock_level::Column::LocationId.eq(location::MAIN))
        .all(ctx.db())
        .await?;
    Ok(levels.into_iter().map(|level| (level.variant_id, level)).collect())
}

/// Those of the levels with these ids that exist, in one statement, for who may see figures of stock.
#[tracing::instrument(name = "inventory::by_ids", level = "debug", skip_all, err(level = "debug"))]
pub async fn by_ids(
    ctx: &OpContext,
    ids: &[StockLevelId],
) -> Result<HashMap<StockLevelId, stock_level::Model>, Fault> {
    if !ctx.viewer().await?.permissions().has(Permission::InventoryEdit) {
        return Ok(HashMap::new());
    }
    let chosen = ctx.services().db.any_of(stock_level::Column::Id, ids.iter().map(|id| id.0));
    let levels = stock_level::Entity::find().filter(chosen).all(ctx.db()).await?;
    Ok(levels.into_iter().map(|level| (level.id, level)).collect())
}
