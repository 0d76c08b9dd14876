//! Logging in with an address and a password.

use std::time::Duration;

use entity::account;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};
use secrecy::SecretString;

use super::{Email, LoggedIn, Opening, password::Check, session};
use crate::domain::{
    Fault, Op,
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

/// Why a login failed.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// No account has this address, or its password is another; which of the two is not said.
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

/// Opens a session for whoever knows an account's password. Anybody may call it. An unknown address and a wrong
/// password get the same answer after the same work, and both count as failures.
#[tracing::instrument(name = "account::login", level = "debug", skip_all, err(level = "debug"))]
pub async fn login(op: &Op, command: Login) -> Result<LoggedIn, LoginError> {
    let email = command.email.parse::<Email>().ok();
    let name = digest(email.as_ref().map_or(&command.email, |email| email.as_str()));
    let attempt = Attempt::begin(op, op.accounts.guarding.login_keys(op, &name, false)).await?;

    let account = match &email {
        Some(email) => {
            account::Entity::with_email(email.as_str()).one(op.db.connection()).await.map_err(Fault::from)?
        }
        None => None,
    };
    let hash = account.as_ref().and_then(|account| account.password_hash.clone());
    let check = op.accounts.passwords.check(command.password.clone(), hash).await?;
    let account = match (account, check) {
        (Some(account), Check::Right) => account,
        (Some(account), Check::RightButOutdated) => rehash(op, account, command.password).await?,
        _ => return Err(LoginError::InvalidCredentials),
    };

    attempt.succeeded(op).await?;
    let opening = Opening { is_strong: false, is_remembered: command.is_remembered };
    Ok(session::open(op, account, opening).await?)
}

/// Replaces a hash made with outdated parameters; only at a login is the password at hand.
async fn rehash(op: &Op, account: account::Model, password: SecretString) -> Result<account::Model, Fault> {
    let hash = op.accounts.passwords.hash(password, op.random.secret()).await?;
    let mut account = account.into_active_model();
    account.password_hash = Set(Some(hash));
    Ok(account.update(op.db.connection()).await?)
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
