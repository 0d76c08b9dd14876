//! Reading products.

use async_graphql::{Context, ID, Object, connection::Connection};
use chrono::DateTime;
use entity::ProductId;

use super::types::{Product, ProductFilter, ProductSort};
use crate::{
    domain::{
        page::SortValue,
        product::{self, Filter, Sort, SortKey},
    },
    graphql::{
        context::ContextExt,
        cost::{COUNT, PAGE, STATEMENT, cost, list_size, page_arguments},
        error::ResolverError,
        id::Node,
        page::{Cursor, List, PageArgs, connection},
    },
};

/// Queries on products.
#[derive(Default)]
pub struct ProductQuery;

#[Object]
impl ProductQuery {
    /// One product, by its id or by its slug; null where there is none.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn product(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The product's global id.")] id: Option<ID>,
        #[graphql(desc = "The product's name in addresses.")] slug: Option<String>,
    ) -> Option<Result<Product, ResolverError>> {
        find(ctx, id, slug).await.map(|product| product.map(Product::from)).transpose()
    }

    /// The products of the shop, the newest first unless `sort` says otherwise.
    #[graphql(directive = cost::apply(STATEMENT), directive = list_size::apply(PAGE, page_arguments()))]
    #[allow(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn products(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which products are wanted; all without it.")] filter: Option<ProductFilter>,
        #[graphql(desc = "In which order they come.")] sort: Option<ProductSort>,
        #[graphql(desc = "How many products from the start, at most 100; 20 without `first` and `last`.")]
        first: Option<i32>,
        #[graphql(desc = "Only products behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many products from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only products before this cursor.")] before: Option<String>,
    ) -> Result<ProductConnection, ResolverError> {
        let filter = ProductFilter::decode(filter)?;
        let sort = ProductSort::decode(sort);
        let page = PageArgs { first, after, last, before }.decode(&list(sort))?;
        let products = product::list(ctx.op(), &filter, sort, &page).await?;
        Ok(connection(&list(sort), products, |row| sort.position(row), ProductTotal { filter }))
    }
}

async fn find(
    ctx: &Context<'_>,
    id: Option<ID>,
    slug: Option<String>,
) -> Result<Option<entity::product::Model>, ResolverError> {
    Ok(match (id, slug) {
        (Some(id), None) => product::by_id(ctx.op(), ProductId::from_global(&id, "id")?).await?,
        (None, Some(slug)) => product::by_slug(ctx.op(), &slug).await?,
        _ => return Err(ResolverError::bad_input("Give either `id` or `slug`.")),
    })
}

/// The list that is sorted so. (A cursor holds a place, which both directions share.)
fn list(sort: Sort) -> List {
    match sort.key {
        SortKey::CreatedAt => {
            List { name: "product.created_at", sample: SortValue::Time(DateTime::UNIX_EPOCH) }
        }
        SortKey::Name => List { name: "product.name", sample: SortValue::Text(String::new()) },
    }
}

/// A page of a list of products.
pub type ProductConnection = Connection<Cursor, Product, ProductTotal>;

/// What a connection of products knows beyond its page.
pub struct ProductTotal {
    filter: Filter,
}

#[Object]
impl ProductTotal {
    /// How many products there are on all pages. Counted only when asked for.
    #[graphql(directive = cost::apply(COUNT))]
    async fn total_count(&self, ctx: &Context<'_>) -> Result<u64, ResolverError> {
        Ok(product::count(ctx.op(), &self.filter).await?)
    }
}
