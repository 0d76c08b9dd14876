//! Roles, and the accounts that have them.

mod mutation;
mod query;
mod types;

pub use mutation::StaffMutation;
pub use query::StaffQuery;
pub(in crate::graphql) use types::RolesOf;
pub use types::{AdminRequired, Role, RoleConnection, RoleInUse};
