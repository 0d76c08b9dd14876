//! Setting a second factor up: first its secret, which counts for nothing yet, then a code that shows that the app has it.

use entity::{AccountId, second_factor};
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, QueryFilter,
    prelude::DateTimeUtc,
    sea_query::{Expr, ExprTrait, OnConflict},
};
use secrecy::{ExposeSecret, SecretString};

use super::{
    exposed, key,
    recovery_code::RecoveryCode,
    replace_codes, seal,
    totp::{TotpSecret, qr_code},
    unseal,
};
use crate::domain::{
    account::{self as accounts, Notification, confirm_password, notify},
    audit::AuditEntry,
    auth::session::{self, NewSession},
    context::{OpContext, Txn},
    identity::{AuthenticatedAccount, UNKNOWN_SESSION},
    kernel::operation_error::operation_error,
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
    pub login: NewSession,
}

operation_error! {
    throttled
    pub enum SecondFactorEnrolError {
        #[error("The current password is wrong.")]
        WrongPassword,
        #[error("The account has a second factor already. Disable it first.")]
        AlreadyEnrolled,
    }
}

operation_error! {
    throttled
    pub enum SecondFactorConfirmError {
        #[error("The code is wrong. Check that the clock of the device is right.")]
        InvalidCode,
        /// Nothing was set up, or it was set up anew meanwhile.
        #[error("No second factor waits to be confirmed. Set one up first.")]
        NotEnrolled,
        #[error("The account has a second factor already.")]
        AlreadyEnrolled,
    }
}

/// Makes a secret for the viewer's authenticator app. It takes the place of one that was not confirmed, and counts for
/// nothing before [`second_factor_confirm`](super::second_factor_confirm).
#[tracing::instrument(name = "auth::second_factor_enrol", level = "debug", skip_all, err(level = "debug"))]
pub async fn second_factor_enrol(
    ctx: &OpContext,
    password: SecretString,
) -> Result<Enrolment, SecondFactorEnrolError> {
    let account = ctx.authenticated_account().await?.account.clone();
    key(ctx.services())?;
    if !confirm_password(ctx, &account, password, "secondFactorEnrol").await? {
        return Err(SecondFactorEnrolError::WrongPassword);
    }
    let entry = AuditEntry::new("secondFactorEnrol").about("Account", account.id);
    let secret = TotpSecret::new(ctx.random().secret());
    let sealed = seal(ctx.services(), account.id, &secret)?;
    let write = async |txn: &Txn<'_>| {
        accounts::lock(txn, account.id).await?.ok_or(UNKNOWN_SESSION)?;
        store_secret(txn, account.id, &sealed).await?;
        Ok::<_, SecondFactorEnrolError>(txn.audit(entry.clone()).await?)
    };
    ctx.write(|txn| write(txn).scope_boxed()).await?;
    let uri = secret.uri(&ctx.services().mail.shop_name, &account.email)?;
    let qr_code = qr_code(&uri)?;
    Ok(Enrolment { secret: secret.base32(), uri, qr_code })
}

async fn store_secret(
    txn: &Txn<'_>,
    account: AccountId,
    sealed: &[u8],
) -> Result<(), SecondFactorEnrolError> {
    use second_factor::Column;
    let row = second_factor::ActiveModel {
        account_id: Set(account),
        sealed_secret: Set(sealed.to_vec()),
        last_step: Set(0),
        created_at: Set(txn.now()),
        confirmed_at: Set(None),
    };
    let unconfirmed = OnConflict::column(Column::AccountId)
        .update_columns([Column::SealedSecret, Column::LastStep, Column::CreatedAt])
        .action_and_where(Expr::col((second_factor::Entity, Column::ConfirmedAt)).is_null())
        .to_owned();
    let insert = second_factor::Entity::insert(row).on_conflict(unconfirmed);
    let kept = insert.exec_without_returning(txn).await?;
    if kept == 0 { Err(SecondFactorEnrolError::AlreadyEnrolled) } else { Ok(()) }
}

/// Has the viewer's second factor count from now on, by a code of the app. The present session ends, and one that is
/// known to have shown the second factor takes its place.
#[tracing::instrument(name = "auth::second_factor_confirm", level = "debug", skip_all, err(level = "debug"))]
pub async fn second_factor_confirm(
    ctx: &OpContext,
    code: SecretString,
) -> Result<Confirmed, SecondFactorConfirmError> {
    let viewer = ctx.authenticated_account().await?;
    let account = viewer.account.id;
    let found = second_factor::Entity::find_by_id(account).one(ctx.db()).await;
    let factor = match found? {
        None => return Err(SecondFactorConfirmError::NotEnrolled),
        Some(factor) if factor.confirmed_at.is_some() => {
            return Err(SecondFactorConfirmError::AlreadyEnrolled);
        }
        Some(factor) => factor,
    };
    let secret = unseal(ctx.services(), &factor)?;
    let attempt = ctx.throttle(ctx.services().throttle.second_factor_keys(account)).await?;
    let now = ctx.now();
    let Some(step) = secret.verify(code.expose_secret(), now, None) else {
        let entry = AuditEntry::new("secondFactorConfirm").rejected().about("Account", account);
        ctx.audit(entry).await?;
        return Err(SecondFactorConfirmError::InvalidCode);
    };
    let codes = RecoveryCode::batch(ctx.random());
    ctx.write(|txn| enable(txn, &viewer, &factor, (step, now), &codes).scope_boxed()).await?;
    attempt.succeeded().await;
    let login = session::renew(ctx, &viewer, true).await?;
    Ok(Confirmed { recovery_codes: exposed(&codes), login })
}

async fn enable(
    txn: &Txn<'_>,
    viewer: &AuthenticatedAccount,
    factor: &second_factor::Model,
    (step, now): (i64, DateTimeUtc),
    codes: &[RecoveryCode],
) -> Result<(), SecondFactorConfirmError> {
    let account = factor.account_id;
    accounts::lock(txn, account).await?.ok_or(UNKNOWN_SESSION)?;
    let enabled = second_factor::Entity::update_many()
        .col_expr(second_factor::Column::ConfirmedAt, Expr::value(now))
        .col_expr(second_factor::Column::LastStep, Expr::value(step))
        .filter(second_factor::Column::AccountId.eq(account))
        .filter(second_factor::Column::ConfirmedAt.is_null())
        .filter(second_factor::Column::SealedSecret.eq(factor.sealed_secret.clone()))
        .exec(txn)
        .await?;
    if enabled.rows_affected == 0 {
        return Err(SecondFactorConfirmError::NotEnrolled);
    }
    // Whoever got in by the password alone is out again.
    txn.end_sessions(account).await?;
    replace_codes(txn, account, codes).await?;
    notify(txn, &viewer.account.email, Notification::SecondFactorEnabled).await?;
    let entry = AuditEntry::new("secondFactorConfirm").about("Account", account);
    Ok(txn.audit(entry).await?)
}
