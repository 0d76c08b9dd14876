//! The audit log as staff reads it.

mod hooks;
mod list;

pub use hooks::AuditLogHooks;
pub use list::{Filter, by_ids, list};
