//! Setting a second factor up: first its secret, which counts for nothing yet, then a code that shows that the app has it.

use std::time::Duration;

use entity::{AccountId, second_factor};
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    prelude::DateTimeUtc,
    sea_query::{Expr, ExprTrait, OnConflict},
};
use secrecy::{ExposeSecret, SecretString};

use super::{exposed, key, replace_codes, seal, unseal};
use crate::domain::{
    Fault, Op, SignedIn,
    account::{
        LoggedIn, LoginError, Notice, RecoveryCode, TotpSecret, login::show_password, next_epoch,
        notify_in_txn, qr_code, session,
    },
    audit::{self, Entry},
    database::AsFault,
    guard::{Attempt, Refused},
    quota::whole_seconds,
};

/// What the app is to take in, told once.
#[derive(Debug)]
pub struct Enrolment {
    /// The secret for typing, in base32.
    pub secret: SecretString,
    /// The secret with the names of shop and account, as a URI.
    pub uri: SecretString,
    /// The URI as a picture: an SVG element.
    pub qr_code: SecretString,
}

/// A second factor that counts from now on.
#[derive(Debug)]
pub struct Confirmed {
    /// What helps when the app is lost, told once.
    pub recovery_codes: Vec<SecretString>,
    /// The session that takes the place of the present one.
    pub login: LoggedIn,
}

/// Why no second factor was set up.
#[derive(Debug, thiserror::Error)]
pub enum EnrolSecondFactorError {
    /// The account's password is another.
    #[error("The password is wrong.")]
    WrongPassword,
    /// The account has a second factor that counts; it is to be disabled first.
    #[error("The account has a second factor already. Disable it first.")]
    AlreadyEnrolled,
    /// Too many passwords were wrong.
    #[error("Too many wrong passwords. Try again in {} seconds.", whole_seconds(.retry_after))]
    RateLimited {
        /// When the next try is allowed.
        retry_after: Duration,
    },
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Why a second factor does not count yet.
#[derive(Debug, thiserror::Error)]
pub enum ConfirmSecondFactorError {
    /// The code is not the app's.
    #[error("The code is wrong. Check that the clock of the device is right.")]
    InvalidCode,
    /// Nothing was set up, or it was set up anew meanwhile.
    #[error("No second factor waits to be confirmed. Set one up first.")]
    NotEnrolled,
    /// It counts already.
    #[error("The account has a second factor already.")]
    AlreadyEnrolled,
    /// Too many codes were wrong.
    #[error("Too many wrong codes. Try again in {} seconds.", whole_seconds(.retry_after))]
    RateLimited {
        /// When the next try is allowed.
        retry_after: Duration,
    },
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<LoginError> for EnrolSecondFactorError {
    fn from(error: LoginError) -> Self {
        match error {
            LoginError::InvalidCredentials => Self::WrongPassword,
            LoginError::RateLimited { retry_after } => Self::RateLimited { retry_after },
            LoginError::Fault(fault) => Self::Fault(fault),
        }
    }
}

impl From<Refused> for ConfirmSecondFactorError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::TooSoon { retry_after } => Self::RateLimited { retry_after },
            Refused::Fault(fault) => Self::Fault(fault),
        }
    }
}

impl AsFault for EnrolSecondFactorError {
    fn as_fault(&self) -> Option<&Fault> {
        match self {
            Self::Fault(fault) => Some(fault),
            Self::WrongPassword | Self::AlreadyEnrolled | Self::RateLimited { .. } => None,
        }
    }
}

impl AsFault for ConfirmSecondFactorError {
    fn as_fault(&self) -> Option<&Fault> {
        match self {
            Self::Fault(fault) => Some(fault),
            Self::InvalidCode | Self::NotEnrolled | Self::AlreadyEnrolled | Self::RateLimited { .. } => None,
        }
    }
}

/// Makes a secret for the viewer's authenticator app. It takes the place of one that was not confirmed, and counts for
/// nothing before [`confirm`].
#[tracing::instrument(name = "second_factor::enrol", level = "debug", skip_all, err(level = "debug"))]
pub async fn enrol(op: &Op, password: SecretString) -> Result<Enrolment, EnrolSecondFactorError> {
    let account = op.signed_in().await?.account.clone();
    key(op)?;
    let entry = Entry::new("secondFactorEnrol").about("Account", account.id);
    let shown = show_password(op, &account, password).await;
    if let Err(LoginError::InvalidCredentials) = shown {
        audit::record(op, op.db.connection(), entry.clone().refused()).await?;
    }
    shown?;
    let secret = TotpSecret::new(op.random.secret());
    let sealed = seal(op, account.id, &secret)?;
    let write = async |transaction: &DatabaseTransaction| {
        keep_secret(op, transaction, account.id, &sealed).await?;
        Ok::<_, EnrolSecondFactorError>(audit::record(op, transaction, entry.clone()).await?)
    };
    op.db.write(|transaction| write(transaction).scope_boxed()).await?;
    let uri = secret.uri(&op.mail.shop_name, &account.email)?;
    let qr_code = qr_code(&uri)?;
    Ok(Enrolment { secret: secret.base32(), uri, qr_code })
}

