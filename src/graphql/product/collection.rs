//! Reading and changing collections.

use async_graphql::{Context, ID, Object};
use entity::{CollectionId, ProductId};

use super::types::{Collection, CollectionConnection, collection_edit::*};
use crate::{
    domain::product,
    graphql::kit::{
        context::ContextExt,
        cost::{PAGE, STATEMENT, cost, list_size, page_arguments},
        error::ResolverError,
        id::Node,
        listing::connection,
        page::PageArgs,
        permission::{Permission, requires},
    },
};

/// Queries on collections.
#[derive(Default)]
pub struct CollectionQuery;

#[Object]
impl CollectionQuery {
    /// One collection, by its id or its slug; null if there is none, or if it is outside its active period and the viewer
    /// lacks `PRODUCTS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn collection(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id of the collection.")] id: Option<ID>,
        #[graphql(desc = "Name of the collection in URLs.")] slug: Option<String>,
    ) -> Option<Result<Collection, ResolverError>> {
        find(ctx, id, slug).await.transpose()
    }

    /// The collections of the shop, by name. Viewers without `PRODUCTS_EDIT` see those in their active period only.
    #[graphql(directive = cost::apply(STATEMENT), directive = list_size::apply(PAGE, page_arguments()))]
    async fn collections(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Maximum number of collections from the start, 0 to 100; default 20.")]
        first: Option<i32>,
        #[graphql(desc = "Cursor after which the page starts.")] after: Option<String>,
        #[graphql(desc = "Maximum number of collections from the end, 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Cursor before which the page ends.")] before: Option<String>,
    ) -> Result<CollectionConnection, ResolverError> {
        let collections = product::collections(ctx.op()).await;
        connection(ctx, collections, PageArgs { first, after, last, before }).await
    }
}

async fn find(
    ctx: &Context<'_>,
    id: Option<ID>,
    slug: Option<String>,
) -> Result<Option<Collection>, ResolverError> {
    let collection = match (id, slug) {
        (Some(id), None) => {
            product::collection_by_id(ctx.op(), CollectionId::from_global(&id, "id")?).await?
        }
        (None, Some(slug)) => product::collection_by_slug(ctx.op(), &slug).await?,
        _ => return Err(ResolverError::bad_input("Give either `id` or `slug`.")),
    };
    Ok(collection.map(Collection::from))
}

/// Mutations on collections.
#[derive(Default)]
pub struct CollectionMutation;

#[Object]
impl CollectionMutation {
    /// Creates a collection, without products. Requires `PRODUCTS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::ProductsEdit))]
    async fn collection_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The collection.")] input: CollectionCreateInput,
    ) -> Result<CollectionCreatePayload, ResolverError> {
        CollectionCreatePayload::from_result(product::collection_create(ctx.op(), input.into()).await)
    }

    /// Changes a collection. Fields left out keep their value. Requires `PRODUCTS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::ProductsEdit))]
    async fn collection_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The collection, and the fields to change.")] input: CollectionUpdateInput,
    ) -> Result<CollectionUpdatePayload, ResolverError> {
        let id = CollectionId::from_global(&input.id, "input.id")?;
        CollectionUpdatePayload::from_result(product::collection_update(ctx.op(), id, input.into()).await)
    }

    /// Deletes a collection; its products stay. Requires `PRODUCTS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::ProductsEdit))]
    async fn collection_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The collection.")] input: CollectionDeleteInput,
    ) -> Result<CollectionDeletePayload, ResolverError> {
        let id = CollectionId::from_global(&input.id, "input.id")?;
        let deleted = product::collection_delete(ctx.op(), id).await;
        CollectionDeletePayload::from_result(deleted.map(|()| id.global()))
    }

    /// Adds products at the end of a collection, in the given order; those already in it stay where they are. Requires
    /// `PRODUCTS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::ProductsEdit))]
    async fn collection_products_add(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The collection and the products.")] input: CollectionProductsAddInput,
    ) -> Result<CollectionProductsAddPayload, ResolverError> {
        let id = CollectionId::from_global(&input.id, "input.id")?;
        let products = product_keys(&input.product_ids)?;
        let added = product::collection_products_add(ctx.op(), id, &products).await;
        CollectionProductsAddPayload::from_result(added)
    }

    /// Removes products from a collection. Requires `PRODUCTS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::ProductsEdit))]
    async fn collection_products_remove(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The collection and the products.")] input: CollectionProductsRemoveInput,
    ) -> Result<CollectionProductsRemovePayload, ResolverError> {
        let id = CollectionId::from_global(&input.id, "input.id")?;
        let products = product_keys(&input.product_ids)?;
        let removed = product::collection_products_remove(ctx.op(), id, &products).await;
        CollectionProductsRemovePayload::from_result(removed)
    }

    /// Moves products of a collection, in the given order, after another product of it, or to its start. Requires
    /// `PRODUCTS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::ProductsEdit))]
    async fn collection_products_reorder(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The collection, the products, and their place.")]
        input: CollectionProductsReorderInput,
    ) -> Result<CollectionProductsReorderPayload, ResolverError> {
        let id = CollectionId::from_global(&input.id, "input.id")?;
        let products = product_keys(&input.product_ids)?;
        let after = input.after_id.map(|id| ProductId::from_global(&id, "input.afterId")).transpose()?;
        let moved = product::collection_products_reorder(ctx.op(), id, &products, after).await;
        CollectionProductsReorderPayload::from_result(moved)
    }
}
