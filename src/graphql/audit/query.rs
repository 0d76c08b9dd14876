//! Reading the audit log.

use async_graphql::{Context, Object, connection::Connection};
use chrono::DateTime;

use super::types::{AuditEntry, AuditEntryFilter};
use crate::{
    domain::{
        audit::{self, Filter},
        page::SortValue,
    },
    graphql::{
        context::ContextExt,
        cost::{COUNT, PAGE, STATEMENT, cost, list_size, page_arguments},
        error::ResolverError,
        page::{Cursor, List, PageArgs, connection},
    },
};

/// Queries on the audit log.
#[derive(Default)]
pub struct AuditQuery;

#[Object]
impl AuditQuery {
    /// What was done in the shop, by whom and from where, the newest first. Needs the permission SETTINGS_EDIT.
    #[graphql(directive = cost::apply(STATEMENT), directive = list_size::apply(PAGE, page_arguments()))]
    async fn audit_entries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which entries are wanted; all without it.")] filter: Option<AuditEntryFilter>,
        #[graphql(desc = "How many entries from the start, at most 100; 20 without `first` and `last`.")]
        first: Option<i32>,
        #[graphql(desc = "Only entries behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many entries from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only entries before this cursor.")] before: Option<String>,
    ) -> Result<AuditEntryConnection, ResolverError> {
        let filter = AuditEntryFilter::decode(filter)?;
        let page = PageArgs { first, after, last, before }.decode(&LIST)?;
        let entries = audit::list(ctx.op(), &filter, &page).await?;
        Ok(connection(&LIST, entries, audit::position, AuditEntryTotal { filter }))
    }
}

const LIST: List = List { name: "audit_entry.at", sample: SortValue::Time(DateTime::UNIX_EPOCH) };

/// A page of the audit log.
pub type AuditEntryConnection = Connection<Cursor, AuditEntry, AuditEntryTotal>;

/// What a connection of audit entries knows beyond its page.
pub struct AuditEntryTotal {
    filter: Filter,
}

#[Object]
impl AuditEntryTotal {
    /// How many entries there are on all pages. Counted only when asked for.
    #[graphql(directive = cost::apply(COUNT))]
    async fn total_count(&self, ctx: &Context<'_>) -> Result<u64, ResolverError> {
        Ok(audit::count(ctx.op(), &self.filter).await?)
    }
}
