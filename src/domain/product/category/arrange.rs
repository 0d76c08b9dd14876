//! Moving categories within their tree. Changes of the tree follow each other, so that it has no cycle.

use entity::{CategoryId, Permission, category};
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::{CaseStatement, Expr},
};
use serde_json::json;

use super::{
    edit::too_deep,
    lock_tree, path_of, siblings,
    tree::{MAX_DEPTH, height_of},
    unknown,
};
use crate::domain::{
    audit::AuditEntry,
    context::{OpContext, Txn},
    kernel::{global_id::GlobalId, operation_error::operation_error, ordering, patch::Patch},
};

operation_error! {
    validated
    /// Why a category was not moved.
    pub enum CategoryMoveError {
        /// There is no such category.
        #[error("There is no category with this id.")]
        NotFound(CategoryId),
        /// The new parent is the category itself or below it.
        #[error("A category cannot be moved into itself or into one below it.")]
        Cycle,
    }
}

/// Where a category goes.
#[derive(Clone, Copy, Debug, Default)]
pub struct CategoryPlace {
    /// The new parent, or the top; `None` keeps the present one.
    pub parent: Patch<CategoryId>,
    /// The sibling that comes before it, or none for the first place; `None` for the last place.
    pub after: Patch<CategoryId>,
}

/// Moves a category, with all below it, to another place.
#[tracing::instrument(name = "product::category_move", level = "debug", skip_all, err(level = "debug"))]
pub async fn category_move(
    ctx: &OpContext,
    id: CategoryId,
    place: CategoryPlace,
) -> Result<category::Model, CategoryMoveError> {
    ctx.require(Permission::ProductsEdit).await?;
    ctx.write(|txn| move_in_txn(txn, id, place).scope_boxed()).await
}

async fn move_in_txn(
    txn: &Txn<'_>,
    id: CategoryId,
    place: CategoryPlace,
) -> Result<category::Model, CategoryMoveError> {
    lock_tree(txn).await?;
    let found = category::Entity::find_by_id(id).one(txn).await?;
    let category = found.ok_or(CategoryMoveError::NotFound(id))?;
    let parent = place.parent.unwrap_or(category.parent_id);
    if parent != category.parent_id {
        check_parent(txn, id, parent).await?;
    }
    let rows = siblings(txn, parent).await?;
    let others: Vec<_> = rows.iter().map(|row| row.0).filter(|sibling| *sibling != id).collect();
    let after = match place.after {
        None => others.last().copied(),
        Some(Some(after)) if !others.contains(&after) => return Err(unknown("after_id").into()),
        Some(after) => after,
    };
    let mut placed = ordering::place(&rows, &[id], after);
    let own = placed.iter().position(|row| row.0 == id).map(|at| placed.swap_remove(at).1);
    set_positions(txn, &placed).await?;
    let position = own.unwrap_or(category.position);
    if (parent, position) == (category.parent_id, category.position) && placed.is_empty() {
        return Ok(category);
    }
    let was = audit_json(&category);
    let version = category.version + 1;
    let mut row = category.into_active_model();
    row.parent_id = Set(parent);
    row.position = Set(position);
    row.version = Set(version);
    let category = row.update(txn).await?;
    let entry = AuditEntry::new("categoryMove").about("Category", id);
    txn.audit(entry.difference(was, audit_json(&category))).await?;
    Ok(category)
}

/// Finds a parent that does not exist, that is below the category, or below which it does not fit.
async fn check_parent(
    txn: &Txn<'_>,
    id: CategoryId,
    parent: Option<CategoryId>,
) -> Result<(), CategoryMoveError> {
    let Some(parent) = parent else { return Ok(()) };
    let path = path_of(txn, parent).await?;
    if path.is_empty() {
        return Err(unknown("parent_id").into());
    }
    if path.contains(&id) {
        return Err(CategoryMoveError::Cycle);
    }
    if path.len() + height_of(txn, id).await? > MAX_DEPTH {
        return Err(too_deep().into());
    }
    Ok(())
}

/// Gives other siblings new positions, in one statement: rarely, see [`ordering::place`].
async fn set_positions(txn: &Txn<'_>, placed: &[(CategoryId, i32)]) -> Result<(), DbErr> {
    if placed.is_empty() {
        return Ok(());
    }
    let mut position = CaseStatement::new();
    for (id, new) in placed {
        position = position.case(category::Column::Id.eq(*id), *new);
    }
    category::Entity::update_many()
        .col_expr(category::Column::Position, Expr::Case(Box::new(position.finally(0))))
        .filter(category::Column::Id.is_in(placed.iter().map(|row| row.0)))
        .exec(txn)
        .await?;
    Ok(())
}

fn audit_json(category: &category::Model) -> serde_json::Value {
    json!({ "parentId": category.parent_id.map(GlobalId::global_id), "position": category.position })
}
