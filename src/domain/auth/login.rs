//! Login with email address and password. Unknown addresses, wrong passwords and blocked accounts get the same answer
//! after the same work and the same SQL statements.

use chrono::{DateTime, Utc};
use entity::{AccountId, account, second_factor};
use scoped_futures::ScopedFutureExt;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use secrecy::SecretString;
use uuid::Uuid;

use super::{
    second_factor::challenge,
    session::{self, NewSession, SessionOptions},
};
use crate::domain::{
    account as accounts,
    audit::AuditEntry,
    context::{OpContext, Txn},
    credential::Check,
    identity::{Email, Token, TokenHash, UNKNOWN_SESSION},
    kernel::{fault::Fault, operation_error::operation_error},
    throttle::digest,
};

/// Input of `login`.
#[derive(Debug)]
pub struct Login {
    /// Email address, as typed.
    pub email: String,
    pub password: SecretString,
    /// Whether the session has the full lifetime or a short one.
    pub is_remembered: bool,
    /// Token of the guest's cart that the account takes over; without it that of the cookie.
    pub cart_token: Option<SecretString>,
}

/// Result of a login with the correct password.
#[derive(Debug)]
pub enum LoginStep {
    /// An open session.
    Done(NewSession),
    /// The second factor is required: [`login_second_factor`](super::login_second_factor).
    SecondFactor(Challenge),
}

/// Challenge for the second factor.
#[derive(Debug)]
pub struct Challenge {
    pub token: Token,
    pub expires_at: DateTime<Utc>,
}

operation_error! {
    throttled
    pub enum LoginError {
        /// Unknown address, wrong password, or blocked account; the error does not tell which.
        #[error("The email address or the password is wrong.")]
        InvalidCredentials,
    }
}

/// Opens a session with the account's password, or returns a challenge if the account has a second factor. Requires no
/// session.
#[tracing::instrument(name = "auth::login", level = "debug", skip_all, err(level = "debug"))]
pub async fn login(ctx: &OpContext, command: Login) -> Result<LoginStep, LoginError> {
    let email = command.email.parse::<Email>().ok();
    // No account has an empty address.
    let found = account::Entity::with_email(email.as_ref().map_or("", Email::as_str));
    let found = found.one(ctx.db()).await?;
    let id = found.as_ref().map(|account| account.id);
    let is_known = accounts::is_known(ctx, id.unwrap_or(AccountId(Uuid::nil()))).await?;
    let name = digest(email.as_ref().map_or(&command.email, Email::as_str));
    let attempt = ctx.throttle(ctx.services().throttle.login_keys(ctx.caller(), &name, is_known)).await?;

    let hash = found.as_ref().and_then(|account| account.password_hash.clone());
    let check = ctx.services().passwords.check(command.password.clone(), hash).await?;
    let open = found.filter(|account| account.blocked_at.is_none());
    let account = match (open, check) {
        (Some(account), Check::Right) => account,
        (Some(account), Check::RightButOutdated) => {
            rehash(ctx, &account, command.password).await?;
            account
        }
        _ => {
            let entry = AuditEntry::new("login").rejected();
            let entry = id.into_iter().fold(entry, |entry, id| entry.about("Account", id));
            ctx.audit(entry).await?;
            return Err(LoginError::InvalidCredentials);
        }
    };
    attempt.succeeded().await;

    if second_factor::Entity::confirmed_of(account.id).one(ctx.db()).await?.is_some() {
        return Ok(LoginStep::SecondFactor(challenge(ctx, account.id).await?));
    }
    let options = SessionOptions { is_strong: false, is_remembered: command.is_remembered };
    let login = session::new(ctx, account, options)?;
    let note = Note { is_known, action: "login", cart: ctx.cart_token(command.cart_token.as_ref()) };
    ctx.write(|txn| note_in_txn(ctx, txn, &login, &note).scope_boxed()).await?;
    session::persist(ctx, &login).await?;
    Ok(LoginStep::Done(login))
}

/// What is to be recorded of a login.
pub(super) struct Note {
    /// Whether the account was used from this network before.
    pub is_known: bool,
    pub action: &'static str,
    /// Token of the guest's cart that the account takes over.
    pub cart: Option<TokenHash>,
}

/// Records a login, before its session is opened.
pub(super) async fn note_in_txn(
    ctx: &OpContext,
    txn: &Txn<'_>,
    login: &NewSession,
    note: &Note,
) -> Result<(), Fault> {
    let account = accounts::lock(txn, login.account.id).await?.ok_or(UNKNOWN_SESSION)?;
    accounts::note_login_in_txn(ctx, txn, &account, note.is_known).await?;
    for hooks in &*txn.services().account_hooks {
        hooks.logged_in(txn, &account, note.cart.as_ref()).await?;
    }
    let entry = AuditEntry::new(note.action).by(login.account.id).about("Session", login.session.id);
    txn.audit(entry).await
}

/// Replaces a hash with outdated parameters, unless the password was changed in the meantime. Only a login has the
/// password.
async fn rehash(ctx: &OpContext, account: &account::Model, password: SecretString) -> Result<(), Fault> {
    let hash = ctx.services().passwords.hash(password, ctx.random().secret()).await?;
    account::Entity::update_many()
        .col_expr(account::Column::PasswordHash, Expr::value(hash))
        .filter(account::Column::Id.eq(account.id))
        .filter(account::Column::PasswordHash.eq(account.password_hash.as_deref()))
        .exec(ctx.db())
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn waiting_the_seconds_named_is_enough() {
        let error = LoginError::RateLimited { retry_after: Duration::from_millis(1001) };
        assert_eq!(error.to_string(), "Too many attempts. Try again in 2 seconds.");
    }
}
