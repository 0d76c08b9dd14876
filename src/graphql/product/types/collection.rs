//! Collections.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, ID, SimpleObject};
use entity::{CollectionId, ProductId, collection};

use super::ProductConnection;
use crate::{
    domain::{
        kernel::markdown,
        product::{self, Filter, Sort, SortKey},
    },
    graphql::kit::{
        context::ContextExt,
        cost::{PAGE, STATEMENT, cost, list_size, page_arguments},
        error::ResolverError,
        id::Node,
        listing::{ListConnection, connection},
        loader::loader,
        page::PageArgs,
        scalar::Timestamp,
    },
};

/// Products put together by hand, in an order. Viewers without `PRODUCTS_EDIT` see a collection in its active period only.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Collection {
    #[graphql(skip)]
    row: collection::Model,
    /// Global id of the collection.
    pub(in crate::graphql) id: ID,
    /// Name in URLs, unique among collections.
    slug: String,
    /// Display name.
    name: String,
    /// Description in Markdown.
    description: String,
    /// Start of the active period; null for no bound.
    active_from: Option<Timestamp>,
    /// End of the active period; null for no bound.
    active_until: Option<Timestamp>,
    /// Number of the last change of the collection or of its products, from 1.
    version: i32,
}

impl From<collection::Model> for Collection {
    fn from(row: collection::Model) -> Self {
        Self {
            id: row.id.global(),
            slug: row.slug.clone(),
            name: row.name.clone(),
            description: row.description.clone(),
            active_from: row.active_from.map(Timestamp),
            active_until: row.active_until.map(Timestamp),
            version: row.version,
            row,
        }
    }
}

#[ComplexObject]
impl Collection {
    /// Description as HTML that is safe to insert into a page.
    async fn description_html(&self) -> String {
        markdown::to_html(&self.description)
    }

    /// Whether the collection is in its active period.
    async fn is_active(&self, ctx: &Context<'_>) -> bool {
        product::collection_is_active(ctx.op(), &self.row)
    }

    /// Products of the collection, in its order. Viewers without `PRODUCTS_EDIT` see active ones only.
    #[graphql(directive = cost::apply(STATEMENT), directive = list_size::apply(PAGE, page_arguments()))]
    async fn products(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Maximum number of products from the start, 0 to 100; default 20.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Cursor after which the page starts.")] after: Option<String>,
        #[graphql(desc = "Maximum number of products from the end, 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Cursor before which the page ends.")] before: Option<String>,
    ) -> Result<ProductConnection, ResolverError> {
        let filter = Filter { collection: Some(self.row.id), ..Filter::default() };
        let sort = Sort { key: SortKey::Collection(self.row.id), descending: false };
        let products = product::list(ctx.op(), &filter, sort).await?;
        connection(ctx, products, PageArgs { first, after, last, before }).await
    }
}

/// A page of a list of collections.
pub type CollectionConnection = ListConnection<Collection>;

loader!(CollectionId => collection::Model, product::collections_by_ids);
loader! {
    /// Loads the collections of a product that the viewer sees, by name.
    CollectionsOf(ProductId) => Arc<[collection::Model]>, product::collections_of
}
