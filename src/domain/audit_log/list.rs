//! Lists of audit entries.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::{AuditEntryId, Permission, audit_entry};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryTrait, Select};
use uuid::Uuid;

use crate::domain::{
    context::OpContext,
    database::{Listing, SortKind},
    kernel::fault::Fault,
};

/// Conditions on entries; all that are given must hold.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Actor: account or API key.
    pub actor: Option<Uuid>,
    /// Changed object.
    pub subject: Option<Uuid>,
    pub action: Option<String>,
    /// True for actions that were done, false for rejected ones.
    pub succeeded: Option<bool>,
    pub from: Option<DateTime<Utc>>,
    pub to: Option<DateTime<Utc>>,
}

/// The entries that match `filter`, newest first. Requires [`Permission::SettingsEdit`].
#[tracing::instrument(name = "audit_log::list", level = "debug", skip_all, err(level = "debug"))]
pub async fn list(ctx: &OpContext, filter: &Filter) -> Result<Listing<audit_entry::Entity>, Fault> {
    ctx.require(Permission::SettingsEdit).await?;
    let at = audit_entry::Column::At;
    Ok(Listing::new("audit_entry.at", query(filter), at, SortKind::Time).descending(true))
}

/// The entries with these ids, in one statement; none without [`Permission::SettingsEdit`].
#[tracing::instrument(name = "audit_log::by_ids", level = "debug", skip_all, err(level = "debug"))]
pub async fn by_ids(
    ctx: &OpContext,
    ids: &[AuditEntryId],
) -> Result<HashMap<AuditEntryId, audit_entry::Model>, Fault> {
    if !ctx.viewer().await?.permissions().has(Permission::SettingsEdit) {
        return Ok(HashMap::new());
    }
    let chosen = ctx.services().db.any_of(audit_entry::Column::Id, ids.iter().map(|id| id.0));
    let entries = audit_entry::Entity::find().filter(chosen).all(ctx.db()).await?;
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
