//! Making somebody an admin, a member of staff, or a customer again.

use std::collections::HashSet;

use entity::{
    AccountId, Permission, Permissions, RoleId,
    account::{self, Kind},
    account_role, role,
};
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect, sea_query::LockType,
};
use serde_json::{Value, json};

use super::role::held;
use crate::domain::{
    Fault, Op, Viewer,
    account::{self as accounts, KeepAdminError},
    audit::{self, Entry},
    database::AsFault,
};

/// What an account is to be.
#[derive(Debug)]
pub struct Assignment {
    /// Which one.
    pub account: AccountId,
    /// Whether it is an admin.
    pub is_admin: bool,
    /// All roles that it has from then on. With one it is staff, unless it is an admin; without, a customer.
    pub roles: Vec<RoleId>,
}

/// Why an account stays what it is.
#[derive(Debug, thiserror::Error)]
pub enum AssignError {
    /// The viewer sees no such account.
    #[error("There is no account with this id.")]
    NotFound,
    /// One of the roles does not exist.
    #[error("There is no role with this id.")]
    RoleNotFound,
    /// The account may do more than the viewer.
    #[error("This account may do more than you.")]
    MayDoMore,
    /// The viewer is no admin, and the account is to be one.
    #[error("Only an admin makes somebody an admin.")]
    AdminRequired,
    /// A role that is given or taken holds permissions that the viewer does not have: these.
    #[error("You do not have all permissions of these roles yourself: {0} is missing.")]
    NotHeld(Permissions),
    /// It is the last admin who can log in.
    #[error("This is the last admin who can log in. Make somebody else one first.")]
    LastAdmin,
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl AsFault for AssignError {
    fn as_fault(&self) -> Option<&Fault> {
        match self {
            Self::Fault(fault) => Some(fault),
            _ => None,
        }
    }
}

impl From<KeepAdminError> for AssignError {
    fn from(error: KeepAdminError) -> Self {
        match error {
            KeepAdminError::LastAdmin => Self::LastAdmin,
            KeepAdminError::Fault(fault) => Self::Fault(fault),
        }
    }
}

/// Sets what an account is to the shop. If it may do more than before, its sessions end: the new rights begin with a new
/// token.
#[tracing::instrument(name = "staff::assign", level = "debug", skip_all, err(level = "debug"))]
pub async fn assign(op: &Op, assignment: Assignment) -> Result<account::Model, AssignError> {
    let viewer = op.require(Permission::StaffEdit).await?;
    let assigned =
        op.db.write(|transaction| assign_in_txn(op, transaction, &viewer, &assignment).scope_boxed());
    let (account, has_risen) = assigned.await?;
    if has_risen {
        accounts::end_all(op, account.id).await;
    }
    Ok(account)
}

/// It holds rows in this order, as whoever changes them does: admins, roles, the account.
async fn assign_in_txn(
    op: &Op,
    transaction: &DatabaseTransaction,
    viewer: &Viewer,
    assignment: &Assignment,
) -> Result<(account::Model, bool), AssignError> {
    let last_admin = match assignment.is_admin {
        true => Ok(()),
        false => match accounts::keep_an_admin_in_txn(transaction, assignment.account).await {
            Err(KeepAdminError::Fault(fault)) => return Err(fault.into()),
            kept => kept,
        },
    };
    let roles = roles(op, transaction, &assignment.roles).await?;
    let account = account::Entity::find_by_id(assignment.account)
        .lock(LockType::NoKeyUpdate)
        .one(transaction)
        .await
        .map_err(Fault::from)?
        .filter(|account| accounts::is_visible(viewer, account))
        .ok_or(AssignError::NotFound)?;
    let before = role::Entity::of_account(account.id).all(transaction).await.map_err(Fault::from)?;

    let kind = match (assignment.is_admin, roles.is_empty()) {
        (true, _) => Kind::Admin,
        (false, false) => Kind::Staff,
        (false, true) => Kind::Customer,
    };
    let could = accounts::permissions_with(account.kind, &before);
    if accounts::exceeds(account.kind, could, viewer) {
        return Err(AssignError::MayDoMore);
    }
    if accounts::exceeds(kind, Permissions::NONE, viewer) {
        return Err(AssignError::AdminRequired);
    }
    let (given, taken) = (beyond(&roles, &before), beyond(&before, &roles));
    let changed = given.iter().chain(&taken).fold(Permissions::NONE, |all, role| all.with(role.permissions));
    held(viewer, changed).map_err(AssignError::NotHeld)?;
    last_admin?;

    if kind == account.kind && given.is_empty() && taken.is_empty() {
        return Ok((account, false));
    }
    let can = accounts::permissions_with(kind, &roles);
    let has_risen = !could.cover(can) || (kind == Kind::Admin && account.kind != Kind::Admin);
    let entry = Entry::new("staffAssign")
        .about("Account", account.id)
        .change(told(account.kind, &before), told(kind, &roles));
    give_and_take(transaction, account.id, &given, &taken).await?;
    let mut row = account.into_active_model();
    row.kind = Set(kind);
    row.updated_at = Set(op.clock.now());
    let account = row.update(transaction).await.map_err(Fault::from)?;
    if has_risen {
        accounts::next_epoch(transaction, account.id).await?;
    }
    if !can.cover(could) {
        accounts::revoke_keys_in_txn(op, transaction, account.id, can).await?;
    }
    audit::record(op, transaction, entry).await?;
    Ok((account, has_risen))
}

/// The roles with these ids, which nobody changes until the transaction ends.
async fn roles(
    op: &Op,
    transaction: &DatabaseTransaction,
    ids: &[RoleId],
) -> Result<Vec<role::Model>, AssignError> {
    let ids: HashSet<RoleId> = ids.iter().copied().collect();
    let roles = role::Entity::find()
        .filter(op.db.any_of(role::Column::Id, ids.iter().map(|id| id.0)))
        .order_by_asc(role::Column::Id)
        .lock(LockType::Share)
        .all(transaction)
        .await
        .map_err(Fault::from)?;
    if roles.len() == ids.len() { Ok(roles) } else { Err(AssignError::RoleNotFound) }
}

/// Those of `roles` that are not among the others.
fn beyond<'r>(roles: &'r [role::Model], others: &[role::Model]) -> Vec<&'r role::Model> {
    roles.iter().filter(|role| !others.iter().any(|other| other.id == role.id)).collect()
}

async fn give_and_take(
    transaction: &DatabaseTransaction,
    account: AccountId,
    given: &[&role::Model],
    taken: &[&role::Model],
) -> Result<(), Fault> {
    if !taken.is_empty() {
        account_role::Entity::delete_many()
            .filter(account_role::Column::AccountId.eq(account))
            .filter(account_role::Column::RoleId.is_in(taken.iter().map(|role| role.id)))
            .exec(transaction)
            .await?;
    }
    if !given.is_empty() {
        let rows = given
            .iter()
            .map(|role| account_role::ActiveModel { account_id: Set(account), role_id: Set(role.id) });
        account_role::Entity::insert_many(rows).exec_without_returning(transaction).await?;
    }
    Ok(())
}

pub(super) fn told(kind: Kind, roles: &[role::Model]) -> Value {
    let kind = match kind {
        Kind::Customer => "CUSTOMER",
        Kind::Staff => "STAFF",
        Kind::Admin => "ADMIN",
    };
    let mut names: Vec<_> = roles.iter().map(|role| &*role.name).collect();
    names.sort_unstable();
    json!({ "kind": kind, "roles": names })
}
