//! Roles, and the changes of roles and of their holders.

use std::sync::Arc;

use async_graphql::{ID, InputObject, SimpleObject};
use entity::{AccountId, RoleId, role};

use crate::{
    domain::staff,
    graphql::{
        account::{Account, AccountConnection, AccountMayDoMore, LastAdmin},
        kit::{
            id::Node,
            listing::ListConnection,
            loader::loader,
            member::{InvalidField, NotFound, PermissionsNotHeld},
            payload::{payload, user_errors},
            permission::{self, Permission},
            scalar::Timestamp,
        },
    },
};

/// A named set of permissions. A member of staff has any number of roles.
#[derive(SimpleObject)]
pub struct Role {
    /// Global id of the role.
    pub(in crate::graphql) id: ID,
    /// Name of the role, unique in the shop.
    name: String,
    /// Permissions of the accounts that have the role.
    permissions: Vec<Permission>,
    /// Time at which the role was created.
    created_at: Timestamp,
    /// Time of the last change of the role.
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

pub type RoleConnection = ListConnection<Role>;

pub(super) type MemberConnection = AccountConnection;

loader!(RoleId => role::Model, staff::roles_by_ids);
loader! {
    /// Loads the roles of an account, by name.
    RolesOf(AccountId) => Arc<[role::Model]>, staff::roles_of
}

/// New role.
#[derive(InputObject)]
pub(super) struct RoleCreateInput {
    /// Name, 1 to 100 characters on one line, unique in the shop.
    pub(super) name: String,
    /// Permissions of the accounts that have the role. The viewer must have all of them.
    pub(super) permissions: Vec<Permission>,
}

/// Change of a role. Fields that are missing or null stay as they are.
#[derive(InputObject)]
pub(super) struct RoleUpdateInput {
    /// Global id of the role. The viewer must have all its permissions.
    pub(super) id: ID,
    /// Name, 1 to 100 characters on one line, unique in the shop.
    pub(super) name: Option<String>,
    /// Permissions of the accounts that have the role. The viewer must have all of them.
    pub(super) permissions: Option<Vec<Permission>>,
}

/// Role to delete.
#[derive(InputObject)]
pub(super) struct RoleDeleteInput {
    /// Global id of the role. The viewer must have all its permissions.
    pub(super) id: ID,
}

/// Kind and roles of an account.
#[derive(InputObject)]
pub(super) struct StaffAssignInput {
    /// Global id of the account.
    pub(super) id: ID,
    /// Whether the account is an admin, which has all permissions. Only admins appoint and dismiss admins.
    #[graphql(default)]
    pub(super) is_admin: bool,
    /// Global ids of all roles of the account, at most 100; they replace its roles. With a role the account is staff unless
    /// it is an admin, without one a customer.
    pub(super) role_ids: Vec<ID>,
}

user_errors! {
    /// Accounts have the role.
    RoleInUse {
        /// Number of accounts that have the role.
        accounts: u64,
    }

    /// Only an admin may appoint an admin.
    AdminRequired
}

payload! {
    /// Payload of `roleCreate`.
    RoleCreatePayload {
        /// The new role; null on failure.
        role: Role,
    }
    /// Failure of `roleCreate`.
    RoleCreateError: InvalidField, PermissionsNotHeld;
    from staff::RoleCreateError {
        Invalid(invalid) => InvalidField from invalid,
        NotHeld(missing) => PermissionsNotHeld { permissions: permission::list(missing.0) } at "permissions",
    }
}

payload! {
    /// Payload of `roleUpdate`.
    RoleUpdatePayload {
        /// The role after the change; null on failure.
        role: Role,
    }
    /// Failure of `roleUpdate`.
    RoleUpdateError: NotFound, InvalidField, PermissionsNotHeld;
    from staff::RoleUpdateError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        Invalid(invalid) => InvalidField from invalid,
        NotHeld(missing) => PermissionsNotHeld { permissions: permission::list(missing.0) } at "permissions",
    }
}

payload! {
    /// Payload of `roleDelete`.
    RoleDeletePayload {
        /// Global id of the deleted role; null on failure.
        deleted_id: ID,
    }
    /// Failure of `roleDelete`.
    RoleDeleteError: NotFound, RoleInUse, PermissionsNotHeld;
    from staff::RoleDeleteError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        InUse { accounts } => RoleInUse { accounts: accounts } at "id",
        NotHeld(missing) => PermissionsNotHeld { permissions: permission::list(missing.0) } at "id",
    }
}

payload! {
    /// Payload of `staffAssign`.
    StaffAssignPayload {
        /// The account after the change; null on failure.
        account: Account,
    }
    /// Failure of `staffAssign`.
    StaffAssignError: NotFound, AccountMayDoMore, AdminRequired, PermissionsNotHeld, LastAdmin;
    from staff::AssignError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        RoleNotFound(id) => NotFound { id: id.global() } at "roleIds",
        MayDoMore => AccountMayDoMore at "id",
        AdminRequired => AdminRequired at "isAdmin",
        NotHeld(missing) => PermissionsNotHeld { permissions: permission::list(missing.0) } at "roleIds",
        LastAdmin => LastAdmin at "isAdmin",
    }
}
