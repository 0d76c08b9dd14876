//! Change of a password with the current one, and reset with a token by mail.

use entity::{
    account,
    one_time_token::{self, Purpose},
};
use scoped_futures::ScopedFutureExt;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use secrecy::SecretString;

use super::session::{self, NewSession};
use crate::domain::{
    account::{
        self as accounts, EmailJob, Notification, RequestMailError, confirm_password, hash_of_choice, notify,
        request_mail,
    },
    audit::AuditEntry,
    context::{OpContext, Txn},
    credential::{consume_token, drop_tokens},
    identity::{Token, UNKNOWN_SESSION},
    kernel::{fault::Fault, operation_error::operation_error, text::InvalidField},
};

operation_error! {
    throttled
    pub enum PasswordChangeError {
        #[error("The current password is wrong.")]
        WrongPassword,
        #[error("{0}")]
        Invalid(#[from] InvalidField),
    }
}

operation_error! {
    pub enum PasswordResetError {
        #[error("This link has expired or was used already. Ask for a new one.")]
        InvalidToken,
        #[error("{0}")]
        Invalid(#[from] InvalidField),
    }
}

/// Sends a token for a new password, if an account has the address. Requires no session, and does not reveal whether
/// there is an account.
#[tracing::instrument(name = "auth::password_reset_request", level = "debug", skip_all, err(level = "debug"))]
pub async fn password_reset_request(ctx: &OpContext, email: &str) -> Result<(), RequestMailError> {
    request_mail(ctx, email, "passwordResetRequest", |email| EmailJob::PasswordReset { email }).await
}

/// Sets a new password with a token. All sessions and tokens of the account end. The second factor stays: the next
/// login requires it.
#[tracing::instrument(name = "auth::password_reset", level = "debug", skip_all, err(level = "debug"))]
pub async fn password_reset(
    ctx: &OpContext,
    token: &str,
    password: SecretString,
) -> Result<(), PasswordResetError> {
    let token: Token = token.parse().map_err(|_| PasswordResetError::InvalidToken)?;
    // Checked first, so that requests without a valid token cause no hashing.
    let hash = token.hash();
    let found = one_time_token::Entity::live(hash.as_bytes(), Purpose::ResetPassword, ctx.now());
    let found = found.one(ctx.db()).await?;
    let id = found.and_then(|found| found.account_id).ok_or(PasswordResetError::InvalidToken)?;
    let account = account::Entity::find_by_id(id).one(ctx.db()).await?;
    let account = account.ok_or(PasswordResetError::InvalidToken)?;
    let hash = hash_of_choice::<PasswordResetError>(ctx, &account, "new_password", password).await?;
    ctx.write(|txn| {
        async {
            let consumed = consume_token(txn, txn.now(), &token, Purpose::ResetPassword).await?;
            consumed.ok_or(PasswordResetError::InvalidToken)?;
            // The token proves access to the account's mail, so failed logins from elsewhere must not delay its owner
            // here.
            accounts::remember_in_txn(ctx, txn, account.id).await?;
            let entry = AuditEntry::new("passwordReset").by(account.id);
            Ok::<_, PasswordResetError>(replace_in_txn(txn, &account, &hash, entry).await?)
        }
        .scope_boxed()
    })
    .await?;
    Ok(())
}

/// Changes the viewer's password. All sessions and tokens of the account end, and a new session replaces that of the
/// request.
#[tracing::instrument(name = "auth::password_change", level = "debug", skip_all, err(level = "debug"))]
pub async fn password_change(
    ctx: &OpContext,
    present: SecretString,
    password: SecretString,
) -> Result<NewSession, PasswordChangeError> {
    let viewer = ctx.authenticated_account().await?;
    let account = &viewer.account;
    if !confirm_password(ctx, account, present, "passwordChange").await? {
        return Err(PasswordChangeError::WrongPassword);
    }
    let hash = hash_of_choice::<PasswordChangeError>(ctx, account, "new_password", password).await?;
    ctx.write(|txn| replace_in_txn(txn, account, &hash, AuditEntry::new("passwordChange")).scope_boxed())
        .await?;
    Ok(session::renew(ctx, &viewer, viewer.session.is_strong).await?)
}

async fn replace_in_txn(
    txn: &Txn<'_>,
    account: &account::Model,
    hash: &str,
    entry: AuditEntry,
) -> Result<(), Fault> {
    let changed = account::Entity::update_many()
        .col_expr(account::Column::PasswordHash, hash.into())
        .col_expr(account::Column::UpdatedAt, txn.now().into())
        .filter(account::Column::Id.eq(account.id))
        // The account was reset or blocked, or its sessions ended, since the request began.
        .filter(account::Column::SessionEpoch.eq(account.session_epoch))
        .filter(account::Column::BlockedAt.is_null())
        .exec(txn)
        .await?;
    if changed.rows_affected == 0 {
        return Err(UNKNOWN_SESSION);
    }
    txn.end_sessions(account.id).await?;
    drop_tokens(txn, account.id).await?;
    notify(txn, &account.email, Notification::PasswordChanged).await?;
    txn.audit(entry.about("Account", account.id)).await
}
