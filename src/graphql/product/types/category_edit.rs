//! Inputs and payloads of the mutations on categories.

use async_graphql::{ID, InputObject, MaybeUndefined};
use entity::CategoryId;

use super::Category;
use crate::{
    domain::product::{self, LabelChange, NewLabel},
    graphql::kit::{
        error::ResolverError,
        id::Node,
        member::{AnyNode, Conflict, InvalidField, NotFound},
        payload::{payload, user_errors},
    },
};

/// New category.
#[derive(InputObject)]
pub(in crate::graphql::product) struct CategoryCreateInput {
    /// Display name, 1 to 200 characters on one line.
    name: String,
    /// Name in URLs, unique among categories: letters a to z, digits, and single hyphens between them, at most 100
    /// characters; made from the name by default.
    slug: Option<String>,
    /// Markdown, at most 20,000 characters.
    description: Option<String>,
    /// Global id of the parent; the top of the tree by default. The tree has at most 10 levels.
    parent_id: Option<ID>,
}

impl CategoryCreateInput {
    pub(in crate::graphql::product) fn decode(self) -> Result<(NewLabel, Option<CategoryId>), ResolverError> {
        let parent = self.parent_id.map(|id| CategoryId::from_global(&id, "input.parentId")).transpose()?;
        Ok((NewLabel { name: self.name, slug: self.slug, description: self.description }, parent))
    }
}

/// Change of a category's texts. Fields that are missing or null stay as they are.
#[derive(InputObject)]
pub(in crate::graphql::product) struct CategoryUpdateInput {
    /// Global id of the category.
    pub(in crate::graphql::product) id: ID,
    /// Version that the change was made from. If the category has another by now, nothing is changed, and `Conflict` has the
    /// present one. Without it, the change is made to whatever version there is.
    pub(in crate::graphql::product) version: Option<i32>,
    /// Display name, 1 to 200 characters on one line.
    name: Option<String>,
    /// Name in URLs, unique among categories: letters a to z, digits, and single hyphens between them, at most 100
    /// characters. The former one no longer leads to the category.
    slug: Option<String>,
    /// Markdown, at most 20,000 characters.
    description: Option<String>,
}

impl From<CategoryUpdateInput> for LabelChange {
    fn from(input: CategoryUpdateInput) -> Self {
        Self { name: input.name, slug: input.slug, description: input.description }
    }
}

/// New place of a category.
#[derive(InputObject)]
pub(in crate::graphql::product) struct CategoryMoveInput {
    /// Global id of the category.
    pub(in crate::graphql::product) id: ID,
    /// Global id of the new parent; null for the top of the tree. The parent stays if the field is missing.
    pub(in crate::graphql::product) parent_id: MaybeUndefined<ID>,
    /// Global id of the sibling after which the category comes; null for the first place. The category becomes the last if
    /// the field is missing.
    pub(in crate::graphql::product) after_id: MaybeUndefined<ID>,
}

/// Category to delete.
#[derive(InputObject)]
pub(in crate::graphql::product) struct CategoryDeleteInput {
    /// Global id of the category.
    pub(in crate::graphql::product) id: ID,
    /// Global id of a category to which the products move. Without it, a category with products is not deleted.
    pub(in crate::graphql::product) move_products_to: Option<ID>,
}

user_errors! {
    /// The new parent is the category itself or below it.
    CategoryCycle

    /// The category has children, or products and no place to move them to.
    CategoryInUse {
        /// Number of categories directly below the category.
        children: u64,
        /// Number of products in the category, whatever their status.
        products: u64,
    }
}

payload! {
    /// Payload of `categoryCreate`.
    CategoryCreatePayload {
        /// The new category; null on failure.
        category: Category,
    }
    /// Failure of `categoryCreate`.
    CategoryCreateError: InvalidField;
    from product::CategoryCreateError {
        Invalid(invalid) => InvalidField from invalid,
    }
}

payload! {
    /// Payload of `categoryUpdate`.
    CategoryUpdatePayload {
        /// The category after the change; null on failure.
        category: Category,
    }
    /// Failure of `categoryUpdate`.
    CategoryUpdateError: NotFound, InvalidField, Conflict;
    from product::CategoryUpdateError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        Invalid(invalid) => InvalidField from invalid,
        Conflict(present) => Conflict { current: Some(AnyNode::new(Category::from(*present))) } at "version",
    }
}

payload! {
    /// Payload of `categoryMove`.
    CategoryMovePayload {
        /// The category at its new place; null on failure.
        category: Category,
    }
    /// Failure of `categoryMove`.
    CategoryMoveError: NotFound, InvalidField, CategoryCycle;
    from product::CategoryMoveError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        Invalid(invalid) => InvalidField from invalid,
        Cycle => CategoryCycle at "parentId",
    }
}

payload! {
    /// Payload of `categoryDelete`.
    CategoryDeletePayload {
        /// Global id of the deleted category; null on failure.
        deleted_id: ID,
    }
    /// Failure of `categoryDelete`.
    CategoryDeleteError: NotFound, InvalidField, CategoryInUse;
    from product::CategoryDeleteError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        Invalid(invalid) => InvalidField from invalid,
        InUse { children, products } => CategoryInUse { children: children, products: products } at "id",
    }
}
