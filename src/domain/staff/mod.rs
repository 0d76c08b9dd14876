//! Who works in the shop, and what they may do: roles are named sets of permissions, and an account has any number of
//! them.
//!
//! Nobody hands out what they do not have. So a permission can be put into a role, and a role given or taken, only by
//! somebody who has the permission themselves; an account that may do more than the viewer stays as it is; and only admins
//! make and unmake admins. Whoever may do more than before logs in anew; whoever may do less notices at the next request,
//! because permissions are read at each.

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

/// Permissions as the audit log names them.
pub(super) fn names(permissions: Permissions) -> Value {
    permissions.iter().map(|permission| json!(permission.name())).collect()
}
