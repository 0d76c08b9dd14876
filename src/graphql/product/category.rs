//! Categories in the API.

use async_graphql::{ComplexObject, Context, ID, Object, SimpleObject, connection::Connection};
use entity::{CategoryId, category};

use super::loader::ChildrenOf;
use crate::{
    domain::{page::SortValue, product},
    graphql::{
        context::ContextExt,
        cost::{COUNT, PAGE, STATEMENT, cost, list_size, page_arguments},
        error::ResolverError,
        id::Node,
        page::{Cursor, List, PageArgs, connection},
    },
};

/// A shelf of the shop. Categories form a tree.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Category {
    #[graphql(skip)]
    key: CategoryId,
    #[graphql(skip)]
    parent_key: Option<CategoryId>,
    /// The category's global id.
    pub(in crate::graphql) id: ID,
    /// The name in addresses, unique in the shop.
    slug: String,
    /// The name for people.
    name: String,
    /// What is in the category, as plain text.
    description: String,
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
        }
    }
}

#[ComplexObject]
impl Category {
    /// The category above; null at the top of the tree.
    async fn parent(&self, ctx: &Context<'_>) -> Option<Result<Self, ResolverError>> {
        let parent = ctx.loader().load_one(self.parent_key?).await;
        parent.map(|parent| parent.map(Self::from)).map_err(ResolverError::from).transpose()
    }

    /// The categories directly below, in the order in which to show them.
    #[graphql(directive = list_size::apply(5, None))]
    async fn children(&self, ctx: &Context<'_>) -> Result<Vec<Self>, ResolverError> {
        let children = ctx.loader().load_one(ChildrenOf(self.key)).await?;
        ctx.take_rows(children.as_ref().map_or(0, |children| children.len()))?;
        Ok(children.iter().flat_map(|children| children.iter()).cloned().map(Self::from).collect())
    }
}

/// Queries on categories.
#[derive(Default)]
pub struct CategoryQuery;

#[Object]
impl CategoryQuery {
    /// The categories directly below `parent`, or those at the top of the tree, in the order in which to show them.
    #[graphql(directive = cost::apply(STATEMENT), directive = list_size::apply(PAGE, page_arguments()))]
    async fn categories(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The category above; without it those at the top are meant.")] parent: Option<ID>,
        #[graphql(desc = "How many categories from the start, at most 100; 20 without `first` and `last`.")]
        first: Option<i32>,
        #[graphql(desc = "Only categories behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many categories from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only categories before this cursor.")] before: Option<String>,
    ) -> Result<CategoryConnection, ResolverError> {
        let parent = parent.map(|id| CategoryId::from_global(&id, "parent")).transpose()?;
        let page = PageArgs { first, after, last, before }.decode(&LIST)?;
        let categories = product::categories_under(ctx.op(), parent, &page).await?;
        Ok(connection(&LIST, categories, product::category_position, CategoryTotal { parent }))
    }
}

const LIST: List = List { name: "category.position", sample: SortValue::Int(0) };

/// A page of a list of categories.
pub type CategoryConnection = Connection<Cursor, Category, CategoryTotal>;

/// What a connection of categories knows beyond its page.
pub struct CategoryTotal {
    parent: Option<CategoryId>,
}

#[Object]
impl CategoryTotal {
    /// How many categories there are on all pages. Counted only when asked for.
    #[graphql(directive = cost::apply(COUNT))]
    async fn total_count(&self, ctx: &Context<'_>) -> Result<u64, ResolverError> {
        Ok(product::count_categories(ctx.op(), self.parent).await?)
    }
}
