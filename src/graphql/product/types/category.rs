//! Categories.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, ID, SimpleObject};
use entity::{CategoryId, category};

use crate::{
    domain::{kernel::markdown, product},
    graphql::kit::{
        context::ContextExt,
        cost::{COUNT, cost, list_size},
        error::ResolverError,
        id::Node,
        listing::ListConnection,
        load,
        loader::loader,
    },
};

/// A group of products. Categories form a tree.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Category {
    #[graphql(skip)]
    key: CategoryId,
    #[graphql(skip)]
    parent_key: Option<CategoryId>,
    /// Global id of the category.
    pub(in crate::graphql) id: ID,
    /// Name in URLs, unique in the shop.
    slug: String,
    /// Display name.
    name: String,
    /// Description in Markdown.
    description: String,
    /// Number of the last change, from 1.
    version: i32,
}

impl From<category::Model> for Category {
    fn from(row: category::Model) -> Self {
        Self {
            key: row.id,
            parent_key: row.parent_id,
            id: row.id.global(),
            slug: row.slug,
            name: row.name,
            description: row.description,
            version: row.version,
        }
    }
}

#[ComplexObject]
impl Category {
    /// Description as HTML that is safe to insert into a page.
    async fn description_html(&self) -> String {
        markdown::to_html(&self.description)
    }

    /// Parent category; null at the top of the tree.
    async fn parent(&self, ctx: &Context<'_>) -> Option<Result<Self, ResolverError>> {
        load::optional(ctx, self.parent_key?).await
    }

    /// Categories above this one, from the top of the tree.
    #[graphql(directive = list_size::apply(3, None))]
    async fn ancestors(&self, ctx: &Context<'_>) -> Result<Vec<Self>, ResolverError> {
        load::list(ctx, AncestorsOf(self.key)).await
    }

    /// Number of active products in the category and in those below it.
    #[graphql(directive = cost::apply(COUNT))]
    async fn product_count(&self, ctx: &Context<'_>) -> Result<u64, ResolverError> {
        Ok(ctx.loader().load_one(ProductCountOf(self.key)).await?.unwrap_or_default())
    }

    /// Child categories, in display order.
    #[graphql(directive = list_size::apply(5, None))]
    async fn children(&self, ctx: &Context<'_>) -> Result<Vec<Self>, ResolverError> {
        load::list(ctx, ChildrenOf(self.key)).await
    }
}

/// A page of a list of categories.
pub type CategoryConnection = ListConnection<Category>;

loader!(CategoryId => category::Model, product::categories_by_ids);
loader! {
    /// Loads the categories above a category, from the top.
    AncestorsOf(CategoryId) => Arc<[category::Model]>, product::ancestors_of
}
loader! {
    /// Loads the number of active products in a category and below it.
    ProductCountOf(CategoryId) => u64, product::product_counts_of
}
loader! {
    /// Loads the children of a category, in display order.
    ChildrenOf(CategoryId) => Arc<[category::Model]>, product::children_of
}
