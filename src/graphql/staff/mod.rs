//! Roles, and who works in the shop, in the API.

mod error;
mod loader;
mod mutation;
mod payload;
mod query;
mod types;

pub use error::{AdminRequired, InvalidRoleName, RoleInUse, RoleNameTaken, RoleNotFound};
pub(super) use loader::RolesOf;
pub use mutation::StaffMutation;
pub use query::{RoleConnection, StaffQuery};
pub use types::Role;
