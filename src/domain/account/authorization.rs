//! Permissions over other accounts: which are visible, which may be changed, and that one admin remains.

use entity::{
    AccountId, Permission, Permissions,
    account::{self, Kind},
    api_key, role,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{ExprTrait, LockType},
};

use crate::domain::{audit::AuditEntry, context::Txn, identity::Viewer, kernel::fault::Fault};

/// Permissions of an account of this kind with these roles.
pub(in crate::domain) fn permissions_with(kind: Kind, roles: &[role::Model]) -> Permissions {
    match kind {
        Kind::Customer => Permissions::NONE,
        Kind::Admin => Permissions::all(),
        Kind::Staff => roles.iter().fold(Permissions::NONE, |all, role| all.with(role.permissions)),
    }
}

/// Revokes the API keys that an account has created, so that a blocked owner keeps no access. (Other losses of
/// permissions apply to the keys without this, because authentication reads the permissions of both.)
pub(in crate::domain) async fn revoke_keys_in_txn(txn: &Txn<'_>, account: AccountId) -> Result<(), Fault> {
    let revoked = api_key::Entity::update_many()
        .col_expr(api_key::Column::RevokedAt, txn.now().into())
        .filter(api_key::Column::CreatedBy.eq(account))
        .filter(api_key::Column::RevokedAt.is_null())
        .exec_with_returning(txn)
        .await?;
    for key in revoked {
        txn.audit(AuditEntry::new("apiKeyRevoke").about("ApiKey", key.id)).await?;
    }
    Ok(())
}

/// Whether the viewer may see an account: its own, customers with [`Permission::CustomersView`], staff with
/// [`Permission::StaffEdit`].
pub(in crate::domain) fn is_visible(viewer: &Viewer, account: &account::Model) -> bool {
    let is_own = matches!(viewer, Viewer::Account(viewer) if viewer.account.id == account.id);
    let may = viewer.permissions();
    is_own
        || match account.kind {
            Kind::Customer => may.has(Permission::CustomersView),
            Kind::Staff | Kind::Admin => may.has(Permission::StaffEdit),
        }
}

/// Whether an account of this kind with these permissions has permissions that the viewer lacks. An admin outranks all
/// viewers that are not admins.
pub(in crate::domain) fn outranks(kind: Kind, permissions: Permissions, viewer: &Viewer) -> bool {
    let is_admin = matches!(viewer, Viewer::Account(viewer) if viewer.account.kind == Kind::Admin);
    (kind == Kind::Admin && !is_admin) || !viewer.permissions().cover(permissions)
}

/// Locks an account until the transaction ends. A transaction about an account calls this before it locks any row that
/// belongs to the account. Rows that refer to the account can still be inserted. `None` if the account does not exist.
pub(in crate::domain) async fn lock(
    txn: &Txn<'_>,
    account: AccountId,
) -> Result<Option<account::Model>, Fault> {
    Ok(account::Entity::find_by_id(account).lock(LockType::NoKeyUpdate).one(txn).await?)
}

/// Locks an account and all admins until the transaction ends, in the order of their ids and in one statement, so that
/// transactions that appoint or dismiss admins run one after the other, without deadlocks. Roles are locked before.
///
/// Returns the account, if it exists, and whether there is another admin who can log in.
pub(in crate::domain) async fn lock_with_admins(
    txn: &Txn<'_>,
    account: AccountId,
    lock: LockType,
) -> Result<(Option<account::Model>, bool), Fault> {
    let locked: Vec<account::Model> = account::Entity::find()
        .filter(account::Column::Kind.eq(Kind::Admin).or(account::Column::Id.eq(account)))
        .order_by_asc(account::Column::Id)
        .lock(lock)
        .all(txn)
        .await?;
    let is_usable = |other: &account::Model| other.kind == Kind::Admin && other.blocked_at.is_none();
    let remains = locked.iter().any(|other| other.id != account && is_usable(other))
        || locked.iter().all(|other| !is_usable(other));
    Ok((locked.into_iter().find(|found| found.id == account), remains))
}

/// Permissions of an account by its kind and its roles.
pub(in crate::domain) async fn permissions_of(
    db: &impl ConnectionTrait,
    account: &account::Model,
) -> Result<Permissions, Fault> {
    let roles = match account.kind {
        Kind::Staff => role::Entity::of_account(account.id).all(db).await?,
        Kind::Customer | Kind::Admin => Vec::new(),
    };
    Ok(permissions_with(account.kind, &roles))
}
