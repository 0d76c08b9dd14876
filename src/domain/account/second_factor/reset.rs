//! Help for people who have lost their app and their recovery codes.

use std::borrow::Cow;

use entity::{
    AccountId, Permission,
    account::{self, Kind},
};
use scoped_futures::ScopedFutureExt;
use sea_orm::{DatabaseTransaction, EntityTrait};

use super::{is_own, remove};
use crate::domain::{
    Fault, Op,
    account::{Notice, end_all, exceeds, next_epoch, notify_in_txn, permissions_of},
    audit::{self, Entry},
    database::AsFault,
};

/// Why a second factor was not removed.
#[derive(Debug, thiserror::Error)]
pub enum ResetSecondFactorError {
    /// There is no such account, or the viewer may not change it.
    #[error("There is no account with this id.")]
    NotFound,
    /// The account has no second factor that counts.
    #[error("The account has no second factor.")]
    NotEnrolled,
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl AsFault for ResetSecondFactorError {
    fn as_fault(&self) -> Option<&Fault> {
        match self {
            Self::Fault(fault) => Some(fault),
            Self::NotFound | Self::NotEnrolled => None,
        }
    }
}

/// Removes somebody's second factor and ends their sessions, so that the password is enough until they set up another.
/// It takes [`Permission::CustomersEdit`] for customers and [`Permission::StaffEdit`] for those who work in the shop, and
/// whatever the account itself may do. Nobody does it for themselves: that takes the factor ([`super::disable`]).
#[tracing::instrument(name = "second_factor::reset", level = "debug", skip_all, err(level = "debug"))]
pub async fn reset(op: &Op, id: AccountId) -> Result<(), ResetSecondFactorError> {
    let viewer = op.viewer().await?;
    let may = viewer.permissions();
    if !may.has(Permission::StaffEdit) {
        op.require(Permission::CustomersEdit).await?;
    }
    let entry = Entry::new("secondFactorReset").about("Account", id);
    if is_own(op, id) {
        let message = "Nobody resets their own second factor. Disable it, or ask somebody else who may.";
        return Err(forbidden(op, entry, message).await?.into());
    }
    let found = account::Entity::find_by_id(id).one(op.db.connection()).await.map_err(Fault::from)?;
    let needed = |account: &account::Model| match account.kind {
        Kind::Customer => Permission::CustomersEdit,
        Kind::Staff | Kind::Admin => Permission::StaffEdit,
    };
    let found = found.filter(|account| may.has(needed(account)));
    let account = found.ok_or(ResetSecondFactorError::NotFound)?;
    if exceeds(account.kind, permissions_of(op, &account).await?, &viewer) {
        let message = "This account may do more than you. Somebody who may do as much has to help.";
        return Err(forbidden(op, entry, message).await?.into());
    }
    let write = async |transaction: &DatabaseTransaction| {
        if !remove(transaction, id).await? {
            return Err(ResetSecondFactorError::NotEnrolled);
        }
        next_epoch(transaction, id).await?;
        notify_in_txn(op, transaction, &account.email, Notice::SecondFactorDisabled).await?;
        Ok(audit::record(op, transaction, entry.clone()).await?)
    };
    op.db.write(|transaction| write(transaction).scope_boxed()).await?;
    op.outbox.wake();
    end_all(op, id).await;
    Ok(())
}

/// Writes a refusal down.
async fn forbidden(op: &Op, entry: Entry, message: &'static str) -> Result<Fault, Fault> {
    audit::record(op, op.db.connection(), entry.refused()).await?;
    Ok(Fault::Forbidden(Cow::Borrowed(message)))
}
