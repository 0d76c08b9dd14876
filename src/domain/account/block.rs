//! Blocking and unblocking of accounts, customers as well as staff.

use entity::{
    AccountId, Permission,
    account::{self, Kind},
};
use scoped_futures::ScopedFutureExt;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel, sea_query::LockType};
use serde_json::json;

use super::{
    authorization::{is_visible, lock_with_admins, outranks, permissions_of, revoke_keys_in_txn},
    email_job::{Notification, notify},
};
use crate::domain::{
    audit::AuditEntry,
    context::{OpContext, Txn},
    credential::drop_tokens,
    identity::Viewer,
    kernel::{fault::Fault, operation_error::operation_error},
};

operation_error! {
    pub enum BlockError {
        #[error("There is no account with this id.")]
        NotFound(AccountId),
        #[error("You cannot block your own account.")]
        Own,
        #[error("This account has permissions that you do not have.")]
        MayDoMore,
        #[error("This is the last admin who can log in. Appoint another admin first.")]
        LastAdmin,
    }
}

operation_error! {
    pub enum UnblockError {
        #[error("There is no account with this id.")]
        NotFound(AccountId),
        #[error("This account has permissions that you do not have.")]
        MayDoMore,
    }
}

/// Blocks an account: its sessions end at once, its one-time tokens are deleted, and it cannot log in. Blocking a
/// blocked account changes nothing.
///
/// Requires [`Permission::CustomersEdit`] for customers and [`Permission::StaffEdit`] for staff.
#[tracing::instrument(name = "account::block", level = "debug", skip_all, err(level = "debug"))]
pub async fn block(ctx: &OpContext, id: AccountId) -> Result<account::Model, BlockError> {
    let viewer = viewer(ctx).await?;
    ctx.write(|txn| block_in_txn(ctx, txn, &viewer, id).scope_boxed()).await
}

async fn block_in_txn(
    ctx: &OpContext,
    txn: &Txn<'_>,
    viewer: &Viewer,
    id: AccountId,
) -> Result<account::Model, BlockError> {
    let (account, admin_remains) = lock_with_admins(txn, id, LockType::NoKeyUpdate).await?;
    let account = visible(ctx, viewer, account).await?.ok_or(BlockError::NotFound(id))?;
    if ctx.is_own(id) {
        return Err(BlockError::Own);
    }
    if outranks(account.kind, permissions_of(txn, &account).await?, viewer) {
        return Err(BlockError::MayDoMore);
    }
    if account.blocked_at.is_some() {
        return Ok(account);
    }
    if !admin_remains {
        return Err(BlockError::LastAdmin);
    }
    txn.end_sessions(id).await?;
    drop_tokens(txn, id).await?;
    revoke_keys_in_txn(txn, id).await?;
    Ok(set_blocked(txn, account, true).await?)
}

/// Unblocks an account, which keeps its permissions. Its owner has to log in again. Requires the same permissions as
/// [`block`].
#[tracing::instrument(name = "account::unblock", level = "debug", skip_all, err(level = "debug"))]
pub async fn unblock(ctx: &OpContext, id: AccountId) -> Result<account::Model, UnblockError> {
    let viewer = viewer(ctx).await?;
    ctx.write(|txn| unblock_in_txn(ctx, txn, &viewer, id).scope_boxed()).await
}

async fn unblock_in_txn(
    ctx: &OpContext,
    txn: &Txn<'_>,
    viewer: &Viewer,
    id: AccountId,
) -> Result<account::Model, UnblockError> {
    let (account, _) = lock_with_admins(txn, id, LockType::NoKeyUpdate).await?;
    let account = visible(ctx, viewer, account).await?.ok_or(UnblockError::NotFound(id))?;
    if outranks(account.kind, permissions_of(txn, &account).await?, viewer) {
        return Err(UnblockError::MayDoMore);
    }
    if account.blocked_at.is_none() {
        return Ok(account);
    }
    Ok(set_blocked(txn, account, false).await?)
}

/// The viewer, if it may block accounts of any kind.
async fn viewer(ctx: &OpContext) -> Result<Viewer, Fault> {
    let viewer = ctx.viewer().await?;
    match viewer.permissions().has(Permission::StaffEdit) {
        true => Ok(viewer),
        false => ctx.require(Permission::CustomersEdit).await,
    }
}

/// The account, if it is visible to the viewer and the viewer may block its kind.
async fn visible(
    ctx: &OpContext,
    viewer: &Viewer,
    account: Option<account::Model>,
) -> Result<Option<account::Model>, Fault> {
    let account = account.filter(|account| is_visible(viewer, account));
    match account.as_ref().map(|account| account.kind) {
        Some(Kind::Customer) => ctx.require(Permission::CustomersEdit).await?,
        Some(Kind::Staff | Kind::Admin) => ctx.require(Permission::StaffEdit).await?,
        None => return Ok(None),
    };
    Ok(account)
}

async fn set_blocked(
    txn: &Txn<'_>,
    account: account::Model,
    is_blocked: bool,
) -> Result<account::Model, Fault> {
    let now = txn.now();
    let id = account.id;
    let mut row = account.into_active_model();
    row.blocked_at = Set(is_blocked.then_some(now));
    row.updated_at = Set(now);
    let account = row.update(txn).await?;
    let (action, notification) = match is_blocked {
        true => ("accountBlock", Notification::AccountBlocked),
        false => ("accountUnblock", Notification::AccountUnblocked),
    };
    notify(txn, &account.email, notification).await?;
    let entry = AuditEntry::new(action).about("Account", id);
    let entry = entry.change(json!({ "blocked": !is_blocked }), json!({ "blocked": is_blocked }));
    txn.audit(entry).await?;
    Ok(account)
}