async fn keep_secret(
    op: &Op,
    transaction: &DatabaseTransaction,
    account: AccountId,
    sealed: &[u8],
) -> Result<(), EnrolSecondFactorError> {
    use second_factor::Column;
    let row = second_factor::ActiveModel {
        account_id: Set(account),
        sealed_secret: Set(sealed.to_vec()),
        last_step: Set(0),
        created_at: Set(op.clock.now()),
        confirmed_at: Set(None),
    };
    let unconfirmed = OnConflict::column(Column::AccountId)
        .update_columns([Column::SealedSecret, Column::LastStep, Column::CreatedAt])
        .action_and_where(Expr::col((second_factor::Entity, Column::ConfirmedAt)).is_null())
        .to_owned();
    let insert = second_factor::Entity::insert(row).on_conflict(unconfirmed);
    let kept = insert.exec_without_returning(transaction).await.map_err(Fault::from)?;
    if kept == 0 { Err(EnrolSecondFactorError::AlreadyEnrolled) } else { Ok(()) }
}

/// Has the viewer's second factor count from now on, by a code of the app. The present session ends, and one that is
/// known to have shown the second factor takes its place.
#[tracing::instrument(name = "second_factor::confirm", level = "debug", skip_all, err(level = "debug"))]
pub async fn confirm(op: &Op, code: SecretString) -> Result<Confirmed, ConfirmSecondFactorError> {
    let viewer = op.signed_in().await?;
    let account = viewer.account.id;
    let found = second_factor::Entity::find_by_id(account).one(op.db.connection()).await;
    let factor = match found.map_err(Fault::from)? {
        None => return Err(ConfirmSecondFactorError::NotEnrolled),
        Some(factor) if factor.confirmed_at.is_some() => {
            return Err(ConfirmSecondFactorError::AlreadyEnrolled);
        }
        Some(factor) => factor,
    };
    let secret = unseal(op, &factor)?;
    let attempt = Attempt::begin(op, op.accounts.guarding.second_factor_keys(account)).await?;
    let now = op.clock.now();
    let Some(step) = secret.verify(code.expose_secret(), now, None) else {
        let entry = Entry::new("secondFactorConfirm").refused().about("Account", account);
        audit::record(op, op.db.connection(), entry).await?;
        return Err(ConfirmSecondFactorError::InvalidCode);
    };
    let codes = RecoveryCode::batch(&*op.random);
    op.db
        .write(|transaction| enable(op, transaction, &viewer, &factor, (step, now), &codes).scope_boxed())
        .await?;
    op.outbox.wake();
    attempt.succeeded(op).await?;
    session::end_all(op, account).await;
    let login = session::renew(op, &viewer, true).await?;
    Ok(Confirmed { recovery_codes: exposed(&codes), login })
}

async fn enable(
    op: &Op,
    transaction: &DatabaseTransaction,
    viewer: &SignedIn,
    factor: &second_factor::Model,
    (step, now): (i64, DateTimeUtc),
    codes: &[RecoveryCode],
) -> Result<(), ConfirmSecondFactorError> {
    let account = factor.account_id;
    let enabled = second_factor::Entity::update_many()
        .col_expr(second_factor::Column::ConfirmedAt, Expr::value(now))
        .col_expr(second_factor::Column::LastStep, Expr::value(step))
        .filter(second_factor::Column::AccountId.eq(account))
        .filter(second_factor::Column::ConfirmedAt.is_null())
        .filter(second_factor::Column::SealedSecret.eq(factor.sealed_secret.clone()))
        .exec(transaction)
        .await
        .map_err(Fault::from)?;
    if enabled.rows_affected == 0 {
        return Err(ConfirmSecondFactorError::NotEnrolled);
    }
    // Whoever got in by the password alone is out again.
    next_epoch(transaction, account).await?;
    replace_codes(transaction, account, codes).await?;
    notify_in_txn(op, transaction, &viewer.account.email, Notice::SecondFactorEnabled).await?;
    let entry = Entry::new("secondFactorConfirm").about("Account", account);
    Ok(audit::record(op, transaction, entry).await?)
}
