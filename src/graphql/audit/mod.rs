//! The audit log in the API.

mod loader;
mod query;
mod types;

pub use query::{AuditEntryConnection, AuditQuery};
pub use types::AuditEntry;
