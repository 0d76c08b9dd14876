//! What becomes of a change of roles and of who has them.

use async_graphql::{ID, SimpleObject, Union};

use super::{
    error::{AdminRequired, InvalidRoleName, RoleInUse, RoleNameTaken, RoleNotFound, not_held, path},
    types::Role,
};
use crate::{
    domain::staff::{AssignError, CreateRoleError, DeleteRoleError, UpdateRoleError},
    graphql::{
        account::{Account, AccountMayDoMore, AccountNotFound, LastAdmin},
        error::ResolverError,
        permission::PermissionsNotHeld,
    },
};

/// What became of a new role.
#[derive(SimpleObject)]
pub(super) struct RoleCreatePayload {
    /// The role; null when it was not made.
    pub(super) role: Option<Role>,
    /// Why it was not made; empty when it was.
    pub(super) errors: Vec<RoleCreateError>,
}

/// Why a role was not made.
#[derive(Union)]
pub(super) enum RoleCreateError {
    InvalidName(InvalidRoleName),
    NameTaken(RoleNameTaken),
    NotHeld(PermissionsNotHeld),
}

/// What became of a change of a role.
#[derive(SimpleObject)]
pub(super) struct RoleUpdatePayload {
    /// The role as it is now; null when it was not changed.
    pub(super) role: Option<Role>,
    /// Why it was not changed; empty when it was.
    pub(super) errors: Vec<RoleUpdateError>,
}

/// Why a role was not changed.
#[derive(Union)]
pub(super) enum RoleUpdateError {
    NotFound(RoleNotFound),
    InvalidName(InvalidRoleName),
    NameTaken(RoleNameTaken),
    NotHeld(PermissionsNotHeld),
}

/// What became of a role that was to go.
#[derive(SimpleObject)]
pub(super) struct RoleDeletePayload {
    /// The id that the role had; null when it was not deleted.
    pub(super) deleted_id: Option<ID>,
    /// Why it was not deleted; empty when it was.
    pub(super) errors: Vec<RoleDeleteError>,
}

/// Why a role was not deleted.
#[derive(Union)]
pub(super) enum RoleDeleteError {
    NotFound(RoleNotFound),
    InUse(RoleInUse),
    NotHeld(PermissionsNotHeld),
}

/// What became of an account that was to be something else.
#[derive(SimpleObject)]
pub(super) struct StaffAssignPayload {
    /// The account as it is now; null when it was not changed.
    pub(super) account: Option<Account>,
    /// Why it was not changed; empty when it was.
    pub(super) errors: Vec<StaffAssignError>,
}

/// Why an account stays what it is.
#[derive(Union)]
pub(super) enum StaffAssignError {
    NotFound(AccountNotFound),
    RoleNotFound(RoleNotFound),
    MayDoMore(AccountMayDoMore),
    AdminRequired(AdminRequired),
    NotHeld(PermissionsNotHeld),
    LastAdmin(LastAdmin),
}

impl RoleCreateError {
    /// The error as data, or the fault that it is.
    pub(super) fn new(error: CreateRoleError) -> Result<Self, ResolverError> {
        let message = error.to_string();
        Ok(match error {
            CreateRoleError::InvalidName(_) => {
                Self::InvalidName(InvalidRoleName { message, path: path("name") })
            }
            CreateRoleError::NameTaken => Self::NameTaken(RoleNameTaken { message, path: path("name") }),
            CreateRoleError::NotHeld(missing) => Self::NotHeld(not_held(message, "permissions", missing)),
            CreateRoleError::Fault(fault) => return Err(fault.into()),
        })
    }
}

impl RoleUpdateError {
    /// The error as data, or the fault that it is.
    pub(super) fn new(error: UpdateRoleError) -> Result<Self, ResolverError> {
        let message = error.to_string();
        Ok(match error {
            UpdateRoleError::NotFound => Self::NotFound(RoleNotFound { message, path: path("id") }),
            UpdateRoleError::InvalidName(_) => {
                Self::InvalidName(InvalidRoleName { message, path: path("name") })
            }
            UpdateRoleError::NameTaken => Self::NameTaken(RoleNameTaken { message, path: path("name") }),
            UpdateRoleError::NotHeld(missing) => Self::NotHeld(not_held(message, "permissions", missing)),
            UpdateRoleError::Fault(fault) => return Err(fault.into()),
        })
    }
}

impl RoleDeleteError {
    /// The error as data, or the fault that it is.
    pub(super) fn new(error: DeleteRoleError) -> Result<Self, ResolverError> {
        let (message, path) = (error.to_string(), path("id"));
        Ok(match error {
            DeleteRoleError::NotFound => Self::NotFound(RoleNotFound { message, path }),
            DeleteRoleError::InUse { accounts } => Self::InUse(RoleInUse { message, path, accounts }),
            DeleteRoleError::NotHeld(missing) => Self::NotHeld(not_held(message, "id", missing)),
            DeleteRoleError::Fault(fault) => return Err(fault.into()),
        })
    }
}

impl StaffAssignError {
    /// The error as data, or the fault that it is.
    pub(super) fn new(error: AssignError) -> Result<Self, ResolverError> {
        let message = error.to_string();
        Ok(match error {
            AssignError::NotFound => Self::NotFound(AccountNotFound { message, path: path("account") }),
            AssignError::RoleNotFound => Self::RoleNotFound(RoleNotFound { message, path: path("roles") }),
            AssignError::MayDoMore => Self::MayDoMore(AccountMayDoMore { message, path: path("account") }),
            AssignError::AdminRequired => {
                Self::AdminRequired(AdminRequired { message, path: path("isAdmin") })
            }
            AssignError::NotHeld(missing) => Self::NotHeld(not_held(message, "roles", missing)),
            AssignError::LastAdmin => Self::LastAdmin(LastAdmin { message, path: path("isAdmin") }),
            AssignError::Fault(fault) => return Err(fault.into()),
        })
    }
}
