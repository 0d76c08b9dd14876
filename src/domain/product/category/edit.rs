//! Creating categories, and changing their texts.

use entity::{CategoryId, Permission, category};
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel, QuerySelect, sea_query::LockType,
};
use serde_json::Value;

use super::{audit_json, lock_tree, path_of, siblings, tree::MAX_DEPTH, unknown};
use crate::domain::{
    audit::AuditEntry,
    context::{OpContext, Txn},
    kernel::{
        operation_error::operation_error,
        ordering,
        patch::set,
        text::{FieldProblem, InvalidField},
    },
    product::label::{Label, LabelChange, NewLabel, slug_error},
};

operation_error! {
    validated
    /// Why a category was not created.
    pub enum CategoryCreateError {}
}

operation_error! {
    validated
    /// Why a category was not changed.
    pub enum CategoryUpdateError {
        /// There is no such category.
        #[error("There is no category with this id.")]
        NotFound(CategoryId),
        /// The category was changed since the version that was named: this is the present one.
        #[error("The category was changed since this version. Look at the present one, and try again with its `version`.")]
        Conflict(Box<category::Model>),
    }
}

/// Creates a category, as the last child of its parent or the last one at the top.
#[tracing::instrument(name = "product::category_create", level = "debug", skip_all, err(level = "debug"))]
pub async fn category_create(
    ctx: &OpContext,
    label: NewLabel,
    parent: Option<CategoryId>,
) -> Result<category::Model, CategoryCreateError> {
    ctx.require(Permission::ProductsEdit).await?;
    let label = label.validated()?;
    ctx.write(|txn| create_in_txn(txn, &label, parent).scope_boxed()).await
}

async fn create_in_txn(
    txn: &Txn<'_>,
    label: &Label,
    parent: Option<CategoryId>,
) -> Result<category::Model, CategoryCreateError> {
    lock_tree(txn).await?;
    if let Some(parent) = parent {
        match path_of(txn, parent).await?.len() {
            0 => return Err(unknown("parent_id").into()),
            depth if depth >= MAX_DEPTH => return Err(too_deep().into()),
            _ => {}
        }
    }
    let last = siblings(txn, parent).await?.last().map(|row| row.1);
    let row = category::ActiveModel {
        id: Set(CategoryId(txn.random().id(txn.now()))),
        parent_id: Set(parent),
        slug: Set(label.slug.clone()),
        name: Set(label.name.clone()),
        description: Set(label.description.clone()),
        position: Set(ordering::behind(last)),
        version: Set(1),
    };
    let category = row.insert(txn).await.map_err(|error| slug_error(error, "category", &label.slug))?;
    let entry = AuditEntry::new("categoryCreate").about("Category", category.id);
    txn.audit(entry.change(Value::Null, audit_json(&category))).await?;
    Ok(category)
}

/// Changes the texts of a category.
#[tracing::instrument(name = "product::category_update", level = "debug", skip_all, err(level = "debug"))]
pub async fn category_update(
    ctx: &OpContext,
    id: CategoryId,
    version: Option<i32>,
    change: LabelChange,
) -> Result<category::Model, CategoryUpdateError> {
    ctx.require(Permission::ProductsEdit).await?;
    let change = change.validated()?;
    ctx.write(|txn| update_in_txn(txn, id, version, &change).scope_boxed()).await
}

async fn update_in_txn(
    txn: &Txn<'_>,
    id: CategoryId,
    version: Option<i32>,
    change: &LabelChange,
) -> Result<category::Model, CategoryUpdateError> {
    let found = category::Entity::find_by_id(id).lock(LockType::NoKeyUpdate).one(txn).await?;
    let before = found.ok_or(CategoryUpdateError::NotFound(id))?;
    if version.is_some_and(|version| version != before.version) {
        return Err(CategoryUpdateError::Conflict(Box::new(before)));
    }
    let mut after = before.clone();
    let LabelChange { name, slug, description } = change.clone();
    set(&mut after.name, name);
    set(&mut after.slug, slug);
    set(&mut after.description, description);
    if after == before {
        return Ok(before);
    }
    let was = audit_json(&before);
    let mut row = before.into_active_model();
    row.name = Set(after.name);
    row.description = Set(after.description);
    row.version = Set(after.version + 1);
    row.slug = Set(after.slug.clone());
    let category = row.update(txn).await.map_err(|error| slug_error(error, "category", &after.slug))?;
    let entry = AuditEntry::new("categoryUpdate").about("Category", id);
    txn.audit(entry.difference(was, audit_json(&category))).await?;
    Ok(category)
}

pub(super) fn too_deep() -> InvalidField {
    let message = format!("The tree of categories has at most {MAX_DEPTH} levels.");
    InvalidField::new("parent_id", FieldProblem::OutOfRange, message)
}
