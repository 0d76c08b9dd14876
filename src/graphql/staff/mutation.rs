//! Changing roles and who has them.

use async_graphql::{Context, ID, Object};
use entity::{AccountId, RoleId};

use super::{
    payload::{
        RoleCreateError, RoleCreatePayload, RoleDeleteError, RoleDeletePayload, RoleUpdateError,
        RoleUpdatePayload, StaffAssignError, StaffAssignPayload,
    },
    types::{RoleCreateInput, RoleDeleteInput, RoleUpdateInput, StaffAssignInput},
};
use crate::{
    domain::{
        page::MAX_PAGE,
        staff::{self, Assignment, RoleChange},
    },
    graphql::{
        context::ContextExt,
        cost::{STATEMENT, cost},
        error::ResolverError,
        id::Node,
        permission,
    },
};

/// Mutations on roles and staff.
#[derive(Default)]
pub struct StaffMutation;

#[Object]
impl StaffMutation {
    /// Makes a role. Takes `STAFF_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn role_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The role.")] input: RoleCreateInput,
    ) -> Result<RoleCreatePayload, ResolverError> {
        let permissions = permission::set(input.permissions);
        Ok(match staff::create_role(ctx.op(), &input.name, permissions).await {
            Ok(role) => RoleCreatePayload { role: Some(role.into()), errors: Vec::new() },
            Err(error) => RoleCreatePayload { role: None, errors: vec![RoleCreateError::new(error)?] },
        })
    }

    /// Changes a role, for everybody who has it. Takes `STAFF_EDIT`. Whoever may do more by that is logged out, and may do it
    /// after the next login; whoever may do less, at once.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn role_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which role, and what changes.")] input: RoleUpdateInput,
    ) -> Result<RoleUpdatePayload, ResolverError> {
        let id = RoleId::from_global(&input.id, "input.id")?;
        let change = RoleChange { name: input.name, permissions: input.permissions.map(permission::set) };
        Ok(match staff::update_role(ctx.op(), id, change).await {
            Ok(role) => RoleUpdatePayload { role: Some(role.into()), errors: Vec::new() },
            Err(error) => RoleUpdatePayload { role: None, errors: vec![RoleUpdateError::new(error)?] },
        })
    }

    /// Deletes a role that nobody has. Takes `STAFF_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn role_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which role.")] input: RoleDeleteInput,
    ) -> Result<RoleDeletePayload, ResolverError> {
        let id = RoleId::from_global(&input.id, "input.id")?;
        Ok(match staff::delete_role(ctx.op(), id).await {
            Ok(()) => RoleDeletePayload { deleted_id: Some(id.global()), errors: Vec::new() },
            Err(error) => RoleDeletePayload { deleted_id: None, errors: vec![RoleDeleteError::new(error)?] },
        })
    }

    /// Makes somebody an admin, a member of staff, or a customer again. Takes `STAFF_EDIT`. If they may do more by that they
    /// are logged out, and may do it after the next login; if they may do less, at once.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn staff_assign(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which account, and what it is to be.")] input: StaffAssignInput,
    ) -> Result<StaffAssignPayload, ResolverError> {
        let account = AccountId::from_global(&input.account, "input.account")?;
        let assignment = Assignment { account, is_admin: input.is_admin, roles: roles(&input.roles)? };
        Ok(match staff::assign(ctx.op(), assignment).await {
            Ok(account) => StaffAssignPayload { account: Some(account.into()), errors: Vec::new() },
            Err(error) => StaffAssignPayload { account: None, errors: vec![StaffAssignError::new(error)?] },
        })
    }
}

fn roles(ids: &[ID]) -> Result<Vec<RoleId>, ResolverError> {
    if ids.len() > MAX_PAGE as usize {
        let message = format!("`input.roles` may hold at most {MAX_PAGE} ids, not {}.", ids.len());
        return Err(ResolverError::bad_input(message));
    }
    ids.iter().map(|id| RoleId::from_global(id, "input.roles")).collect()
}
