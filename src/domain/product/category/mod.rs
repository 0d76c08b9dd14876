//! The tree of categories. Changes of its shape follow each other: each takes [`lock_tree`] first.

mod arrange;
mod delete;
mod edit;
mod read;
mod tree;

pub use arrange::{CategoryMoveError, CategoryPlace, category_move};
pub use delete::{CategoryDeleteError, category_delete};
pub use edit::{CategoryCreateError, CategoryUpdateError, category_create, category_update};
pub use read::{categories, categories_by_ids, category_by_id, category_by_slug, children_of};
use tree::path_of;
pub use tree::{ancestors_of, product_counts_of};
pub(super) use tree::{path, subtree};

use entity::{CategoryId, category};
use sea_orm::{ConnectionTrait, DbErr, QueryOrder, QuerySelect};
use serde_json::{Value, json};

use crate::domain::{
    database::{self, AdvisoryLock},
    kernel::{
        global_id::GlobalId,
        text::{FieldProblem, InvalidField},
    },
};

/// Locks the shape of the tree until the end of the transaction. Locks on rows would not do: two moves that make a cycle
/// together have no row in common.
async fn lock_tree(db: &impl ConnectionTrait) -> Result<(), DbErr> {
    database::lock_until_commit(db, AdvisoryLock::CategoryTree).await
}

/// The categories below `parent`, or those at the top, with their positions, in their order.
async fn siblings(
    db: &impl ConnectionTrait,
    parent: Option<CategoryId>,
) -> Result<Vec<(CategoryId, i32)>, DbErr> {
    category::Entity::below(parent)
        .select_only()
        .columns([category::Column::Id, category::Column::Position])
        .order_by_asc(category::Column::Position)
        .order_by_asc(category::Column::Id)
        .into_tuple()
        .all(db)
        .await
}

/// The error of a field that names no category, or none that fits.
fn unknown(field: &'static str) -> InvalidField {
    let message = match field {
        "after_id" => "There is no category with this id beside the category.",
        _ => "There is no category with this id.",
    };
    InvalidField::new(field, FieldProblem::UnknownValue, message)
}

fn audit_json(category: &category::Model) -> Value {
    json!({
        "name": category.name,
        "slug": category.slug,
        "description": category.description,
        "parentId": category.parent_id.map(GlobalId::global_id),
    })
}
