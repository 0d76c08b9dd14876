//! Changing an account's address: whoever is logged in asks for it with the password, whoever reads mail at the new address
//! confirms it, and both addresses are told.

use entity::{account, one_time_token::Purpose};
use scoped_futures::ScopedFutureExt;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, DatabaseTransaction, EntityTrait, IntoActiveModel};
use secrecy::SecretString;
use serde_json::json;

use super::{
    Email, InvalidEmail, Notice, Token, TokenError,
    letter::Post,
    notify_in_txn, operation_error,
    password_change::{drop_tokens, is_password, refused},
    registration::spend,
};
use crate::domain::{
    Fault, Op,
    audit::{self, Entry},
    database,
    guard::{Attempt, digest},
    mail::masked,
    outbox,
};

operation_error! {
    /// Why a change of address does not begin.
    pub enum ChangeEmailError {
        /// The address cannot be one.
        #[error("This is no email address.")]
        InvalidEmail(#[from] InvalidEmail),
        /// It is the account's address already.
        #[error("This is the account's address already.")]
        SameEmail,
        /// The password is another one.
        #[error("The password is another one.")]
        WrongPassword,
    }
}

/// Has a letter sent to the address that the viewer wants, and tells the present one. Nobody learns whether an account has
/// the new address.
#[tracing::instrument(name = "account::ask_for_email", level = "debug", skip_all, err(level = "debug"))]
pub async fn ask_for_email(op: &Op, email: &str, password: SecretString) -> Result<(), ChangeEmailError> {
    let viewer = op.signed_in().await?;
    let account = &viewer.account;
    let email: Email = email.parse()?;
    if email.as_str() == account.email {
        return Err(ChangeEmailError::SameEmail);
    }
    if !is_password::<ChangeEmailError>(op, &viewer, password).await? {
        refused(op, "emailChangeRequest", account.id).await?;
        return Err(ChangeEmailError::WrongPassword);
    }
    let _ =
        Attempt::begin(op, op.accounts.guarding.mail_keys(op, "emailChangeRequest", &digest(email.as_str())))
            .await?;
    let post =
        Post::EmailChange { account: account.id, epoch: account.session_epoch, email: email.to_string() };
    let notice = Notice::EmailChangeRequested { new_email: email.to_string() };
    let entry = Entry::new("emailChangeRequest")
        .about("Account", account.id)
        .change(json!({ "email": masked(&account.email) }), json!({ "email": masked(email.as_str()) }));
    op.db
        .write(|transaction| {
            async {
                outbox::enqueue_in_txn(op, transaction, &post).await?;
                notify_in_txn(op, transaction, &account.email, notice.clone()).await?;
                audit::record(op, transaction, entry.clone()).await
            }
            .scope_boxed()
        })
        .await?;
    op.outbox.wake();
    Ok(())
}

/// Gives an account the address to which a letter with this token went, and tells both addresses. Letters to the old
/// address are no good any more.
#[tracing::instrument(name = "account::change_email", level = "debug", skip_all, err(level = "debug"))]
pub async fn change_email(op: &Op, token: &str) -> Result<account::Model, TokenError> {
    let token: Token = token.parse().map_err(|_| TokenError::InvalidToken)?;
    let account = op.db.write(|transaction| readdress(op, transaction, &token).scope_boxed()).await?;
    op.outbox.wake();
    Ok(account)
}

async fn readdress(
    op: &Op,
    transaction: &DatabaseTransaction,
    token: &Token,
) -> Result<account::Model, TokenError> {
    let found = spend(op, transaction, token, Purpose::ChangeEmail).await?;
    let (Some(id), Some(email)) = (found.account_id, found.email) else {
        return Err(TokenError::InvalidToken);
    };
    let account = account::Entity::find_by_id(id).one(transaction).await.map_err(Fault::from)?;
    let account = account.filter(|account| account.blocked_at.is_none()).ok_or(TokenError::InvalidToken)?;
    let old = account.email.clone();
    let mut account = account.into_active_model();
    account.email = Set(email.clone());
    account.updated_at = Set(op.clock.now());
    let account = account.update(transaction).await.map_err(|error| {
        // Somebody else has got the address meanwhile.
        if database::is_duplicate(&error, "account", "email") {
            TokenError::InvalidToken
        } else {
            Fault::from(error).into()
        }
    })?;
    drop_tokens(transaction, id).await?;
    for to in [&old, &email] {
        let notice = Notice::EmailChanged { new_email: email.clone() };
        notify_in_txn(op, transaction, to, notice).await?;
    }
    let change = (json!({ "email": masked(&old) }), json!({ "email": masked(&email) }));
    let entry = Entry::new("emailChangeConfirm").by(id).about("Account", id).change(change.0, change.1);
    audit::record(op, transaction, entry).await?;
    Ok(account)
}
