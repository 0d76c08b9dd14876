//! Accounts: who may log in, the sessions that logins open, and who a request comes from.

mod create;
mod email;
mod guarding;
mod login;
mod password;
mod revocation;
mod session;

use std::time::Duration;

pub use create::{CreateAccountError, NewAccount, create};
pub use email::{Email, InvalidEmail};
pub use guarding::{Guarding, GuardingSettings};
pub use login::{LoggedIn, Login, LoginError, login, whole_seconds};
pub use password::{PasswordError, Passwords};
pub use revocation::{RECHECK, Revoked, revocations};
pub use session::{Session, Token, TokenHash, identify, is_alive, logout};

use super::{Fault, Op, Viewer};

/// How passwords and sessions are treated.
#[derive(Clone)]
pub struct Accounts {
    /// Hashes and checks passwords.
    pub passwords: Passwords,
    /// How sessions end.
    pub lifetime: SessionLifetime,
    /// How much failing and asking is put up with.
    pub guarding: Guarding,
    /// How often [`revocations`] looks for itself whether its session is alive, see [`RECHECK`].
    pub recheck: Duration,
}

/// How sessions end by themselves.
#[derive(Clone, Copy, Debug)]
pub struct SessionLifetime {
    /// After this long without use.
    pub idle: Duration,
    /// After this long in any case.
    pub absolute: Duration,
}

impl Default for SessionLifetime {
    fn default() -> Self {
        const DAY: Duration = Duration::from_secs(24 * 60 * 60);
        Self { idle: 14 * DAY, absolute: 90 * DAY }
    }
}

/// The account of whoever asks, `None` for somebody anonymous.
#[tracing::instrument(name = "account::me", level = "debug", skip_all, err(level = "debug"))]
pub async fn me(op: &Op) -> Result<Option<std::sync::Arc<entity::account::Model>>, Fault> {
    Ok(match op.viewer().await? {
        Viewer::Anonymous => None,
        Viewer::Account(account) => Some(account),
    })
}

/// The account with this id, which only its owner may see; to everybody else there is none.
#[tracing::instrument(name = "account::find", level = "debug", skip_all, err(level = "debug"))]
pub async fn find(
    op: &Op,
    id: entity::AccountId,
) -> Result<Option<std::sync::Arc<entity::account::Model>>, Fault> {
    Ok(me(op).await?.filter(|account| account.id == id))
}
