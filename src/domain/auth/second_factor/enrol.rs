//! Enrolment of a second factor: a new secret, and its confirmation with a code of the app.

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
    shop,
};

/// Data for the authenticator app, returned once.
#[derive(Debug)]
pub struct Enrolment {
    /// Secret to type, in base32.
    pub secret: SecretString,
    /// Secret with the names of shop and account, as a URI.
    pub uri: SecretString,
    /// The URI as a QR code: an SVG element.
    pub qr_code: SecretString,
}

/// A confirmed second factor.
#[derive(Debug)]
pub struct Confirmed {
    /// Recovery codes, returned once.
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
        /// There is no secret to confirm, or it was replaced in the meantime.
        #[error("There is no second factor to confirm. Set one up first.")]
        NotEnrolled,
        #[error("The account has a second factor already.")]
        AlreadyEnrolled,
    }
}

/// Creates a secret for the viewer's authenticator app. Replaces an unconfirmed one, and has no effect before
/// [`second_factor_confirm`](super::second_factor_confirm).
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
    let shop_name = shop::name(ctx.db()).await?;
    let entry = AuditEntry::new("secondFactorEnrol").about("Account", account.id);
    let secret = TotpSecret::new(ctx.random().secret());
    let sealed = seal(ctx.services(), account.id, &secret)?;
    let write = async |txn: &Txn<'_>| {
        accounts::lock(txn, account.id).await?.ok_or(UNKNOWN_SESSION)?;
        store_secret(txn, account.id, &sealed).await?;
        Ok::<_, SecondFactorEnrolError>(txn.audit(entry.clone()).await?)
    };
    ctx.write(|txn| write(txn).scope_boxed()).await?;
    let uri = secret.uri(&shop_name, &account.email)?;
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

/// Enables the viewer's second factor with a code of the app. All sessions end, and a new one with second factor
/// replaces that of the request.
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
    // Ends sessions that were opened with the password alone.
    txn.end_sessions(account).await?;
    replace_codes(txn, account, codes).await?;
    notify(txn, &viewer.account.email, Notification::SecondFactorEnabled).await?;
    let entry = AuditEntry::new("secondFactorConfirm").about("Account", account);
    Ok(txn.audit(entry).await?)
}
