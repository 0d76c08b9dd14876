//! Reading the audit log.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::{AuditEntryId, Permission, audit_entry};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryTrait, Select};
use uuid::Uuid;

use crate::domain::{
    Fault, Op,
    page::{self, Page, PageRequest, Position, SortValue},
};

/// Which entries are wanted: those that meet every condition given.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of what this account or API key did.
    pub actor: Option<Uuid>,
    /// Of what was done to this.
    pub subject: Option<Uuid>,
    /// Of this action.
    pub action: Option<String>,
    /// Of what was done (true), or of what was refused (false).
    pub succeeded: Option<bool>,
    /// Not before this.
    pub from: Option<DateTime<Utc>>,
    /// Before this.
    pub to: Option<DateTime<Utc>>,
}

/// Where an entry stands in the list.
pub fn position(entry: &audit_entry::Model) -> Position {
    Position { value: SortValue::Time(entry.at), id: entry.id.0 }
}

/// A page of the entries that pass `filter`, the newest first. Needs [`Permission::SettingsEdit`].
#[tracing::instrument(name = "audit::list", level = "debug", skip_all, err(level = "debug"))]
pub async fn list(
    op: &Op,
    filter: &Filter,
    request: &PageRequest,
) -> Result<Page<audit_entry::Model>, Fault> {
    op.require(Permission::SettingsEdit).await?;
    let (at, id) = (audit_entry::Column::At, audit_entry::Column::Id);
    page::fetch(query(filter), at, id, true, request, op.db.connection()).await
}

/// How many entries pass `filter`. Needs [`Permission::SettingsEdit`].
#[tracing::instrument(name = "audit::count", level = "debug", skip_all, err(level = "debug"))]
pub async fn count(op: &Op, filter: &Filter) -> Result<u64, Fault> {
    op.require(Permission::SettingsEdit).await?;
    Ok(query(filter).count(op.db.connection()).await?)
}

/// The entries with these ids, in one statement. Without [`Permission::SettingsEdit`] there are none.
#[tracing::instrument(name = "audit::by_ids", level = "debug", skip_all, err(level = "debug"))]
pub async fn by_ids(
    op: &Op,
    ids: &[AuditEntryId],
) -> Result<HashMap<AuditEntryId, audit_entry::Model>, Fault> {
    if !op.viewer().await?.permissions().has(Permission::SettingsEdit) {
        return Ok(HashMap::new());
    }
    let chosen = op.db.any_of(audit_entry::Column::Id, ids.iter().map(|id| id.0));
    let entries = audit_entry::Entity::find().filter(chosen).all(op.db.connection()).await?;
    Ok(entries.into_iter().map(|entry| (entry.id, entry)).collect())
}

fn query(filter: &Filter) -> Select<audit_entry::Entity> {
    use audit_entry::Column;
    audit_entry::Entity::find()
        .apply_if(filter.actor, |query, actor| query.filter(Column::ActorId.eq(actor)))
        .apply_if(filter.subject, |query, subject| query.filter(Column::SubjectId.eq(subject)))
        .apply_if(filter.action.as_deref(), |query, action| query.filter(Column::Action.eq(action)))
        .apply_if(filter.succeeded, |query, succeeded| query.filter(Column::Succeeded.eq(succeeded)))
        .apply_if(filter.from, |query, from| query.filter(Column::At.gte(from)))
        .apply_if(filter.to, |query, to| query.filter(Column::At.lt(to)))
}
