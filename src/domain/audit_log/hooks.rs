//! Export of an account's audit entries.

use async_trait::async_trait;
use entity::{AccountId, audit_entry};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::ExprTrait};
use serde_json::{Value, json};

use crate::domain::{
    context::{AccountHooks, Export, OpContext},
    kernel::fault::Fault,
};

/// Maximum number of entries in an export, the newest ones, to limit the memory of one export.
const MAX_ENTRIES: u64 = 1_000;

/// Audit entries about an account. They stay after its deletion, when its id refers to nothing.
pub struct AuditLogHooks;

#[async_trait]
impl AccountHooks for AuditLogHooks {
    fn tables(&self) -> &'static [&'static str] {
        &[]
    }

    async fn exported(&self, ctx: &OpContext, id: AccountId) -> Result<Export, Fault> {
        Ok(vec![("auditLog", audit_log(ctx, id).await?.into())])
    }
}

/// Actions of the account and on the account, newest first.
async fn audit_log(ctx: &OpContext, account: AccountId) -> Result<Vec<Value>, Fault> {
    let concerns =
        audit_entry::Column::ActorId.eq(account.0).or(audit_entry::Column::SubjectId.eq(account.0));
    let rows = audit_entry::Entity::find()
        .filter(concerns)
        .order_by_desc(audit_entry::Column::At)
        .limit(MAX_ENTRIES)
        .all(ctx.db())
        .await?;
    let entry = |row: &audit_entry::Model| {
        json!({
            "at": row.at,
            "action": row.action,
            "succeeded": row.succeeded,
            "byMyself": row.actor_id == Some(account.0),
            // IP addresses of other actors are not exported.
            "ipAddress": row.ip_address.as_ref().filter(|_| row.actor_id == Some(account.0)),
            "before": row.before,
            "after": row.after,
        })
    };
    Ok(rows.iter().map(entry).collect())
}
