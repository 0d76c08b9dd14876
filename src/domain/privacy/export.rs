//! Export of all data about an account's owner, as JSON.

use serde_json::{Map, Value};

use crate::domain::{audit::AuditEntry, context::OpContext, kernel::fault::Fault};

/// All stored data about the viewer: profile, orders, and audit entries about them, without hashes of passwords, tokens
/// or codes. Each noun adds its own part ([`AccountHooks`](crate::domain::context::AccountHooks)).
#[tracing::instrument(name = "privacy::account_export", level = "debug", skip_all, err(level = "debug"))]
pub async fn account_export(ctx: &OpContext) -> Result<Value, Fault> {
    let viewer = ctx.authenticated_account().await?;
    let mut export = Map::new();
    for hooks in &*ctx.services().account_hooks {
        let parts = hooks.exported(ctx, viewer.account.id).await?;
        export.extend(parts.into_iter().map(|(key, part)| (key.to_owned(), part)));
    }
    ctx.audit(AuditEntry::new("accountExport").about("Account", viewer.account.id)).await?;
    Ok(export.into())
}
