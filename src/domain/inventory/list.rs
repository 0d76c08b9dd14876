//! Lists for staff: movements, and levels that are low.

use std::collections::HashMap;

use entity::{Permission, StockMovementId, VariantId, stock_level, stock_movement};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryTrait,
    sea_query::{Expr, ExprTrait},
};

use crate::domain::{
    context::OpContext,
    database::{Listing, SortKind},
    kernel::fault::Fault,
};

/// Which movements are wanted: those that meet every condition given.
#[derive(Clone, Copy, Debug, Default)]
pub struct MovementFilter {
    /// Of this variant.
    pub variant: Option<VariantId>,
    /// Of this kind.
    pub kind: Option<stock_movement::Kind>,
}

/// The movements that pass `filter`, the latest first.
#[tracing::instrument(name = "inventory::movements", level = "debug", skip_all, err(level = "debug"))]
pub async fn movements(
    ctx: &OpContext,
    filter: MovementFilter,
) -> Result<Listing<stock_movement::Entity>, Fault> {
    ctx.require(Permission::InventoryEdit).await?;
    let query = stock_movement::Entity::find()
        .apply_if(filter.variant, |query, variant| {
            query.filter(stock_movement::Column::VariantId.eq(variant))
        })
        .apply_if(filter.kind, |query, kind| query.filter(stock_movement::Column::Kind.eq(kind)));
    let listing = Listing::new("stock_movement.at", query, stock_movement::Column::At, SortKind::Time);
    Ok(listing.descending(true))
}

/// The counted levels at or below their threshold, the least available first: those below zero, where more is reserved than
/// is on hand, come before all.
#[tracing::instrument(name = "inventory::low_stock", level = "debug", skip_all, err(level = "debug"))]
pub async fn low_stock(ctx: &OpContext) -> Result<Listing<stock_level::Entity>, Fault> {
    ctx.require(Permission::InventoryEdit).await?;
    use stock_level::Column::{Available, LowThreshold};
    let low = stock_level::Entity::find()
        .filter(Expr::col(stock_level::Column::Tracked))
        .filter(Expr::col(Available).lte(Expr::col(LowThreshold)));
    Ok(Listing::new("stock_level.available", low, Available, SortKind::Int))
}

/// Those of the movements with these ids that exist, in one statement, for who may see them.
#[tracing::instrument(name = "inventory::movements_by_ids", level = "debug", skip_all, err(level = "debug"))]
pub async fn movements_by_ids(
    ctx: &OpContext,
    ids: &[StockMovementId],
) -> Result<HashMap<StockMovementId, stock_movement::Model>, Fault> {
    if !ctx.viewer().await?.permissions().has(Permission::InventoryEdit) {
        return Ok(HashMap::new());
    }
    let chosen = ctx.services().db.any_of(stock_movement::Column::Id, ids.iter().map(|id| id.0));
    let movements = stock_movement::Entity::find().filter(chosen).all(ctx.db()).await?;
    Ok(movements.into_iter().map(|movement| (movement.id, movement)).collect())
}
