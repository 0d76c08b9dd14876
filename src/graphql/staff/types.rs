//! Roles, and the inputs of what changes them and who has them.

use async_graphql::{ID, InputObject, SimpleObject};
use entity::role;

use crate::graphql::{
    id::Node,
    permission::{self, Permission},
    scalar::Timestamp,
};

/// A named set of permissions. Somebody who works in the shop has any number of roles.
#[derive(SimpleObject)]
pub struct Role {
    /// The role's global id.
    pub(in crate::graphql) id: ID,
    /// What the role is called, unique in the shop.
    name: String,
    /// What those who have the role may do.
    permissions: Vec<Permission>,
    /// When the role was made.
    created_at: Timestamp,
    /// When the role last changed.
    updated_at: Timestamp,
}

impl From<&role::Model> for Role {
    fn from(row: &role::Model) -> Self {
        Self {
            id: row.id.global(),
            name: row.name.clone(),
            permissions: permission::list(row.permissions),
            created_at: Timestamp(row.created_at),
            updated_at: Timestamp(row.updated_at),
        }
    }
}

impl From<role::Model> for Role {
    fn from(row: role::Model) -> Self {
        Self::from(&row)
    }
}

/// A new role.
#[derive(InputObject)]
pub(super) struct RoleCreateInput {
    /// What it is called: 1 to 100 characters on one line, unique in the shop.
    pub(super) name: String,
    /// What those who have it may do. The viewer must have all of these.
    pub(super) permissions: Vec<Permission>,
}

/// A change of a role. What is left out, or null, stays.
#[derive(InputObject)]
pub(super) struct RoleUpdateInput {
    /// The role. The viewer must have all its permissions.
    pub(super) id: ID,
    /// What it is called: 1 to 100 characters on one line, unique in the shop.
    pub(super) name: Option<String>,
    /// What those who have it may do. The viewer must have all of these.
    pub(super) permissions: Option<Vec<Permission>>,
}

/// Which role is to go.
#[derive(InputObject)]
pub(super) struct RoleDeleteInput {
    /// The role. The viewer must have all its permissions.
    pub(super) id: ID,
}

/// What an account is to be.
#[derive(InputObject)]
pub(super) struct StaffAssignInput {
    /// The account.
    pub(super) account: ID,
    /// Whether it is an admin, who may do everything. Only admins make and unmake admins.
    #[graphql(default)]
    pub(super) is_admin: bool,
    /// All roles that it has from then on, at most 100. With one it is staff, unless it is an admin; without, a customer.
    pub(super) roles: Vec<ID>,
}
