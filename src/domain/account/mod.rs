//! Accounts: who may log in, the sessions that logins open, and who a request comes from.

mod create;
mod device;
mod email;
mod login;
mod password;
mod recovery_code;
mod revocation;
mod session;
mod totp;

use std::time::Duration;

pub use create::{CreateAccountError, NewAccount, create};
pub use device::describe as describe_device;
pub use email::{Email, InvalidEmail};
pub use login::{LoggedIn, Login, LoginError, login, whole_seconds};
pub use password::{PasswordError, Passwords};
pub use recovery_code::{MalformedRecoveryCode, RECOVERY_CODES, RecoveryCode};
pub use revocation::{RECHECK, Revoked, revocations};
pub use session::{Session, Token, TokenHash, identify, is_alive, logout};
pub use totp::{MalformedTotpSecret, TotpSecret, qr_code};

use super::{Fault, Op, Viewer, quota::Quota};

/// How passwords and sessions are treated.
#[derive(Clone)]
pub struct Accounts {
    /// Hashes and checks passwords.
    pub passwords: Passwords,
    /// How sessions end.
    pub lifetime: SessionLifetime,
    /// How often logins may fail.
    pub login_quotas: LoginQuotas,
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

/// How often logins may fail.
#[derive(Clone, Copy, Debug)]
pub struct LoginQuotas {
    /// For one account, whoever tries.
    pub account: Quota,
    /// From one network address, whichever account it tries.
    pub address: Quota,
}

impl Default for LoginQuotas {
    fn default() -> Self {
        let quota = |burst| Quota { burst, interval: Duration::from_secs(30) };
        Self { account: quota(10), address: quota(50) }
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
