//! Reading discounts and codes. Only viewers with `DISCOUNTS_EDIT` see them; for others the functions return nothing, without a
//! statement.

use std::{collections::HashMap, sync::Arc};

use entity::{
    DiscountCodeId, DiscountId, Permission,
    discount::{self, Kind},
    discount_amount, discount_code, discount_target,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};

use super::code_key;
use crate::domain::{
    context::OpContext,
    database::{Listing, SortKind},
    kernel::{fault::Fault, text::Search},
};

/// Conditions on discounts; all that are given must hold.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Text in the name.
    pub search: Option<Search>,
    /// Has this code.
    pub code: Option<String>,
    pub kind: Option<Kind>,
    pub is_automatic: Option<bool>,
    pub is_active: Option<bool>,
}

/// The discounts that match `filter`, the newest first.
#[tracing::instrument(name = "discount::list", level = "debug", skip_all, err(level = "debug"))]
pub async fn list(ctx: &OpContext, filter: &Filter) -> Result<Listing<discount::Entity>, Fault> {
    use discount::Column::{CreatedAt, Id, IsActive, IsAutomatic, Kind, Name};
    ctx.require(Permission::DiscountsEdit).await?;
    let with_code = |code: &String| {
        let codes = discount_code::Entity::find().select_only().column(discount_code::Column::DiscountId);
        codes.filter(discount_code::Column::CodeKey.eq(code_key(code))).into_query()
    };
    let query = discount::Entity::find()
        .apply_if(filter.search.as_ref(), |query, text| {
            query.filter(ctx.services().db.contains(Name, text.as_str()))
        })
        .apply_if(filter.code.as_ref(), |query, code| query.filter(Id.in_subquery(with_code(code))))
        .apply_if(filter.kind, |query, kind| query.filter(Kind.eq(kind)))
        .apply_if(filter.is_automatic, |query, wanted| query.filter(IsAutomatic.eq(wanted)))
        .apply_if(filter.is_active, |query, wanted| query.filter(IsActive.eq(wanted)));
    Ok(Listing::new("discount.created_at", query, CreatedAt, SortKind::Time).descending(true))
}

/// The discount with this id.
#[tracing::instrument(name = "discount::by_id", level = "debug", skip_all, err(level = "debug"))]
pub async fn by_id(ctx: &OpContext, id: DiscountId) -> Result<Option<discount::Model>, Fault> {
    ctx.require(Permission::DiscountsEdit).await?;
    Ok(discount::Entity::find_by_id(id).one(ctx.db()).await?)
}

/// Those of the discounts with these ids that the viewer sees, in one statement.
#[tracing::instrument(name = "discount::by_ids", level = "debug", skip_all, err(level = "debug"))]
pub async fn by_ids(
    ctx: &OpContext,
    ids: &[DiscountId],
) -> Result<HashMap<DiscountId, discount::Model>, Fault> {
    if !sees_all(ctx).await {
        return Ok(HashMap::new());
    }
    let chosen = ctx.services().db.any_of(discount::Column::Id, ids.iter().map(|id| id.0));
    let rows = discount::Entity::find().filter(chosen).all(ctx.db()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The amounts of each of these discounts, by currency, in one statement.
#[tracing::instrument(name = "discount::amounts_of", level = "debug", skip_all, err(level = "debug"))]
pub async fn amounts_of(
    ctx: &OpContext,
    discounts: &[DiscountId],
) -> Result<HashMap<DiscountId, Arc<[discount_amount::Model]>>, Fault> {
    use discount_amount::Column;
    if !sees_all(ctx).await {
        return Ok(HashMap::new());
    }
    let chosen = ctx.services().db.any_of(Column::DiscountId, discounts.iter().map(|id| id.0));
    let rows = discount_amount::Entity::find().filter(chosen).order_by_asc(Column::Currency);
    let mut amounts: HashMap<_, Vec<_>> = HashMap::new();
    for row in rows.all(ctx.db()).await? {
        amounts.entry(row.discount_id).or_default().push(row);
    }
    Ok(amounts.into_iter().map(|(discount, rows)| (discount, rows.into())).collect())
}

/// The targets of each of these discounts, in one statement.
#[tracing::instrument(name = "discount::targets_of", level = "debug", skip_all, err(level = "debug"))]
pub async fn targets_of(
    ctx: &OpContext,
    discounts: &[DiscountId],
) -> Result<HashMap<DiscountId, Arc<[discount_target::Model]>>, Fault> {
    use discount_target::Column;
    if !sees_all(ctx).await {
        return Ok(HashMap::new());
    }
    let chosen = ctx.services().db.any_of(Column::DiscountId, discounts.iter().map(|id| id.0));
    let rows = discount_target::Entity::find().filter(chosen);
    let rows = rows.order_by_asc(Column::ProductId).order_by_asc(Column::CategoryId);
    let mut targets: HashMap<_, Vec<_>> = HashMap::new();
    for row in rows.order_by_asc(Column::CollectionId).all(ctx.db()).await? {
        targets.entry(row.discount_id).or_default().push(row);
    }
    Ok(targets.into_iter().map(|(discount, rows)| (discount, rows.into())).collect())
}

/// The codes of a discount, the oldest first.
#[tracing::instrument(name = "discount::codes", level = "debug", skip_all, err(level = "debug"))]
pub async fn codes(ctx: &OpContext, discount: DiscountId) -> Result<Listing<discount_code::Entity>, Fault> {
    use discount_code::Column::{CreatedAt, DiscountId};
    ctx.require(Permission::DiscountsEdit).await?;
    let query = discount_code::Entity::find().filter(DiscountId.eq(discount));
    Ok(Listing::new("discount_code.created_at", query, CreatedAt, SortKind::Time))
}

/// Those of the codes with these ids that the viewer sees, in one statement.
#[tracing::instrument(name = "discount::codes_by_ids", level = "debug", skip_all, err(level = "debug"))]
pub async fn codes_by_ids(
    ctx: &OpContext,
    ids: &[DiscountCodeId],
) -> Result<HashMap<DiscountCodeId, discount_code::Model>, Fault> {
    if !sees_all(ctx).await {
        return Ok(HashMap::new());
    }
    let chosen = ctx.services().db.any_of(discount_code::Column::Id, ids.iter().map(|id| id.0));
    let rows = discount_code::Entity::find().filter(chosen).all(ctx.db()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// Whether the viewer sees discounts. One who cannot be looked up does not, so that carts can be read meanwhile.
async fn sees_all(ctx: &OpContext) -> bool {
    ctx.viewer().await.is_ok_and(|viewer| viewer.permissions().has(Permission::DiscountsEdit))
}
