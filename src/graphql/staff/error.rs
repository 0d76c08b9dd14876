//! What can go wrong with roles, and with who works in the shop.

use async_graphql::SimpleObject;
use entity::Permissions;

use crate::graphql::permission::{self, PermissionsNotHeld};

/// There is no role with this id.
#[derive(SimpleObject)]
pub struct RoleNotFound {
    /// What is wrong, for people.
    pub(in crate::graphql) message: String,
    /// The input field that is to blame, from the outside in; null when it is none.
    pub(in crate::graphql) path: Option<Vec<String>>,
}

/// The name of a role is empty, too long, or not on one line.
#[derive(SimpleObject)]
pub struct InvalidRoleName {
    /// What is wrong, for people.
    pub(in crate::graphql) message: String,
    /// The input field that is to blame, from the outside in; null when it is none.
    pub(in crate::graphql) path: Option<Vec<String>>,
}

/// Another role has this name.
#[derive(SimpleObject)]
pub struct RoleNameTaken {
    /// What is wrong, for people.
    pub(in crate::graphql) message: String,
    /// The input field that is to blame, from the outside in; null when it is none.
    pub(in crate::graphql) path: Option<Vec<String>>,
}

/// Somebody has the role.
#[derive(SimpleObject)]
pub struct RoleInUse {
    /// What is wrong, for people.
    pub(in crate::graphql) message: String,
    /// The input field that is to blame, from the outside in; null when it is none.
    pub(in crate::graphql) path: Option<Vec<String>>,
    /// How many accounts have it.
    pub(super) accounts: u64,
}

/// Only an admin makes somebody an admin.
#[derive(SimpleObject)]
pub struct AdminRequired {
    /// What is wrong, for people.
    pub(in crate::graphql) message: String,
    /// The input field that is to blame, from the outside in; null when it is none.
    pub(in crate::graphql) path: Option<Vec<String>>,
}

/// The way to a field of the argument `input`.
pub(super) fn path(field: &str) -> Option<Vec<String>> {
    Some(["input", field].map(str::to_owned).into())
}

/// The viewer does not have these permissions themselves.
pub(super) fn not_held(message: String, field: &str, missing: Permissions) -> PermissionsNotHeld {
    PermissionsNotHeld { message, path: path(field), permissions: permission::list(missing) }
}
