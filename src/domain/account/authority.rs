//! Who may see and change whom, and that somebody stays who may do everything.

use entity::{
    AccountId, Permission, Permissions,
    account::{self, Kind},
    api_key, role,
};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::LockType,
};

use crate::domain::{
    Fault, Op, Viewer,
    audit::{self, Entry},
};

/// Why an account must stay an admin who can log in.
#[derive(Debug, thiserror::Error)]
pub(in crate::domain) enum KeepAdminError {
    /// It is the last one.
    #[error("This is the last admin who can log in. Make somebody else one first.")]
    LastAdmin,
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// What an account of this kind with these roles may do.
pub(in crate::domain) fn permissions_with(kind: Kind, roles: &[role::Model]) -> Permissions {
    match kind {
        Kind::Customer => Permissions::NONE,
        Kind::Admin => Permissions::all(),
        Kind::Staff => roles.iter().fold(Permissions::NONE, |all, role| all.with(role.permissions)),
    }
}

/// Revokes the API keys that an account has made and that may do more than the account may from now on. So nobody goes on
/// by a key where they may go on no more by themselves.
pub(in crate::domain) async fn revoke_keys_in_txn(
    op: &Op,
    transaction: &DatabaseTransaction,
    account: AccountId,
    remaining: Permissions,
) -> Result<(), Fault> {
    let keys = api_key::Entity::find()
        .filter(api_key::Column::CreatedBy.eq(account))
        .filter(api_key::Column::RevokedAt.is_null())
        .all(transaction)
        .await?;
    let too_much: Vec<_> =
        keys.iter().filter(|key| !remaining.cover(key.permissions)).map(|key| key.id).collect();
    if too_much.is_empty() {
        return Ok(());
    }
    api_key::Entity::update_many()
        .col_expr(api_key::Column::RevokedAt, op.clock.now().into())
        .filter(api_key::Column::Id.is_in(too_much.iter().copied()))
        .exec(transaction)
        .await?;
    for key in too_much {
        audit::record(op, transaction, Entry::new("apiKeyRevoke").about("ApiKey", key)).await?;
    }
    Ok(())
}

/// Whether the viewer may see an account: their own, customers with [`Permission::CustomersView`], those who work in the
/// shop with [`Permission::StaffEdit`].
pub(in crate::domain) fn is_visible(viewer: &Viewer, account: &account::Model) -> bool {
    let is_own = matches!(viewer, Viewer::Account(viewer) if viewer.account.id == account.id);
    let may = viewer.permissions();
    is_own
        || match account.kind {
            Kind::Customer => may.has(Permission::CustomersView),
            Kind::Staff | Kind::Admin => may.has(Permission::StaffEdit),
        }
}

/// Whether an account of this kind with these permissions may do more than the viewer. An admin may do more than everybody
/// who is none, whatever their permissions are.
pub(in crate::domain) fn exceeds(kind: Kind, permissions: Permissions, viewer: &Viewer) -> bool {
    let is_admin = matches!(viewer, Viewer::Account(viewer) if viewer.account.kind == Kind::Admin);
    (kind == Kind::Admin && !is_admin) || !viewer.permissions().cover(permissions)
}

/// Makes sure that there is an admin who can log in when `account` no longer is one. It holds the rows of all admins until
/// the transaction ends, so that two who remove each other at the same moment come one after the other. To be called
/// before other accounts' rows are held, or the two wait for each other.
pub(in crate::domain) async fn keep_an_admin_in_txn(
    transaction: &DatabaseTransaction,
    account: AccountId,
) -> Result<(), KeepAdminError> {
    let admins: Vec<account::Model> = account::Entity::find()
        .filter(account::Column::Kind.eq(Kind::Admin))
        .order_by_asc(account::Column::Id)
        .lock(LockType::NoKeyUpdate)
        .all(transaction)
        .await
        .map_err(Fault::from)?;
    let mut usable = admins.iter().filter(|admin| admin.blocked_at.is_none());
    match (usable.next(), usable.next()) {
        (Some(only), None) if only.id == account => Err(KeepAdminError::LastAdmin),
        _ => Ok(()),
    }
}
