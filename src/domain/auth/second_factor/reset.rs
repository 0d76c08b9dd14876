//! Reset of a second factor by staff, for owners who have lost their app and their recovery codes.

use std::borrow::Cow;

use entity::{
    AccountId, Permission,
    account::{self, Kind},
};
use scoped_futures::ScopedFutureExt;
use sea_orm::EntityTrait;

use super::remove;
use crate::domain::{
    account::{self as accounts, Notification, is_visible, notify, outranks, permissions_of},
    audit::AuditEntry,
    context::{OpContext, Txn},
    kernel::{fault::Fault, operation_error::operation_error},
};

operation_error! {
    pub enum SecondFactorResetError {
        /// The account does not exist, or the viewer may not change it.
        #[error("There is no account with this id.")]
        NotFound(AccountId),
        #[error("The account has no second factor.")]
        NotEnrolled,
    }
}

/// Removes the second factor of another account and ends its sessions. Requires [`Permission::CustomersEdit`] for
/// customers, [`Permission::StaffEdit`] for staff, and all permissions of the account. Not for the viewer's own
/// account, which needs [`super::second_factor_disable`]. Returns the account, if the viewer may see it.
#[tracing::instrument(name = "auth::second_factor_reset", level = "debug", skip_all, err(level = "debug"))]
pub async fn second_factor_reset(
    ctx: &OpContext,
    id: AccountId,
) -> Result<Option<account::Model>, SecondFactorResetError> {
    let viewer = ctx.viewer().await?;
    let may = viewer.permissions();
    if !may.has(Permission::StaffEdit) {
        ctx.require(Permission::CustomersEdit).await?;
    }
    let entry = AuditEntry::new("secondFactorReset").about("Account", id);
    if ctx.is_own(id) {
        let message = "You cannot reset your own second factor. Disable it, or ask a colleague to reset it.";
        return Err(forbidden(ctx, entry, message).await?.into());
    }
    let found = account::Entity::find_by_id(id).one(ctx.db()).await?;
    let needed = |account: &account::Model| match account.kind {
        Kind::Customer => Permission::CustomersEdit,
        Kind::Staff | Kind::Admin => Permission::StaffEdit,
    };
    let found = found.filter(|account| may.has(needed(account)));
    let account = found.ok_or(SecondFactorResetError::NotFound(id))?;
    if outranks(account.kind, permissions_of(ctx.db(), &account).await?, &viewer) {
        let message = "This account has permissions that you do not have. Ask a colleague who has them.";
        return Err(forbidden(ctx, entry, message).await?.into());
    }
    let write = async |txn: &Txn<'_>| {
        accounts::lock(txn, id).await?.ok_or(SecondFactorResetError::NotFound(id))?;
        if !remove(txn, id).await? {
            return Err(SecondFactorResetError::NotEnrolled);
        }
        txn.end_sessions(id).await?;
        notify(txn, &account.email, Notification::SecondFactorDisabled).await?;
        Ok(txn.audit(entry.clone()).await?)
    };
    ctx.write(|txn| write(txn).scope_boxed()).await?;
    Ok(Some(account).filter(|account| is_visible(&viewer, account)))
}

/// Records a rejection in the audit log.
async fn forbidden(ctx: &OpContext, entry: AuditEntry, message: &'static str) -> Result<Fault, Fault> {
    ctx.audit(entry.rejected()).await?;
    Ok(Fault::Forbidden(Cow::Borrowed(message)))
}
