//! Single categories, and changes of their tree.

use async_graphql::{Context, ID, MaybeUndefined, Object};
use entity::CategoryId;

use super::types::{Category, category_edit::*};
use crate::{
    domain::product::{self, CategoryPlace},
    graphql::kit::{
        context::ContextExt,
        cost::{STATEMENT, cost},
        error::ResolverError,
        id::Node,
        permission::{Permission, requires},
    },
};

/// Queries for single categories.
#[derive(Default)]
pub struct CategoryQuery;

#[Object]
impl CategoryQuery {
    /// One category, by its id or its slug; null if there is none.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn category(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id of the category.")] id: Option<ID>,
        #[graphql(desc = "Name of the category in URLs.")] slug: Option<String>,
    ) -> Option<Result<Category, ResolverError>> {
        find(ctx, id, slug).await.transpose()
    }
}

async fn find(
    ctx: &Context<'_>,
    id: Option<ID>,
    slug: Option<String>,
) -> Result<Option<Category>, ResolverError> {
    let category = match (id, slug) {
        (Some(id), None) => product::category_by_id(ctx.op(), CategoryId::from_global(&id, "id")?).await?,
        (None, Some(slug)) => product::category_by_slug(ctx.op(), &slug).await?,
        _ => return Err(ResolverError::bad_input("Give either `id` or `slug`.")),
    };
    Ok(category.map(Category::from))
}

/// Mutations on categories.
#[derive(Default)]
pub struct CategoryMutation;

#[Object]
impl CategoryMutation {
    /// Creates a category, as the last child of its parent or the last one at the top. Requires `PRODUCTS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::ProductsEdit))]
    async fn category_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The category.")] input: CategoryCreateInput,
    ) -> Result<CategoryCreatePayload, ResolverError> {
        let (label, parent) = input.decode()?;
        CategoryCreatePayload::from_result(product::category_create(ctx.op(), label, parent).await)
    }

    /// Changes the texts of a category. Fields left out keep their value. Requires `PRODUCTS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::ProductsEdit))]
    async fn category_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The category, and the fields to change.")] input: CategoryUpdateInput,
    ) -> Result<CategoryUpdatePayload, ResolverError> {
        let id = CategoryId::from_global(&input.id, "input.id")?;
        let version = input.version;
        let updated = product::category_update(ctx.op(), id, version, input.into()).await;
        CategoryUpdatePayload::from_result(updated)
    }

    /// Moves a category, with all below it, to another parent, to the top of the tree, or to another place among the same
    /// parent's children. Requires `PRODUCTS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::ProductsEdit))]
    async fn category_move(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The category, and its new place.")] input: CategoryMoveInput,
    ) -> Result<CategoryMovePayload, ResolverError> {
        let id = CategoryId::from_global(&input.id, "input.id")?;
        let key = |id: MaybeUndefined<ID>, name: &str| {
            let id: Option<Option<ID>> = id.into();
            id.map(|id| id.map(|id| CategoryId::from_global(&id, name)).transpose()).transpose()
        };
        let place = CategoryPlace {
            parent: key(input.parent_id, "input.parentId")?,
            after: key(input.after_id, "input.afterId")?,
        };
        CategoryMovePayload::from_result(product::category_move(ctx.op(), id, place).await)
    }

    /// Deletes a category without children. Its products move to another category; without one, a category with products is
    /// not deleted. Requires `PRODUCTS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::ProductsEdit))]
    async fn category_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The category, and a place for its products.")] input: CategoryDeleteInput,
    ) -> Result<CategoryDeletePayload, ResolverError> {
        let id = CategoryId::from_global(&input.id, "input.id")?;
        let target = input.move_products_to.map(|id| CategoryId::from_global(&id, "input.moveProductsTo"));
        let deleted = product::category_delete(ctx.op(), id, target.transpose()?).await;
        CategoryDeletePayload::from_result(deleted.map(|()| id.global()))
    }
}
