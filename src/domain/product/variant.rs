//! The variants of products.

use std::{collections::HashMap, sync::Arc};

use entity::{ProductId, VariantId, variant};
use sea_orm::{EntityTrait, QueryFilter};

use crate::domain::{context::OpContext, kernel::fault::Fault};

/// The variants of each of these products, in their order, in one statement.
#[tracing::instrument(name = "product::variants_of", level = "debug", skip_all, err(level = "debug"))]
pub async fn variants_of(
    ctx: &OpContext,
    products: &[ProductId],
) -> Result<HashMap<ProductId, Arc<[variant::Model]>>, Fault> {
    let chosen = ctx.services().db.any_of(variant::Column::ProductId, products.iter().map(|id| id.0));
    let variants = variant::Entity::in_order().filter(chosen).all(ctx.db()).await?;
    Ok(variants
        .chunk_by(|a, b| a.product_id == b.product_id)
        .map(|chunk| (chunk[0].product_id, chunk.into()))
        .collect())
}

/// Those of the variants with these ids that exist, in one statement.
#[tracing::instrument(name = "product::variants_by_ids", level = "debug", skip_all, err(level = "debug"))]
pub async fn variants_by_ids(
    ctx: &OpContext,
    ids: &[VariantId],
) -> Result<HashMap<VariantId, variant::Model>, Fault> {
    let chosen = ctx.services().db.any_of(variant::Column::Id, ids.iter().map(|id| id.0));
    let variants = variant::Entity::find().filter(chosen).all(ctx.db()).await?;
    Ok(variants.into_iter().map(|variant| (variant.id, variant)).collect())
}
