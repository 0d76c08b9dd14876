//! The catalogue: categories, the products in them, and the variants of a product. Anybody may read all of it, so
//! these operations do not ask who the viewer is, and go on working when sessions cannot be looked up.

mod category;
mod list;
mod variant;

use std::collections::HashMap;

pub use category::{categories_by_ids, categories_under, category_position, children_of, count_categories};
pub use list::{Filter, PriceRange, Sort, SortKey, count, list};
pub use variant::{variants_by_ids, variants_of};

use entity::{ProductId, product};
use sea_orm::{EntityTrait, QueryFilter};

use super::{Fault, Op};

/// The product with this id.
#[tracing::instrument(name = "product::by_id", level = "debug", skip_all, err(level = "debug"))]
pub async fn by_id(op: &Op, id: ProductId) -> Result<Option<product::Model>, Fault> {
    Ok(product::Entity::find_by_id(id).one(op.db.connection()).await?)
}

/// The product with this name in addresses.
#[tracing::instrument(name = "product::by_slug", level = "debug", skip_all, err(level = "debug"))]
pub async fn by_slug(op: &Op, slug: &str) -> Result<Option<product::Model>, Fault> {
    Ok(product::Entity::with_slug(slug).one(op.db.connection()).await?)
}

/// Those of the products with these ids that exist, in one statement.
#[tracing::instrument(name = "product::by_ids", level = "debug", skip_all, err(level = "debug"))]
pub async fn by_ids(op: &Op, ids: &[ProductId]) -> Result<HashMap<ProductId, product::Model>, Fault> {
    let chosen = op.db.any_of(product::Column::Id, ids.iter().map(|id| id.0));
    let products = product::Entity::find().filter(chosen).all(op.db.connection()).await?;
    Ok(products.into_iter().map(|product| (product.id, product)).collect())
}
