//! Staff's view of the audit log.

mod hooks;
mod list;

pub use hooks::AuditLogHooks;
pub use list::{Filter, by_ids, list};
