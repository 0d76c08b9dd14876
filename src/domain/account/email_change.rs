//! Change of an account's email address: requested with the password, and confirmed with a token that is sent to the
//! new address. Both addresses are notified.

use entity::{account, one_time_token::Purpose};
use scoped_futures::ScopedFutureExt;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use secrecy::SecretString;
use serde_json::json;

use super::{
    email_job::{EmailJob, Notification, notify},
    password::confirm_password,
};
use crate::domain::{
    audit::AuditEntry,
    context::{OpContext, Txn},
    credential::{consume_token, drop_tokens},
    database,
    identity::{Email, Token},
    kernel::{
        operation_error::operation_error,
        text::{FieldProblem, InvalidField},
    },
    mail::masked,
    throttle::digest,
};

operation_error! {
    throttled
    pub enum EmailChangeRequestError {
        #[error("{0}")]
        Invalid(#[from] InvalidField),
        #[error("The current password is wrong.")]
        WrongPassword,
    }
}

/// Sends a token to the new address, and a notification to the current one. The result does not reveal whether another
/// account has the new address.
#[tracing::instrument(
    name = "account::email_change_request",
    level = "debug",
    skip_all,
    err(level = "debug")
)]
pub async fn email_change_request(
    ctx: &OpContext,
    email: &str,
    password: SecretString,
) -> Result<(), EmailChangeRequestError> {
    let viewer = ctx.authenticated_account().await?;
    let account = &viewer.account;
    let email = Email::of_field("email", email)?;
    if email.as_str() == account.email {
        let message = "This is already the email address of the account.";
        return Err(InvalidField::new("email", FieldProblem::Unchanged, message).into());
    }
    if !confirm_password(ctx, account, password, "emailChangeRequest").await? {
        return Err(EmailChangeRequestError::WrongPassword);
    }
    let recipient = digest(email.as_str());
    let keys = ctx.services().throttle.mail_keys(ctx.counted_caller(), "emailChangeRequest", &recipient);
    ctx.throttle_always(keys).await?;
    let job =
        EmailJob::EmailChange { account: account.id, epoch: account.session_epoch, email: email.to_string() };
    let notification = Notification::EmailChangeRequested { new_email: email.to_string() };
    let entry = AuditEntry::new("emailChangeRequest")
        .about("Account", account.id)
        .change(json!({ "email": masked(&account.email) }), json!({ "email": masked(email.as_str()) }));
    ctx.write(|txn| {
        async {
            txn.enqueue(&job).await?;
            notify(txn, &account.email, notification.clone()).await?;
            txn.audit(entry.clone()).await
        }
        .scope_boxed()
    })
    .await?;
    Ok(())
}

operation_error! {
    pub enum EmailChangeConfirmError {
        #[error("This link has expired or was used already. Ask for a new one.")]
        InvalidToken,
    }
}

/// Changes the email address with the token, and notifies both addresses. Tokens that were sent to the old address
/// become invalid.
#[tracing::instrument(
    name = "account::email_change_confirm",
    level = "debug",
    skip_all,
    err(level = "debug")
)]
pub async fn email_change_confirm(
    ctx: &OpContext,
    token: &str,
) -> Result<account::Model, EmailChangeConfirmError> {
    let token: Token = token.parse().map_err(|_| EmailChangeConfirmError::InvalidToken)?;
    ctx.write(|txn| apply_email_change(txn, &token).scope_boxed()).await
}

async fn apply_email_change(txn: &Txn<'_>, token: &Token) -> Result<account::Model, EmailChangeConfirmError> {
    let found = consume_token(txn, txn.now(), token, Purpose::ChangeEmail).await?;
    let found = found.and_then(|found| Some((found.account_id?, found.email?)));
    let (id, email) = found.ok_or(EmailChangeConfirmError::InvalidToken)?;
    let account = account::Entity::find_by_id(id).one(txn).await?;
    let account = account
        .filter(|account| account.blocked_at.is_none())
        .ok_or(EmailChangeConfirmError::InvalidToken)?;
    let old = account.email.clone();
    let mut account = account.into_active_model();
    account.email = Set(email.clone());
    account.updated_at = Set(txn.now());
    let account = account.update(txn).await.map_err(|error| {
        // Another account has taken the address in the meantime.
        match database::is_duplicate(&error, "account", "email") {
            true => EmailChangeConfirmError::InvalidToken,
            false => error.into(),
        }
    })?;
    drop_tokens(txn, id).await?;
    for to in [&old, &email] {
        let notification = Notification::EmailChanged { new_email: email.clone() };
        notify(txn, to, notification).await?;
    }
    let change = (json!({ "email": masked(&old) }), json!({ "email": masked(&email) }));
    let entry = AuditEntry::new("emailChangeConfirm").by(id).about("Account", id).change(change.0, change.1);
    txn.audit(entry).await?;
    Ok(account)
}
