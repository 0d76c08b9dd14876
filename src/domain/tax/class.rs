//! Reading, creating, renaming and deleting tax classes.

use std::collections::HashMap;

use entity::{Permission, Permissions, TaxClassId, tax_class};
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, sea_query::LockType,
};
use serde_json::{Value, json};

use crate::domain::{
    audit::AuditEntry,
    context::{OpContext, Txn},
    database,
    kernel::{
        fault::Fault,
        operation_error::operation_error,
        text::{FieldProblem, InvalidField, Line},
    },
};

operation_error! {
    validated
    /// Why a tax class was not created.
    pub enum TaxClassCreateError {}
}

operation_error! {
    validated
    /// Why a tax class was not renamed.
    pub enum TaxClassUpdateError {
        /// There is no such tax class.
        #[error("There is no tax class with this id.")]
        NotFound(TaxClassId),
    }
}

operation_error! {
    /// Why a tax class was not deleted.
    pub enum TaxClassDeleteError {
        /// There is no such tax class.
        #[error("There is no tax class with this id.")]
        NotFound(TaxClassId),
        /// Variants or shipping methods have it.
        #[error("Variants or shipping methods have this tax class. Give them another one first.")]
        InUse,
    }
}

/// The tax classes, by name.
#[tracing::instrument(name = "tax::tax_classes", level = "debug", skip_all, err(level = "debug"))]
pub async fn tax_classes(ctx: &OpContext) -> Result<Vec<tax_class::Model>, Fault> {
    ctx.require(Permission::ProductsEdit).await?;
    let by_name = tax_class::Entity::find().order_by_asc(tax_class::Column::Name);
    Ok(by_name.order_by_asc(tax_class::Column::Id).all(ctx.db()).await?)
}

/// Those of the tax classes with these ids that the viewer sees, who edits variants or shipping methods, in one statement;
/// without a permission none, and without a statement.
#[tracing::instrument(name = "tax::tax_classes_by_ids", level = "debug", skip_all, err(level = "debug"))]
pub async fn tax_classes_by_ids(
    ctx: &OpContext,
    ids: &[TaxClassId],
) -> Result<HashMap<TaxClassId, tax_class::Model>, Fault> {
    // A viewer who cannot be looked up sees none, so that the catalogue can be read meanwhile.
    let sees = |permissions: Permissions| {
        [Permission::ProductsEdit, Permission::SettingsEdit].iter().any(|one| permissions.has(*one))
    };
    if !ctx.viewer().await.is_ok_and(|viewer| sees(viewer.permissions())) {
        return Ok(HashMap::new());
    }
    let chosen = ctx.services().db.any_of(tax_class::Column::Id, ids.iter().map(|id| id.0));
    let classes = tax_class::Entity::find().filter(chosen).all(ctx.db()).await?;
    Ok(classes.into_iter().map(|class| (class.id, class)).collect())
}

/// Creates a tax class.
#[tracing::instrument(name = "tax::tax_class_create", level = "debug", skip_all, err(level = "debug"))]
pub async fn tax_class_create(ctx: &OpContext, name: &str) -> Result<tax_class::Model, TaxClassCreateError> {
    ctx.require(Permission::ProductsEdit).await?;
    let name = parse_name(name)?;
    ctx.write(|txn| create_in_txn(txn, &name).scope_boxed()).await
}

async fn create_in_txn(txn: &Txn<'_>, name: &str) -> Result<tax_class::Model, TaxClassCreateError> {
    let id = TaxClassId(txn.random().id(txn.now()));
    let row = tax_class::ActiveModel { id: Set(id), name: Set(name.to_owned()) };
    let class = row.insert(txn).await.map_err(name_error::<TaxClassCreateError>)?;
    let entry = AuditEntry::new("taxClassCreate").about("TaxClass", id);
    txn.audit(entry.change(Value::Null, json!({ "name": name }))).await?;
    Ok(class)
}

/// Renames a tax class.
#[tracing::instrument(name = "tax::tax_class_update", level = "debug", skip_all, err(level = "debug"))]
pub async fn tax_class_update(
    ctx: &OpContext,
    id: TaxClassId,
    name: &str,
) -> Result<tax_class::Model, TaxClassUpdateError> {
    ctx.require(Permission::ProductsEdit).await?;
    let name = parse_name(name)?;
    ctx.write(|txn| update_in_txn(txn, id, &name).scope_boxed()).await
}

async fn update_in_txn(
    txn: &Txn<'_>,
    id: TaxClassId,
    name: &str,
) -> Result<tax_class::Model, TaxClassUpdateError> {
    let before = lock(txn, id).await?.ok_or(TaxClassUpdateError::NotFound(id))?;
    if before.name == name {
        return Ok(before);
    }
    let was = json!({ "name": before.name });
    let mut row = before.into_active_model();
    row.name = Set(name.to_owned());
    let class = row.update(txn).await.map_err(name_error::<TaxClassUpdateError>)?;
    let entry = AuditEntry::new("taxClassUpdate").about("TaxClass", id);
    txn.audit(entry.change(was, json!({ "name": name }))).await?;
    Ok(class)
}

/// Deletes a tax class that no variant and no shipping method has.
#[tracing::instrument(name = "tax::tax_class_delete", level = "debug", skip_all, err(level = "debug"))]
pub async fn tax_class_delete(ctx: &OpContext, id: TaxClassId) -> Result<(), TaxClassDeleteError> {
    ctx.require(Permission::ProductsEdit).await?;
    ctx.write(|txn| delete_in_txn(txn, id).scope_boxed()).await
}

async fn delete_in_txn(txn: &Txn<'_>, id: TaxClassId) -> Result<(), TaxClassDeleteError> {
    let class = lock(txn, id).await?.ok_or(TaxClassDeleteError::NotFound(id))?;
    let deleted = tax_class::Entity::delete_by_id(id).exec(txn).await;
    deleted.map_err(|error| match database::is_referenced(&error) {
        true => TaxClassDeleteError::InUse,
        false => error.into(),
    })?;
    let entry = AuditEntry::new("taxClassDelete").about("TaxClass", id);
    Ok(txn.audit(entry.change(json!({ "name": class.name }), Value::Null)).await?)
}

/// The tax class, locked against other changes of it.
async fn lock(txn: &Txn<'_>, id: TaxClassId) -> Result<Option<tax_class::Model>, DbErr> {
    tax_class::Entity::find_by_id(id).lock(LockType::NoKeyUpdate).one(txn).await
}

fn parse_name(name: &str) -> Result<String, InvalidField> {
    Line::<1, 100>::of_field("name", name).map(String::from)
}

fn name_error<E: From<InvalidField> + From<DbErr>>(error: DbErr) -> E {
    match database::is_duplicate(&error, "tax_class", "name") {
        true => {
            let message = "A tax class with this name exists already. Choose another name.";
            InvalidField::new("name", FieldProblem::Taken, message).into()
        }
        false => error.into(),
    }
}
