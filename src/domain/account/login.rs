//! Logging in with an address and a password. Unknown addresses, wrong passwords and blocked accounts get the same answer
//! after the same work and the same SQL statements.

use std::time::Duration;

use chrono::{DateTime, Utc};
use entity::{AccountId, account, second_factor as second_factor_row};
use scoped_futures::ScopedFutureExt;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, sea_query::Expr};
use secrecy::SecretString;
use uuid::Uuid;

use super::{Email, LoggedIn, Opening, Token, network, password::Check, second_factor, session};
use crate::domain::{
    Fault, Op,
    audit::{self, Entry},
    guard::{Attempt, Refused, digest},
    quota::whole_seconds,
};

/// What a login needs.
#[derive(Debug)]
pub struct Login {
    /// The account's address, as it was typed.
    pub email: String,
    /// The account's password.
    pub password: SecretString,
    /// Whether the session lasts as long as sessions may, or only for a short time.
    pub is_remembered: bool,
}

/// How far a login with the right password got.
#[derive(Debug)]
pub enum LoginStep {
    /// To an open session.
    Done(LoggedIn),
    /// To the second factor, which is still to be shown: [`second_factor::login`].
    SecondFactor(Challenge),
}

/// What a second factor is to be shown with.
#[derive(Debug)]
pub struct Challenge {
    /// What says that the password was right.
    pub token: Token,
    /// When it is over.
    pub expires_at: DateTime<Utc>,
}

/// Why a login failed.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// No account has this address, its password is another, or it is blocked; which of them is not said.
    #[error("The email address or the password is wrong.")]
    InvalidCredentials,
    /// Too many logins failed for this account or from this address.
    #[error("Too many failed logins. Try again in {} seconds.", whole_seconds(.retry_after))]
    RateLimited {
        /// When the next try is allowed.
        retry_after: Duration,
    },
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<Refused> for LoginError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::TooSoon { retry_after } => Self::RateLimited { retry_after },
            Refused::Fault(fault) => Self::Fault(fault),
        }
    }
}

/// Opens a session for whoever knows an account's password, or asks for the second factor where the account has one.
/// Anybody may call it.
#[tracing::instrument(name = "account::login", level = "debug", skip_all, err(level = "debug"))]
pub async fn login(op: &Op, command: Login) -> Result<LoginStep, LoginError> {
    let email = command.email.parse::<Email>().ok();
    // No account has an empty address.
    let found = account::Entity::with_email(email.as_ref().map_or("", Email::as_str));
    let found = found.one(op.db.connection()).await.map_err(Fault::from)?;
    let id = found.as_ref().map(|account| account.id);
    let is_known = network::is_known(op, id.unwrap_or(AccountId(Uuid::nil()))).await?;
    let name = digest(email.as_ref().map_or(&command.email, Email::as_str));
    let attempt = Attempt::begin(op, op.accounts.guarding.login_keys(op, &name, is_known)).await?;

    let hash = found.as_ref().and_then(|account| account.password_hash.clone());
    let check = op.accounts.passwords.check(command.password.clone(), hash).await?;
    let open = found.filter(|account| account.blocked_at.is_none());
    let account = match (open, check) {
        (Some(account), Check::Right) => account,
        (Some(account), Check::RightButOutdated) => {
            rehash(op, &account, command.password).await?;
            account
        }
        _ => {
            let entry = Entry::new("login").refused();
            let entry = id.into_iter().fold(entry, |entry, id| entry.about("Account", id));
            audit::record(op, op.db.connection(), entry).await?;
            return Err(LoginError::InvalidCredentials);
        }
    };
    attempt.succeeded(op).await?;

    let factor = second_factor_row::Entity::confirmed_of(account.id).one(op.db.connection()).await;
    if factor.map_err(Fault::from)?.is_some() {
        return Ok(LoginStep::SecondFactor(second_factor::challenge(op, account.id).await?));
    }
    let opening = Opening { is_strong: false, is_remembered: command.is_remembered };
    let login = session::draft(op, account, opening)?;
    op.db.write(|transaction| note_in_txn(op, transaction, &login, is_known, "login").scope_boxed()).await?;
    op.outbox.wake();
    session::keep(op, &login).await?;
    Ok(LoginStep::Done(login))
}

/// Writes down that an account has logged in, before its session is open.
pub(super) async fn note_in_txn(
    op: &Op,
    transaction: &DatabaseTransaction,
    login: &LoggedIn,
    is_known: bool,
    action: &'static str,
) -> Result<(), Fault> {
    network::note_login_in_txn(op, transaction, &login.account, is_known).await?;
    let entry = Entry::new(action).by(login.account.id).about("Session", login.session.id);
    audit::record(op, transaction, entry).await
}

/// Asks somebody who is logged in for the password once more. What fails counts as a failed login.
pub(super) async fn show_password(
    op: &Op,
    account: &account::Model,
    password: SecretString,
) -> Result<(), LoginError> {
    let is_known = network::is_known(op, account.id).await?;
    let keys = op.accounts.guarding.login_keys(op, &digest(&account.email), is_known);
    let attempt = Attempt::begin(op, keys).await?;
    match op.accounts.passwords.check(password, account.password_hash.clone()).await? {
        Check::Right | Check::RightButOutdated => Ok(attempt.succeeded(op).await?),
        _ => Err(LoginError::InvalidCredentials),
    }
}

/// Replaces a hash made with outdated parameters, unless the password was changed meanwhile; only at a login is the
/// password at hand.
async fn rehash(op: &Op, account: &account::Model, password: SecretString) -> Result<(), Fault> {
    let hash = op.accounts.passwords.hash(password, op.random.secret()).await?;
    account::Entity::update_many()
        .col_expr(account::Column::PasswordHash, Expr::value(hash))
        .filter(account::Column::Id.eq(account.id))
        .filter(account::Column::PasswordHash.eq(account.password_hash.as_deref()))
        .exec(op.db.connection())
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_the_seconds_named_is_enough() {
        let error = LoginError::RateLimited { retry_after: Duration::from_millis(1001) };
        assert_eq!(error.to_string(), "Too many failed logins. Try again in 2 seconds.");
    }
}
