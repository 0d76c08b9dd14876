//! The variants of products.

use std::{collections::HashMap, sync::Arc};

use entity::{ProductId, VariantId, product, variant};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, ExprTrait},
};

use crate::domain::{
    context::OpContext,
    inventory::{self, Availability},
    kernel::fault::Fault,
};

/// The variants of each of these products, in their order, in one statement.
#[tracing::instrument(name = "product::variants_of", level = "debug", skip_all, err(level = "debug"))]
pub async fn variants_of(
    ctx: &OpContext,
    products: &[ProductId],
) -> Result<HashMap<ProductId, Arc<[variant::Model]>>, Fault> {
    let chosen = ctx.services().db.any_of(variant::Column::ProductId, products.iter().map(|id| id.0));
    let variants = visible(ctx, variant::Entity::in_order().filter(chosen)).await.all(ctx.db()).await?;
    Ok(variants
        .chunk_by(|a, b| a.product_id == b.product_id)
        .map(|chunk| (chunk[0].product_id, chunk.into()))
        .collect())
}

/// The variant with this SKU, if the viewer sees it.
#[tracing::instrument(name = "product::variant_by_sku", level = "debug", skip_all, err(level = "debug"))]
pub async fn variant_by_sku(ctx: &OpContext, sku: &str) -> Result<Option<variant::Model>, Fault> {
    let found = variant::Entity::find().filter(variant::Column::Sku.eq(sku));
    Ok(visible(ctx, found).await.one(ctx.db()).await?)
}

/// Those of the variants with these ids that the viewer sees, in one statement.
#[tracing::instrument(name = "product::variants_by_ids", level = "debug", skip_all, err(level = "debug"))]
pub async fn variants_by_ids(
    ctx: &OpContext,
    ids: &[VariantId],
) -> Result<HashMap<VariantId, variant::Model>, Fault> {
    let chosen = ctx.services().db.any_of(variant::Column::Id, ids.iter().map(|id| id.0));
    let variants = visible(ctx, variant::Entity::find().filter(chosen)).await.all(ctx.db()).await?;
    Ok(variants.into_iter().map(|variant| (variant.id, variant)).collect())
}

/// Whether each of these variants can be bought, in one statement.
#[tracing::instrument(name = "product::availability_of", level = "debug", skip_all, err(level = "debug"))]
pub async fn availability_of(
    ctx: &OpContext,
    variants: &[VariantId],
) -> Result<HashMap<VariantId, Availability>, Fault> {
    let levels = inventory::levels_of(ctx, variants).await?;
    Ok(variants.iter().map(|id| (*id, inventory::availability(levels.get(id)))).collect())
}

async fn visible(ctx: &OpContext, variants: Select<variant::Entity>) -> Select<variant::Entity> {
    if super::sees_all(ctx).await {
        return variants;
    }
    let of_active = Expr::exists(
        product::Entity::find()
            .select_only()
            .expr(Expr::val(1))
            .filter(product::Column::Status.eq(product::Status::Active))
            .filter(
                Expr::col((product::Entity, product::Column::Id))
                    .equals((variant::Entity, variant::Column::ProductId)),
            )
            .into_query(),
    );
    variants.filter(variant::Column::ArchivedAt.is_null()).filter(of_active)
}
