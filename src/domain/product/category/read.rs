//! Reading categories, level by level.

use std::{collections::HashMap, sync::Arc};

use entity::{CategoryId, category};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::domain::{
    context::OpContext,
    database::{Listing, SortKind},
    kernel::fault::Fault,
};

/// The categories directly below `parent`, or those at the top, in their order.
#[tracing::instrument(name = "product::categories", level = "debug", skip_all)]
pub fn categories(parent: Option<CategoryId>) -> Listing<category::Entity> {
    let below = category::Entity::below(parent);
    Listing::new("category.position", below, category::Column::Position, SortKind::Int)
}

/// The category with this id.
#[tracing::instrument(name = "product::category_by_id", level = "debug", skip_all, err(level = "debug"))]
pub async fn category_by_id(ctx: &OpContext, id: CategoryId) -> Result<Option<category::Model>, Fault> {
    Ok(category::Entity::find_by_id(id).one(ctx.db()).await?)
}

/// The category with this name in URLs.
#[tracing::instrument(name = "product::category_by_slug", level = "debug", skip_all, err(level = "debug"))]
pub async fn category_by_slug(ctx: &OpContext, slug: &str) -> Result<Option<category::Model>, Fault> {
    let found = category::Entity::find().filter(category::Column::Slug.eq(slug));
    Ok(found.one(ctx.db()).await?)
}

/// Those of the categories with these ids that exist, in one statement.
#[tracing::instrument(name = "product::categories_by_ids", level = "debug", skip_all, err(level = "debug"))]
pub async fn categories_by_ids(
    ctx: &OpContext,
    ids: &[CategoryId],
) -> Result<HashMap<CategoryId, category::Model>, Fault> {
    let chosen = ctx.services().db.any_of(category::Column::Id, ids.iter().map(|id| id.0));
    let categories = category::Entity::find().filter(chosen).all(ctx.db()).await?;
    Ok(categories.into_iter().map(|category| (category.id, category)).collect())
}

/// The children of each of these categories, in their order, in one statement.
#[tracing::instrument(name = "product::children_of", level = "debug", skip_all, err(level = "debug"))]
pub async fn children_of(
    ctx: &OpContext,
    parents: &[CategoryId],
) -> Result<HashMap<CategoryId, Arc<[category::Model]>>, Fault> {
    let chosen = ctx.services().db.any_of(category::Column::ParentId, parents.iter().map(|id| id.0));
    let children = category::Entity::find()
        .filter(chosen)
        .order_by_asc(category::Column::Position)
        .order_by_asc(category::Column::Id)
        .all(ctx.db())
        .await?;
    let mut by_parent: HashMap<_, Vec<_>> = HashMap::with_capacity(parents.len());
    for child in children {
        if let Some(parent) = child.parent_id {
            by_parent.entry(parent).or_default().push(child);
        }
    }
    Ok(by_parent.into_iter().map(|(parent, children)| (parent, children.into())).collect())
}
