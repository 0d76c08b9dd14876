//! Changing roles and their holders.

use async_graphql::{Context, ID, Object};
use entity::{AccountId, RoleId};

use super::types::*;
use crate::{
    domain::staff::{self, Assignment, RoleChange},
    graphql::kit::{
        context::ContextExt,
        cost::{STATEMENT, cost},
        error::ResolverError,
        id::{self, Node},
        permission::{self, Permission, requires},
    },
};

#[derive(Default)]
pub struct StaffMutation;

#[Object]
impl StaffMutation {
    /// Creates a role. Fails with `FORBIDDEN` for an API key. Requires `STAFF_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::StaffEdit))]
    async fn role_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The role.")] input: RoleCreateInput,
    ) -> Result<RoleCreatePayload, ResolverError> {
        let permissions = permission::set(input.permissions);
        RoleCreatePayload::from_result(staff::role_create(ctx.op(), &input.name, permissions).await)
    }

    /// Changes a role for all accounts that have it. Accounts that gain permissions are logged out and have them after the
    /// next login; permissions that are taken away end at once. Fails with `FORBIDDEN` for an API key. Requires `STAFF_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::StaffEdit))]
    async fn role_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The role, and the fields to change.")] input: RoleUpdateInput,
    ) -> Result<RoleUpdatePayload, ResolverError> {
        let id = RoleId::from_global(&input.id, "input.id")?;
        let change = RoleChange { name: input.name, permissions: input.permissions.map(permission::set) };
        RoleUpdatePayload::from_result(staff::role_update(ctx.op(), id, change).await)
    }

    /// Deletes a role that no account has. Fails with `FORBIDDEN` for an API key. Requires `STAFF_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::StaffEdit))]
    async fn role_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The role.")] input: RoleDeleteInput,
    ) -> Result<RoleDeletePayload, ResolverError> {
        let id = RoleId::from_global(&input.id, "input.id")?;
        RoleDeletePayload::from_result(staff::role_delete(ctx.op(), id).await.map(|()| id.global()))
    }

    /// Makes an account an admin, staff, or a customer. An account that gains permissions is logged out and has them after
    /// the next login; permissions that are taken away end at once. Fails with `FORBIDDEN` for an API key. Requires `STAFF_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::StaffEdit))]
    async fn staff_assign(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The account, its kind and its roles.")] input: StaffAssignInput,
    ) -> Result<StaffAssignPayload, ResolverError> {
        let account = AccountId::from_global(&input.id, "input.id")?;
        let assignment = Assignment { account, is_admin: input.is_admin, roles: roles(&input.role_ids)? };
        StaffAssignPayload::from_result(staff::assign(ctx.op(), assignment).await)
    }
}

fn roles(ids: &[ID]) -> Result<Vec<RoleId>, ResolverError> {
    id::check_count(ids, "input.roleIds")?;
    ids.iter().map(|id| RoleId::from_global(id, "input.roleIds")).collect()
}
