//! The catalogue: categories, the products in them, and the variants of a product. Anybody may read all of it, so
//! these operations do not ask who the viewer is, and go on working when sessions cannot be looked up.

mod category;
mod list;
mod variant;

pub use category::{categories, categories_by_ids, children_of};
pub use list::{Filter, PriceRange, Sort, SortKey, list};
pub use variant::{variants_by_ids, variants_of};

use std::collections::HashMap;

use entity::{ProductId, product};
use sea_orm::{EntityTrait, QueryFilter};

use crate::domain::{context::OpContext, kernel::fault::Fault};

/// The product with this id.
#[tracing::instrument(name = "product::by_id", level = "debug", skip_all, err(level = "debug"))]
pub async fn by_id(ctx: &OpContext, id: ProductId) -> Result<Option<product::Model>, Fault> {
    Ok(product::Entity::find_by_id(id).one(ctx.db()).await?)
}

/// The product with this name in addresses.
#[tracing::instrument(name = "product::by_slug", level = "debug", skip_all, err(level = "debug"))]
pub async fn by_slug(ctx: &OpContext, slug: &str) -> Result<Option<product::Model>, Fault> {
    Ok(product::Entity::with_slug(slug).one(ctx.db()).await?)
}

/// Those of the products with these ids that exist, in one statement.
#[tracing::instrument(name = "product::by_ids", level = "debug", skip_all, err(level = "debug"))]
pub async fn by_ids(ctx: &OpContext, ids: &[ProductId]) -> Result<HashMap<ProductId, product::Model>, Fault> {
    let chosen = ctx.services().db.any_of(product::Column::Id, ids.iter().map(|id| id.0));
    let products = product::Entity::find().filter(chosen).all(ctx.db()).await?;
    Ok(products.into_iter().map(|product| (product.id, product)).collect())
}
