//! Staff and their permissions: a role is a named set of permissions, and an account has any number of roles.
//!
//! A viewer can put a permission into a role, and assign or remove a role, only with all permissions concerned; cannot
//! change an account with more permissions; and only admins appoint and dismiss admins. An account that gains
//! permissions has to log in again; permissions that are removed end with the next request, since they are read for
//! each.

mod assign;
mod create;
mod hooks;
mod member;
mod role;
mod role_list;

pub use assign::{AssignError, Assignment, assign};
pub(in crate::domain) use create::give_in_txn;
pub use create::{CreateMemberError, SHOP_STAFF, create, shop_staff_in_txn};
pub use hooks::StaffHooks;
pub use member::{members, needs_second_factor, permissions, roles_of};
pub use role::{
    RoleChange, RoleCreateError, RoleDeleteError, RoleUpdateError, role_create, role_delete, role_update,
};
pub use role_list::{roles, roles_by_ids};

use entity::Permissions;
use serde_json::{Value, json};

/// Names of permissions in the audit log.
pub(super) fn names(permissions: Permissions) -> Value {
    permissions.iter().map(|permission| json!(permission.name())).collect()
}
