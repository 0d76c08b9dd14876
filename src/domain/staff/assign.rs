//! Appointment and dismissal of admins and staff.

use std::collections::HashSet;

use entity::{
    AccountId, Permission, Permissions, RoleId,
    account::{self, Kind},
    account_role, role,
};
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, sea_query::LockType,
};
use serde_json::{Value, json};

use crate::domain::{
    account as accounts,
    audit::AuditEntry,
    context::{OpContext, Txn},
    identity::{NotHeld, Viewer},
    kernel::{fault::Fault, global_id::enum_name, operation_error::operation_error},
};

/// Input of `assign`.
#[derive(Debug)]
pub struct Assignment {
    pub account: AccountId,
    pub is_admin: bool,
    /// All roles of the account. With a role it is staff, unless it is an admin; without one a customer.
    pub roles: Vec<RoleId>,
}

operation_error! {
    pub enum AssignError {
        #[error("There is no account with this id.")]
        NotFound(AccountId),
        #[error("There is no role with this id.")]
        RoleNotFound(RoleId),
        #[error("This account has permissions that you do not have.")]
        MayDoMore,
        #[error("Only an admin can appoint or dismiss an admin.")]
        AdminRequired,
        /// The viewer lacks permissions of a role that is added or removed.
        #[error("{0}")]
        NotHeld(#[from] NotHeld),
        #[error("This is the last admin who can log in. Appoint another admin first.")]
        LastAdmin,
    }
}

/// Sets kind and roles of an account. If it gains permissions, its sessions end, and the next login has them.
#[tracing::instrument(name = "staff::assign", level = "debug", skip_all, err(level = "debug"))]
pub async fn assign(ctx: &OpContext, assignment: Assignment) -> Result<account::Model, AssignError> {
    let viewer = ctx.require_person(Permission::StaffEdit).await?;
    ctx.write(|txn| assign_in_txn(txn, &viewer, &assignment).scope_boxed()).await
}

/// Lock order: roles, then accounts.
async fn assign_in_txn(
    txn: &Txn<'_>,
    viewer: &Viewer,
    assignment: &Assignment,
) -> Result<account::Model, AssignError> {
    let roles = roles(txn, &assignment.roles).await?;
    let (account, admin_remains) =
        accounts::lock_with_admins(txn, assignment.account, LockType::NoKeyUpdate).await?;
    let account = account
        .filter(|account| accounts::is_visible(viewer, account))
        .ok_or(AssignError::NotFound(assignment.account))?;
    let before = role::Entity::of_account(account.id).all(txn).await?;

    let kind = match (assignment.is_admin, roles.is_empty()) {
        (true, _) => Kind::Admin,
        (false, false) => Kind::Staff,
        (false, true) => Kind::Customer,
    };
    let could = accounts::permissions_with(account.kind, &before);
    if accounts::outranks(account.kind, could, viewer) {
        return Err(AssignError::MayDoMore);
    }
    if accounts::outranks(kind, Permissions::NONE, viewer) {
        return Err(AssignError::AdminRequired);
    }
    let (given, taken) = (beyond(&roles, &before), beyond(&before, &roles));
    let changed = given.iter().chain(&taken).fold(Permissions::NONE, |all, role| all.with(role.permissions));
    viewer.must_hold(changed)?;
    if !assignment.is_admin && !admin_remains {
        return Err(AssignError::LastAdmin);
    }

    if kind == account.kind && given.is_empty() && taken.is_empty() {
        return Ok(account);
    }
    let can = accounts::permissions_with(kind, &roles);
    let has_gained = !could.cover(can) || (kind == Kind::Admin && account.kind != Kind::Admin);
    let entry = AuditEntry::new("staffAssign")
        .about("Account", account.id)
        .change(audit_json(account.kind, &before), audit_json(kind, &roles));
    give_and_take(txn, account.id, &given, &taken).await?;
    let mut row = account.into_active_model();
    row.kind = Set(kind);
    row.updated_at = Set(txn.now());
    let account = row.update(txn).await?;
    if has_gained {
        txn.end_sessions(account.id).await?;
    }
    txn.audit(entry).await?;
    Ok(account)
}

/// The roles with these ids, locked until the transaction ends.
async fn roles(txn: &Txn<'_>, ids: &[RoleId]) -> Result<Vec<role::Model>, AssignError> {
    let ids: HashSet<RoleId> = ids.iter().copied().collect();
    let roles = role::Entity::find()
        .filter(txn.services().db.any_of(role::Column::Id, ids.iter().map(|id| id.0)))
        .order_by_asc(role::Column::Id)
        .lock(LockType::Share)
        .all(txn)
        .await?;
    match ids.into_iter().find(|id| roles.iter().all(|role| role.id != *id)) {
        Some(missing) => Err(AssignError::RoleNotFound(missing)),
        None => Ok(roles),
    }
}

/// The `roles` that are not among the others.
fn beyond<'r>(roles: &'r [role::Model], others: &[role::Model]) -> Vec<&'r role::Model> {
    roles.iter().filter(|role| !others.iter().any(|other| other.id == role.id)).collect()
}

async fn give_and_take(
    txn: &Txn<'_>,
    account: AccountId,
    given: &[&role::Model],
    taken: &[&role::Model],
) -> Result<(), Fault> {
    if !taken.is_empty() {
        account_role::Entity::delete_many()
            .filter(account_role::Column::AccountId.eq(account))
            .filter(account_role::Column::RoleId.is_in(taken.iter().map(|role| role.id)))
            .exec(txn)
            .await?;
    }
    if !given.is_empty() {
        let rows = given
            .iter()
            .map(|role| account_role::ActiveModel { account_id: Set(account), role_id: Set(role.id) });
        account_role::Entity::insert_many(rows).exec_without_returning(txn).await?;
    }
    Ok(())
}

pub(super) fn audit_json(kind: Kind, roles: &[role::Model]) -> Value {
    let mut names: Vec<_> = roles.iter().map(|role| &*role.name).collect();
    names.sort_unstable();
    json!({ "kind": enum_name(&kind), "roles": names })
}
