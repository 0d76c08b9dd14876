//! Changes of a second factor by its owner, with password and code: a stolen session is not enough.

use entity::{account, second_factor};
use scoped_futures::ScopedFutureExt;
use sea_orm::EntityTrait;
use secrecy::SecretString;

use super::{exposed, recovery_code::RecoveryCode, remove, replace_codes, use_code};
use crate::domain::{
    account::{self as accounts, Notification, confirm_password, notify},
    audit::AuditEntry,
    auth::session::{self, NewSession, SessionOptions},
    context::{OpContext, Txn},
    identity::{AuthenticatedAccount, UNKNOWN_SESSION},
    kernel::{fault::Fault, operation_error::operation_error},
};

/// Password and code for re-authentication.
#[derive(Debug)]
pub struct ShownAgain {
    pub password: SecretString,
    /// A code of the app, or a recovery code.
    pub code: SecretString,
}

impl ShownAgain {
    pub fn new(password: String, code: String) -> Self {
        Self { password: password.into(), code: code.into() }
    }
}

operation_error! {
    throttled
    pub enum SecondFactorChangeError {
        #[error("The current password is wrong.")]
        WrongPassword,
        #[error("The code is wrong, or was used before.")]
        InvalidCode,
        #[error("The account has no second factor.")]
        NotEnrolled,
    }
}

/// Kind of change.
enum Change<'a> {
    Disable,
    Renew(&'a [RecoveryCode]),
}

/// Removes the viewer's second factor. All sessions end, and a new one without second factor replaces that of the
/// request.
#[tracing::instrument(name = "auth::second_factor_disable", level = "debug", skip_all, err(level = "debug"))]
pub async fn second_factor_disable(
    ctx: &OpContext,
    shown: ShownAgain,
) -> Result<NewSession, SecondFactorChangeError> {
    let viewer = ctx.authenticated_account().await?;
    let account = change(ctx, &viewer, &shown, Change::Disable).await?;
    let options = SessionOptions { is_strong: false, ..SessionOptions::from_session(&viewer.session, ctx) };
    Ok(session::open(ctx, account, options).await?)
}

/// Replaces the viewer's recovery codes.
#[tracing::instrument(
    name = "auth::second_factor_recovery_codes_renew",
    level = "debug",
    skip_all,
    err(level = "debug")
)]
pub async fn second_factor_recovery_codes_renew(
    ctx: &OpContext,
    shown: ShownAgain,
) -> Result<Vec<SecretString>, SecondFactorChangeError> {
    let viewer = ctx.authenticated_account().await?;
    let codes = RecoveryCode::batch(ctx.random());
    change(ctx, &viewer, &shown, Change::Renew(&codes)).await?;
    Ok(exposed(&codes))
}

/// Applies the change in the transaction in which the code is used, if password and code are correct. Failures are
/// recorded in the audit log. Returns the account after the change.
async fn change(
    ctx: &OpContext,
    viewer: &AuthenticatedAccount,
    shown: &ShownAgain,
    change: Change<'_>,
) -> Result<account::Model, SecondFactorChangeError> {
    let account = &viewer.account;
    let action = match change {
        Change::Disable => "secondFactorDisable",
        Change::Renew(_) => "secondFactorRecoveryCodesRenew",
    };
    if !confirm_password(ctx, account, shown.password.clone(), action).await? {
        return Err(SecondFactorChangeError::WrongPassword);
    }
    let factor = second_factor::Entity::confirmed_of(account.id).one(ctx.db()).await?;
    factor.ok_or(SecondFactorChangeError::NotEnrolled)?;
    let attempt = ctx.throttle(ctx.services().throttle.second_factor_keys(account.id)).await?;
    let entry = AuditEntry::new(action).about("Account", account.id);
    let write = async |txn: &Txn<'_>| {
        accounts::lock(txn, account.id).await?.ok_or(UNKNOWN_SESSION)?;
        let used = use_code(txn, account.id, &shown.code).await?;
        used.ok_or(SecondFactorChangeError::InvalidCode)?;
        txn.audit(entry.clone()).await?;
        Ok::<_, SecondFactorChangeError>(apply(txn, account, &change).await?)
    };
    let changed = ctx.write(|txn| write(txn).scope_boxed()).await;
    if let Err(SecondFactorChangeError::InvalidCode) = changed {
        ctx.audit(entry.rejected()).await?;
    }
    let changed = changed?;
    attempt.succeeded().await;
    Ok(changed)
}

async fn apply(
    txn: &Txn<'_>,
    account: &account::Model,
    change: &Change<'_>,
) -> Result<account::Model, Fault> {
    match change {
        Change::Disable => {
            remove(txn, account.id).await?;
            txn.end_sessions(account.id).await?;
            notify(txn, &account.email, Notification::SecondFactorDisabled).await?;
        }
        Change::Renew(codes) => replace_codes(txn, account.id, codes).await?,
    }
    account::Entity::find_by_id(account.id).one(txn).await?.ok_or(UNKNOWN_SESSION)
}
