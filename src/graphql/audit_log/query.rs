//! Reading the audit log.

use async_graphql::{Context, Object};

use super::types::{AuditEntryConnection, AuditEntryFilter};
use crate::{
    domain::audit_log,
    graphql::kit::{
        context::ContextExt,
        cost::{PAGE, STATEMENT, cost, list_size, page_arguments},
        error::ResolverError,
        listing::connection,
        page::PageArgs,
        permission::{Permission, requires},
    },
};

#[derive(Default)]
pub struct AuditLogQuery;

#[Object]
impl AuditLogQuery {
    /// The entries of the audit log, the newest first. Requires `SETTINGS_EDIT`.
    #[graphql(
        directive = cost::apply(STATEMENT),
        directive = list_size::apply(PAGE, page_arguments()),
        directive = requires::apply(Permission::SettingsEdit)
    )]
    async fn audit_entries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Filter; all entries by default.")] filter: Option<AuditEntryFilter>,
        #[graphql(desc = "Maximum number of entries from the start, 0 to 100; default 20.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Cursor after which the page starts.")] after: Option<String>,
        #[graphql(desc = "Maximum number of entries from the end, 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Cursor before which the page ends.")] before: Option<String>,
    ) -> Result<AuditEntryConnection, ResolverError> {
        let entries = audit_log::list(ctx.op(), &AuditEntryFilter::decode(filter)?).await?;
        connection(ctx, entries, PageArgs { first, after, last, before }).await
    }
}
