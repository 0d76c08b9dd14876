//! What the owner of a second factor does with it, showing password and factor once more: a stolen session is not enough.

use std::time::Duration;

use entity::{account, second_factor};
use scoped_futures::ScopedFutureExt;
use sea_orm::{DatabaseTransaction, EntityTrait};
use secrecy::SecretString;

use super::{exposed, remove, replace_codes, use_code};
use crate::domain::{
    Fault, Op, SignedIn,
    account::{
        LoggedIn, LoginError, Notice, Opening, RecoveryCode, UNKNOWN, login::show_password, next_epoch,
        notify_in_txn, session,
    },
    audit::{self, Entry},
    database::AsFault,
    guard::{Attempt, Refused},
    quota::whole_seconds,
};

/// What somebody who is logged in shows once more.
#[derive(Debug)]
pub struct ShownAgain {
    /// The account's password.
    pub password: SecretString,
    /// A code of the app, or a recovery code.
    pub code: SecretString,
}

/// Why a second factor was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeSecondFactorError {
    /// The account's password is another.
    #[error("The password is wrong.")]
    WrongPassword,
    /// The code is wrong, too old, or was used before.
    #[error("The code is wrong, or was used before.")]
    InvalidCode,
    /// The account has no second factor that counts.
    #[error("The account has no second factor.")]
    NotEnrolled,
    /// Too many passwords or codes were wrong.
    #[error("Too many wrong passwords or codes. Try again in {} seconds.", whole_seconds(.retry_after))]
    RateLimited {
        /// When the next try is allowed.
        retry_after: Duration,
    },
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<LoginError> for ChangeSecondFactorError {
    fn from(error: LoginError) -> Self {
        match error {
            LoginError::InvalidCredentials => Self::WrongPassword,
            LoginError::RateLimited { retry_after } => Self::RateLimited { retry_after },
            LoginError::Fault(fault) => Self::Fault(fault),
        }
    }
}

impl From<Refused> for ChangeSecondFactorError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::TooSoon { retry_after } => Self::RateLimited { retry_after },
            Refused::Fault(fault) => Self::Fault(fault),
        }
    }
}

impl AsFault for ChangeSecondFactorError {
    fn as_fault(&self) -> Option<&Fault> {
        match self {
            Self::Fault(fault) => Some(fault),
            Self::WrongPassword | Self::InvalidCode | Self::NotEnrolled | Self::RateLimited { .. } => None,
        }
    }
}

/// What is done.
enum Change<'a> {
    /// The second factor is removed.
    Disable,
    /// The recovery codes become these.
    Renew(&'a [RecoveryCode]),
}

/// Does without the viewer's second factor from now on. All sessions end; one that has shown no second factor takes the
/// place of the present one.
#[tracing::instrument(name = "second_factor::disable", level = "debug", skip_all, err(level = "debug"))]
pub async fn disable(op: &Op, shown: ShownAgain) -> Result<LoggedIn, ChangeSecondFactorError> {
    let viewer = op.signed_in().await?;
    let account = change(op, &viewer, &shown, Change::Disable).await?;
    op.outbox.wake();
    session::end_all(op, account.id).await;
    let opening = Opening { is_strong: false, ..Opening::like(&viewer.session, op) };
    Ok(session::open(op, account, opening).await?)
}

/// Gives the viewer new recovery codes in place of those that there were.
#[tracing::instrument(
    name = "second_factor::renew_recovery_codes",
    level = "debug",
    skip_all,
    err(level = "debug")
)]
pub async fn renew_recovery_codes(
    op: &Op,
    shown: ShownAgain,
) -> Result<Vec<SecretString>, ChangeSecondFactorError> {
    let viewer = op.signed_in().await?;
    let codes = RecoveryCode::batch(&*op.random);
    change(op, &viewer, &shown, Change::Renew(&codes)).await?;
    Ok(exposed(&codes))
}

/// Makes the change in the transaction in which the code is used up, if password and code are right. Refusals are written
/// down. Answers with the account as it is afterwards.
async fn change(
    op: &Op,
    viewer: &SignedIn,
    shown: &ShownAgain,
    change: Change<'_>,
) -> Result<account::Model, ChangeSecondFactorError> {
    let entry = Entry::new(match change {
        Change::Disable => "secondFactorDisable",
        Change::Renew(_) => "secondFactorRecoveryCodesRenew",
    });
    let entry = entry.about("Account", viewer.account.id);
    let changed = try_change(op, viewer, shown, &change, &entry).await;
    if let Err(ChangeSecondFactorError::WrongPassword | ChangeSecondFactorError::InvalidCode) = changed {
        audit::record(op, op.db.connection(), entry.refused()).await?;
    }
    changed
}

async fn try_change(
    op: &Op,
    viewer: &SignedIn,
    shown: &ShownAgain,
    change: &Change<'_>,
    entry: &Entry,
) -> Result<account::Model, ChangeSecondFactorError> {
    let account = viewer.account.id;
    show_password(op, &viewer.account, shown.password.clone()).await?;
    let factor = second_factor::Entity::confirmed_of(account).one(op.db.connection()).await;
    factor.map_err(Fault::from)?.ok_or(ChangeSecondFactorError::NotEnrolled)?;
    let attempt = Attempt::begin(op, op.accounts.guarding.second_factor_keys(account)).await?;
    let write = async |transaction: &DatabaseTransaction| {
        let used = use_code(op, transaction, account, &shown.code).await?;
        used.ok_or(ChangeSecondFactorError::InvalidCode)?;
        audit::record(op, transaction, entry.clone()).await?;
        Ok::<_, ChangeSecondFactorError>(apply(op, transaction, &viewer.account, change).await?)
    };
    let changed = op.db.write(|transaction| write(transaction).scope_boxed()).await?;
    attempt.succeeded(op).await?;
    Ok(changed)
}

async fn apply(
    op: &Op,
    transaction: &DatabaseTransaction,
    account: &account::Model,
    change: &Change<'_>,
) -> Result<account::Model, Fault> {
    match change {
        Change::Disable => {
            remove(transaction, account.id).await?;
            next_epoch(transaction, account.id).await?;
            notify_in_txn(op, transaction, &account.email, Notice::SecondFactorDisabled).await?;
        }
        Change::Renew(codes) => replace_codes(transaction, account.id, codes).await?,
    }
    account::Entity::find_by_id(account.id).one(transaction).await?.ok_or(UNKNOWN)
}
