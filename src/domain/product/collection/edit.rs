//! Creating, changing and deleting collections.

use chrono::{DateTime, SubsecRound, Utc};
use entity::{CollectionId, Permission, collection};
use scoped_futures::ScopedFutureExt;
use sea_orm::{ActiveModelTrait, DbErr, EntityTrait, IntoActiveModel, QuerySelect, sea_query::LockType};
use serde_json::{Value, json};

use crate::domain::{
    audit::AuditEntry,
    context::{OpContext, Txn},
    kernel::{
        operation_error::operation_error,
        patch::{Patch, set},
        text::{FieldProblem, InvalidField},
    },
    product::label::{Label, LabelChange, NewLabel, slug_error},
};

operation_error! {
    validated
    /// Why a collection was not created.
    pub enum CollectionCreateError {}
}

operation_error! {
    validated
    /// Why a collection was not changed.
    pub enum CollectionUpdateError {
        /// There is no such collection.
        #[error("There is no collection with this id.")]
        NotFound(CollectionId),
        /// The collection was changed since the version that was named: this is the present one.
        #[error("The collection was changed since this version. Look at the present one, and try again with its `version`.")]
        Conflict(Box<collection::Model>),
    }
}

operation_error! {
    /// Why a collection was not deleted.
    pub enum CollectionDeleteError {
        /// There is no such collection.
        #[error("There is no collection with this id.")]
        NotFound(CollectionId),
    }
}

/// A collection to create.
#[derive(Clone, Debug)]
pub struct NewCollection {
    /// Name, slug and description.
    pub label: NewLabel,
    /// Start of the active period; `None` for no bound.
    pub active_from: Option<DateTime<Utc>>,
    /// End of the active period, after its start; `None` for no bound.
    pub active_until: Option<DateTime<Utc>>,
}

/// A change of a collection; `None` keeps a field.
#[derive(Clone, Debug, Default)]
pub struct CollectionUpdate {
    /// The version that the change was made from.
    pub version: Option<i32>,
    /// Name, slug and description.
    pub label: LabelChange,
    /// Start of the active period.
    pub active_from: Patch<DateTime<Utc>>,
    /// End of the active period, after its start.
    pub active_until: Patch<DateTime<Utc>>,
}

/// Creates a collection, without products.
#[tracing::instrument(name = "product::collection_create", level = "debug", skip_all, err(level = "debug"))]
pub async fn collection_create(
    ctx: &OpContext,
    new: NewCollection,
) -> Result<collection::Model, CollectionCreateError> {
    ctx.require(Permission::ProductsEdit).await?;
    let Label { name, slug, description } = new.label.validated()?;
    let row = collection::Model {
        id: CollectionId(ctx.random().id(ctx.now())),
        slug,
        name,
        description,
        active_from: new.active_from.map(stored),
        active_until: new.active_until.map(stored),
        version: 1,
    };
    check_period(&row, "active_until")?;
    ctx.write(|txn| create_in_txn(txn, &row).scope_boxed()).await
}

async fn create_in_txn(
    txn: &Txn<'_>,
    row: &collection::Model,
) -> Result<collection::Model, CollectionCreateError> {
    let inserted = row.clone().into_active_model().reset_all().insert(txn).await;
    let collection = inserted.map_err(|error| slug_error(error, "collection", &row.slug))?;
    let entry = AuditEntry::new("collectionCreate").about("Collection", row.id);
    txn.audit(entry.change(Value::Null, audit_json(row))).await?;
    Ok(collection)
}

/// Changes a collection.
#[tracing::instrument(name = "product::collection_update", level = "debug", skip_all, err(level = "debug"))]
pub async fn collection_update(
    ctx: &OpContext,
    id: CollectionId,
    change: CollectionUpdate,
) -> Result<collection::Model, CollectionUpdateError> {
    ctx.require(Permission::ProductsEdit).await?;
    let change = CollectionUpdate { label: change.label.validated()?, ..change };
    ctx.write(|txn| update_in_txn(txn, id, &change).scope_boxed()).await
}

async fn update_in_txn(
    txn: &Txn<'_>,
    id: CollectionId,
    change: &CollectionUpdate,
) -> Result<collection::Model, CollectionUpdateError> {
    let before = lock(txn, id).await?.ok_or(CollectionUpdateError::NotFound(id))?;
    if change.version.is_some_and(|version| version != before.version) {
        return Err(CollectionUpdateError::Conflict(Box::new(before)));
    }
    let mut after = before.clone();
    let CollectionUpdate { version: _, label, active_from, active_until } = change.clone();
    set(&mut after.name, label.name);
    set(&mut after.slug, label.slug);
    set(&mut after.description, label.description);
    set(&mut after.active_from, active_from.map(|time| time.map(stored)));
    set(&mut after.active_until, active_until.map(|time| time.map(stored)));
    if after == before {
        return Ok(before);
    }
    check_period(&after, if active_until.is_some() { "active_until" } else { "active_from" })?;
    after.version += 1;
    let (was, is, slug) = (audit_json(&before), audit_json(&after), after.slug.clone());
    let updated = after.into_active_model().reset_all().update(txn).await;
    let collection = updated.map_err(|error| slug_error(error, "collection", &slug))?;
    let entry = AuditEntry::new("collectionUpdate").about("Collection", id);
    txn.audit(entry.difference(was, is)).await?;
    Ok(collection)
}

/// Deletes a collection; its products stay.
#[tracing::instrument(name = "product::collection_delete", level = "debug", skip_all, err(level = "debug"))]
pub async fn collection_delete(ctx: &OpContext, id: CollectionId) -> Result<(), CollectionDeleteError> {
    ctx.require(Permission::ProductsEdit).await?;
    ctx.write(|txn| delete_in_txn(txn, id).scope_boxed()).await
}

async fn delete_in_txn(txn: &Txn<'_>, id: CollectionId) -> Result<(), CollectionDeleteError> {
    let collection = lock(txn, id).await?.ok_or(CollectionDeleteError::NotFound(id))?;
    collection::Entity::delete_by_id(id).exec(txn).await?;
    let entry = AuditEntry::new("collectionDelete").about("Collection", id);
    Ok(txn.audit(entry.change(audit_json(&collection), Value::Null)).await?)
}

/// The collection, locked against other changes of it and of its products.
pub(super) async fn lock(txn: &Txn<'_>, id: CollectionId) -> Result<Option<collection::Model>, DbErr> {
    collection::Entity::find_by_id(id).lock(LockType::NoKeyUpdate).one(txn).await
}

/// Both databases keep microseconds.
fn stored(time: DateTime<Utc>) -> DateTime<Utc> {
    time.trunc_subsecs(6)
}

fn check_period(collection: &collection::Model, field: &'static str) -> Result<(), InvalidField> {
    match collection.active_from.zip(collection.active_until) {
        Some((from, until)) if until <= from => {
            let message = "The end of the active period must be after its start.";
            Err(InvalidField::new(field, FieldProblem::Inconsistent, message))
        }
        _ => Ok(()),
    }
}

fn audit_json(collection: &collection::Model) -> Value {
    json!({
        "name": collection.name,
        "slug": collection.slug,
        "description": collection.description,
        "activeFrom": collection.active_from,
        "activeUntil": collection.active_until,
    })
}
