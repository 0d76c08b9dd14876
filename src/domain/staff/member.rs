//! Lists of staff, and their roles.

use std::{collections::HashMap, sync::Arc};

use entity::{
    AccountId, Permission, Permissions,
    account::{self, Kind},
    account_role, role,
};
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter};

use crate::domain::{
    account as accounts,
    context::OpContext,
    database::{Listing, SortKind},
    kernel::fault::Fault,
};

/// A role, and its account.
#[derive(FromQueryResult)]
pub(super) struct RoleAssignment {
    pub(super) account_id: AccountId,
    #[sea_orm(nested)]
    pub(super) role: role::Model,
}

/// The accounts of staff and admins, by email address. Requires [`Permission::StaffEdit`].
#[tracing::instrument(name = "staff::members", level = "debug", skip_all, err(level = "debug"))]
pub async fn members(ctx: &OpContext) -> Result<Listing<account::Entity>, Fault> {
    ctx.require(Permission::StaffEdit).await?;
    let staff = account::Entity::find().filter(account::Column::Kind.ne(Kind::Customer));
    Ok(Listing::new("staff.email", staff, account::Column::Email, SortKind::Text))
}

/// The roles of each of these accounts, by name, in one statement.
///
/// Checks no permission: the caller has read the accounts with one.
#[tracing::instrument(name = "staff::roles_of", level = "debug", skip_all, err(level = "debug"))]
pub async fn roles_of(
    ctx: &OpContext,
    accounts: &[AccountId],
) -> Result<HashMap<AccountId, Arc<[role::Model]>>, Fault> {
    let chosen = ctx.services().db.any_of(account_role::Column::AccountId, accounts.iter().map(|id| id.0));
    let given = role::Entity::given().filter(chosen).into_model::<RoleAssignment>().all(ctx.db()).await?;
    let mut roles: HashMap<AccountId, Vec<role::Model>> = HashMap::new();
    for given in given {
        roles.entry(given.account_id).or_default().push(given.role);
    }
    Ok(roles.into_iter().map(|(account, roles)| (account, roles.into())).collect())
}

/// Permissions of an account of this kind with these roles; for the viewer's own account, those of its session.
pub fn permissions(ctx: &OpContext, account: AccountId, kind: Kind, roles: &[role::Model]) -> Permissions {
    match needs_second_factor(ctx, account, kind) {
        true => Permissions::NONE,
        false => accounts::permissions_with(kind, roles),
    }
}

/// Whether this is the viewer's own account, in a session with the permissions of a customer until a second factor is
/// used.
pub fn needs_second_factor(ctx: &OpContext, account: AccountId, kind: Kind) -> bool {
    ctx.services().session.staff_second_factor
        && kind != Kind::Customer
        && ctx.own_session(account).is_some_and(|session| !session.is_strong)
}
