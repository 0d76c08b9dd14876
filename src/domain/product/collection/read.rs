//! Reading collections. Outside its active period a collection does not exist for viewers without `PRODUCTS_EDIT`.

use std::{collections::HashMap, sync::Arc};

use entity::{CollectionId, ProductId, collection, collection_product};
use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, ExprTrait, SelectStatement},
};

use crate::domain::{
    context::OpContext,
    database::{Listing, SortKind},
    kernel::fault::Fault,
    product::sees_all,
};

/// The collections that the viewer sees, by name.
#[tracing::instrument(name = "product::collections", level = "debug", skip_all)]
pub async fn collections(ctx: &OpContext) -> Listing<collection::Entity> {
    let query = visible(ctx, collection::Entity::find()).await;
    Listing::new("collection.name", query, collection::Column::Name, SortKind::Text)
}

/// The collection with this id.
#[tracing::instrument(name = "product::collection_by_id", level = "debug", skip_all, err(level = "debug"))]
pub async fn collection_by_id(ctx: &OpContext, id: CollectionId) -> Result<Option<collection::Model>, Fault> {
    Ok(visible(ctx, collection::Entity::find_by_id(id)).await.one(ctx.db()).await?)
}

/// The collection with this name in URLs.
#[tracing::instrument(name = "product::collection_by_slug", level = "debug", skip_all, err(level = "debug"))]
pub async fn collection_by_slug(ctx: &OpContext, slug: &str) -> Result<Option<collection::Model>, Fault> {
    let found = collection::Entity::find().filter(collection::Column::Slug.eq(slug));
    Ok(visible(ctx, found).await.one(ctx.db()).await?)
}

/// Those of the collections with these ids that the viewer sees, in one statement.
#[tracing::instrument(name = "product::collections_by_ids", level = "debug", skip_all, err(level = "debug"))]
pub async fn collections_by_ids(
    ctx: &OpContext,
    ids: &[CollectionId],
) -> Result<HashMap<CollectionId, collection::Model>, Fault> {
    let chosen = ctx.services().db.any_of(collection::Column::Id, ids.iter().map(|id| id.0));
    let found = visible(ctx, collection::Entity::find().filter(chosen)).await.all(ctx.db()).await?;
    Ok(found.into_iter().map(|collection| (collection.id, collection)).collect())
}

/// A collection of a product.
#[derive(FromQueryResult)]
struct Membership {
    product_id: ProductId,
    #[sea_orm(nested)]
    collection: collection::Model,
}

/// The collections of each of these products that the viewer sees, by name, in one statement.
#[tracing::instrument(name = "product::collections_of", level = "debug", skip_all, err(level = "debug"))]
pub async fn collections_of(
    ctx: &OpContext,
    products: &[ProductId],
) -> Result<HashMap<ProductId, Arc<[collection::Model]>>, Fault> {
    let product = collection_product::Column::ProductId;
    let chosen = ctx.services().db.any_of(product, products.iter().map(|id| id.0));
    let is_same = Expr::col((collection_product::Entity, collection_product::Column::CollectionId))
        .equals((collection::Entity, collection::Column::Id));
    let mut members = visible(ctx, collection::Entity::find().column(product)).await.filter(chosen);
    QueryTrait::query(&mut members).inner_join(collection_product::Entity, is_same);
    let by_name = members.order_by_asc(collection::Column::Name).order_by_asc(collection::Column::Id);
    let mut of_product: HashMap<_, Vec<_>> = HashMap::with_capacity(products.len());
    for row in by_name.into_model::<Membership>().all(ctx.db()).await? {
        of_product.entry(row.product_id).or_default().push(row.collection);
    }
    Ok(of_product.into_iter().map(|(product, collections)| (product, collections.into())).collect())
}

/// Whether a collection is in its active period.
pub fn collection_is_active(ctx: &OpContext, collection: &collection::Model) -> bool {
    let now = ctx.now();
    collection.active_from.is_none_or(|from| from <= now)
        && collection.active_until.is_none_or(|until| now < until)
}

/// Selects the id of a collection, unless the viewer does not see it.
pub(in crate::domain::product) async fn visible_ids(ctx: &OpContext, id: CollectionId) -> SelectStatement {
    let found = collection::Entity::find_by_id(id).select_only().column(collection::Column::Id);
    visible(ctx, found).await.into_query()
}

async fn visible(ctx: &OpContext, collections: Select<collection::Entity>) -> Select<collection::Entity> {
    match sees_all(ctx).await {
        true => collections,
        false => collections.filter(collection::Entity::is_active(ctx.now())),
    }
}
