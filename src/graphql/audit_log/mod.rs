//! The audit log.

mod query;
mod types;

pub use query::AuditLogQuery;
pub use types::{AuditEntry, AuditEntryConnection};
