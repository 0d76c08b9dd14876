//! Locking somebody out, and letting them in again. It serves customers and those who work in the shop.

use entity::{
    AccountId, Permission, Permissions,
    account::{self, Kind},
    role,
};
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, DatabaseTransaction, EntityTrait, IntoActiveModel, QuerySelect,
    sea_query::LockType,
};
use serde_json::json;

use crate::domain::{
    Fault, Op, Viewer,
    account::{self as accounts, KeepAdminError, Notice},
    audit::{self, Entry},
    database::AsFault,
};

/// Why an account was not blocked.
#[derive(Debug, thiserror::Error)]
pub enum BlockError {
    /// The viewer sees no such account.
    #[error("There is no account with this id.")]
    NotFound,
    /// It is the viewer's own.
    #[error("You cannot block your own account.")]
    Own,
    /// It may do more than the viewer.
    #[error("This account may do more than you.")]
    MayDoMore,
    /// It is the last admin who can log in.
    #[error("This is the last admin who can log in. Make somebody else one first.")]
    LastAdmin,
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl AsFault for BlockError {
    fn as_fault(&self) -> Option<&Fault> {
        match self {
            Self::Fault(fault) => Some(fault),
            _ => None,
        }
    }
}

/// Why an account was not given back.
#[derive(Debug, thiserror::Error)]
pub enum UnblockError {
    /// The viewer sees no such account.
    #[error("There is no account with this id.")]
    NotFound,
    /// It may do more than the viewer.
    #[error("This account may do more than you.")]
    MayDoMore,
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl AsFault for UnblockError {
    fn as_fault(&self) -> Option<&Fault> {
        match self {
            Self::Fault(fault) => Some(fault),
            _ => None,
        }
    }
}

impl From<KeepAdminError> for BlockError {
    fn from(error: KeepAdminError) -> Self {
        match error {
            KeepAdminError::LastAdmin => Self::LastAdmin,
            KeepAdminError::Fault(fault) => Self::Fault(fault),
        }
    }
}

/// Locks somebody out: their sessions end at once, their one-time tokens are no good any more, and they cannot log in. To
/// block a blocked account is no error and does nothing.
///
/// It takes [`Permission::CustomersEdit`] for customers and [`Permission::StaffEdit`] for those who work in the shop.
#[tracing::instrument(name = "customer::block", level = "debug", skip_all, err(level = "debug"))]
pub async fn block(op: &Op, id: AccountId) -> Result<account::Model, BlockError> {
    let viewer = viewer(op).await?;
    let (account, is_new) =
        op.db.write(|transaction| block_in_txn(op, transaction, &viewer, id).scope_boxed()).await?;
    if is_new {
        op.outbox.wake();
        accounts::end_all(op, id).await;
    }
    Ok(account)
}

async fn block_in_txn(
    op: &Op,
    transaction: &DatabaseTransaction,
    viewer: &Viewer,
    id: AccountId,
) -> Result<(account::Model, bool), BlockError> {
    let last_admin = match accounts::keep_an_admin_in_txn(transaction, id).await {
        Err(KeepAdminError::Fault(fault)) => return Err(fault.into()),
        kept => kept,
    };
    let account = hold(op, transaction, viewer, id).await?.ok_or(BlockError::NotFound)?;
    if matches!(viewer, Viewer::Account(viewer) if viewer.account.id == id) {
        return Err(BlockError::Own);
    }
    if exceeds(transaction, viewer, &account).await? {
        return Err(BlockError::MayDoMore);
    }
    if account.blocked_at.is_some() {
        return Ok((account, false));
    }
    last_admin?;
    accounts::next_epoch(transaction, id).await?;
    accounts::drop_tokens(transaction, id).await?;
    accounts::revoke_keys_in_txn(op, transaction, id, Permissions::NONE).await?;
    Ok((set(op, transaction, account, true).await?, true))
}

/// Lets somebody in again whom [`block`] has locked out, with the same permissions. They have to log in anew. It takes what
/// [`block`] takes.
#[tracing::instrument(name = "customer::unblock", level = "debug", skip_all, err(level = "debug"))]
pub async fn unblock(op: &Op, id: AccountId) -> Result<account::Model, UnblockError> {
    let viewer = viewer(op).await?;
    let account =
        op.db.write(|transaction| unblock_in_txn(op, transaction, &viewer, id).scope_boxed()).await?;
    op.outbox.wake();
    Ok(account)
}

async fn unblock_in_txn(
    op: &Op,
    transaction: &DatabaseTransaction,
    viewer: &Viewer,
    id: AccountId,
) -> Result<account::Model, UnblockError> {
    let account = hold(op, transaction, viewer, id).await?.ok_or(UnblockError::NotFound)?;
    if exceeds(transaction, viewer, &account).await? {
        return Err(UnblockError::MayDoMore);
    }
    if account.blocked_at.is_none() {
        return Ok(account);
    }
    Ok(set(op, transaction, account, false).await?)
}

/// Who asks, if they may block anybody at all.
async fn viewer(op: &Op) -> Result<Viewer, Fault> {
    let viewer = op.viewer().await?;
    match viewer.permissions().has(Permission::StaffEdit) {
        true => Ok(viewer),
        false => op.require(Permission::CustomersEdit).await,
    }
}

/// The account if the viewer sees it and may block its kind. Its row is held until the transaction ends.
async fn hold(
    op: &Op,
    transaction: &DatabaseTransaction,
    viewer: &Viewer,
    id: AccountId,
) -> Result<Option<account::Model>, Fault> {
    let account = account::Entity::find_by_id(id).lock(LockType::NoKeyUpdate).one(transaction).await?;
    let account = account.filter(|account| accounts::is_visible(viewer, account));
    match account.as_ref().map(|account| account.kind) {
        Some(Kind::Customer) => op.require(Permission::CustomersEdit).await?,
        Some(Kind::Staff | Kind::Admin) => op.require(Permission::StaffEdit).await?,
        None => return Ok(None),
    };
    Ok(account)
}

/// Whether the account may do more than the viewer.
async fn exceeds(
    transaction: &DatabaseTransaction,
    viewer: &Viewer,
    account: &account::Model,
) -> Result<bool, Fault> {
    let roles = role::Entity::of_account(account.id).all(transaction).await?;
    Ok(accounts::exceeds(account.kind, accounts::permissions_with(account.kind, &roles), viewer))
}

async fn set(
    op: &Op,
    transaction: &DatabaseTransaction,
    account: account::Model,
    is_blocked: bool,
) -> Result<account::Model, Fault> {
    let now = op.clock.now();
    let id = account.id;
    let mut row = account.into_active_model();
    row.blocked_at = Set(is_blocked.then_some(now));
    row.updated_at = Set(now);
    let account = row.update(transaction).await?;
    let (action, notice) = match is_blocked {
        true => ("accountBlock", Notice::AccountBlocked),
        false => ("accountUnblock", Notice::AccountUnblocked),
    };
    accounts::notify_in_txn(op, transaction, &account.email, notice).await?;
    let entry = Entry::new(action).about("Account", id);
    let entry = entry.change(json!({ "blocked": !is_blocked }), json!({ "blocked": is_blocked }));
    audit::record(op, transaction, entry).await?;
    Ok(account)
}
