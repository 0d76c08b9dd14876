//! Reading the catalogue.

use async_graphql::{Context, ID, Object};
use entity::{CategoryId, ProductId, VariantId};

use super::types::{CategoryConnection, Product, ProductConnection, ProductFilter, ProductSort, Variant};
use crate::{
    domain::product,
    graphql::kit::{
        context::ContextExt,
        cost::{PAGE, STATEMENT, cost, list_size, page_arguments},
        error::ResolverError,
        id::Node,
        listing::connection,
        page::PageArgs,
    },
};

/// Queries on the catalogue.
#[derive(Default)]
pub struct ProductQuery;

#[Object]
impl ProductQuery {
    /// One product, by its id, its slug or its external id; null if there is none or the viewer may not see it. A former slug
    /// finds it too: its `slug` is another one then, to which the page should redirect.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn product(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id of the product.")] id: Option<ID>,
        #[graphql(desc = "Name of the product in URLs, present or former.")] slug: Option<String>,
        #[graphql(desc = "Key of the product in another system.")] external_id: Option<String>,
    ) -> Option<Result<Product, ResolverError>> {
        find(ctx, id, slug, external_id).await.transpose()
    }

    /// The products of the shop, the newest first by default. Viewers without `PRODUCTS_EDIT` see active ones only.
    #[graphql(directive = cost::apply(STATEMENT), directive = list_size::apply(PAGE, page_arguments()))]
    #[allow(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn products(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Filter; all products by default.")] filter: Option<ProductFilter>,
        #[graphql(desc = "Order; the newest first by default.")] sort: Option<ProductSort>,
        #[graphql(desc = "Maximum number of products from the start, 0 to 100; default 20.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Cursor after which the page starts.")] after: Option<String>,
        #[graphql(desc = "Maximum number of products from the end, 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Cursor before which the page ends.")] before: Option<String>,
    ) -> Result<ProductConnection, ResolverError> {
        let filter = ProductFilter::decode(filter)?;
        let sort = ProductSort::decode(sort, &filter)?;
        let products = product::list(ctx.op(), &filter, sort).await?;
        connection(ctx, products, PageArgs { first, after, last, before }).await
    }

    /// One variant, by its id or its SKU; null if there is none or the viewer may not see it.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn variant(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id of the variant.")] id: Option<ID>,
        #[graphql(desc = "Stock keeping unit of the variant.")] sku: Option<String>,
    ) -> Option<Result<Variant, ResolverError>> {
        find_variant(ctx, id, sku).await.transpose()
    }

    /// The children of a category, or the categories at the top of the tree, in display order.
    #[graphql(directive = cost::apply(STATEMENT), directive = list_size::apply(PAGE, page_arguments()))]
    async fn categories(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id of the parent; the top of the tree by default.")] parent: Option<ID>,
        #[graphql(desc = "Maximum number of categories from the start, 0 to 100; default 20.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Cursor after which the page starts.")] after: Option<String>,
        #[graphql(desc = "Maximum number of categories from the end, 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Cursor before which the page ends.")] before: Option<String>,
    ) -> Result<CategoryConnection, ResolverError> {
        let parent = parent.map(|id| CategoryId::from_global(&id, "parent")).transpose()?;
        connection(ctx, product::categories(parent), PageArgs { first, after, last, before }).await
    }
}

async fn find(
    ctx: &Context<'_>,
    id: Option<ID>,
    slug: Option<String>,
    external_id: Option<String>,
) -> Result<Option<Product>, ResolverError> {
    let product = match (id, slug, external_id) {
        (Some(id), None, None) => product::by_id(ctx.op(), ProductId::from_global(&id, "id")?).await?,
        (None, Some(slug), None) => product::by_slug(ctx.op(), &slug).await?,
        (None, None, Some(id)) => product::by_external_id(ctx.op(), &id).await?,
        _ => return Err(ResolverError::bad_input("Give one of `id`, `slug` and `externalId`.")),
    };
    Ok(product.map(Product::from))
}

async fn find_variant(
    ctx: &Context<'_>,
    id: Option<ID>,
    sku: Option<String>,
) -> Result<Option<Variant>, ResolverError> {
    let variant = match (id, sku) {
        (Some(id), None) => ctx.loader().load_one(VariantId::from_global(&id, "id")?).await?,
        (None, Some(sku)) => product::variant_by_sku(ctx.op(), &sku).await?,
        _ => return Err(ResolverError::bad_input("Give either `id` or `sku`.")),
    };
    Ok(variant.map(Variant::from))
}
