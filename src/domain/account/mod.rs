//! Accounts: who may log in, the sessions that logins open, and who a request comes from.

mod authority;
mod create;
mod device;
mod email;
mod email_change;
mod error;
mod guarding;
mod identify;
mod letter;
mod login;
mod name;
mod network;
mod password;
mod password_change;
mod profile;
mod recovery_code;
mod registration;
mod revocation;
pub mod second_factor;
mod session;
mod token;
mod totp;

use std::{collections::HashMap, sync::Arc, time::Duration};

use entity::{AccountId, Permission, account};
use sea_orm::{EntityTrait, QueryFilter};

pub(in crate::domain) use authority::{
    KeepAdminError, exceeds, is_visible, keep_an_admin_in_txn, permissions_with, revoke_keys_in_txn,
};
pub use create::{CreateAccountError, NewAccount, create};
pub(in crate::domain) use create::{insert, prepare};
pub use device::describe as describe_device;
pub use email::{Email, InvalidEmail};
pub use email_change::{ChangeEmailError, ask_for_email, change_email};
pub(in crate::domain) use error::operation_error;
pub use guarding::{Guarding, GuardingSettings};
pub use identify::identify;
pub(in crate::domain) use identify::{UNKNOWN, of_account as permissions_of};
pub use letter::{CHANGE_WITHIN, Letters, RESET_WITHIN, VERIFY_WITHIN};
pub(in crate::domain) use letter::{Notice, notify_in_txn};
pub use login::{Challenge, Login, LoginError, LoginStep, login};
pub use name::{InvalidName, Name};
pub use password::{PasswordError, Passwords};
pub use password_change::{
    ChangePasswordError, ResetPasswordError, ask_for_reset, change_password, reset_password,
};
pub(in crate::domain) use password_change::{drop_tokens, is_password, refused};
pub use profile::{UpdateProfileError, update_profile};
pub use recovery_code::{MalformedRecoveryCode, RECOVERY_CODES, RecoveryCode};
pub use registration::{
    AskForMailError, RegisterError, Registration, TokenError, VerifyError, register, verify, verify_again,
};
pub use revocation::{RECHECK, Revoked, revocations};
pub use session::{
    LoggedIn, MAX_SESSIONS, Opening, Session, Which, current_session, is_alive, logout, revoke_session,
    revoke_sessions, sessions, sessions_by_ids,
};
pub(in crate::domain) use session::{end_all, next_epoch};
pub use token::{MalformedToken, Token, TokenHash};
pub use totp::{MalformedTotpSecret, TotpSecret, qr_code};

use super::{Fault, Op, Viewer};

/// How passwords and sessions are treated.
#[derive(Clone)]
pub struct Accounts {
    /// Hashes and checks passwords.
    pub passwords: Passwords,
    /// How sessions end.
    pub lifetime: SessionLifetime,
    /// How sessions end that the client is not to remember.
    pub brief_lifetime: SessionLifetime,
    /// Whether staff may do nothing more than customers until they show a second factor.
    pub staff_second_factor: bool,
    /// How much failing and asking is put up with.
    pub guarding: Guarding,
    /// How often [`revocations`] looks for itself whether its session is alive, see [`RECHECK`].
    pub recheck: Duration,
}

impl Accounts {
    /// As they are by default.
    pub fn new(passwords: Passwords) -> Self {
        Self {
            passwords,
            lifetime: SessionLifetime::default(),
            brief_lifetime: SessionLifetime::BRIEF,
            staff_second_factor: false,
            guarding: Guarding::default(),
            recheck: RECHECK,
        }
    }
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

impl SessionLifetime {
    /// For sessions that the client is not to remember.
    pub const BRIEF: Self =
        Self { idle: Duration::from_secs(2 * 60 * 60), absolute: Duration::from_secs(24 * 60 * 60) };
}

/// The account of whoever asks, `None` for somebody anonymous and for programs.
#[tracing::instrument(name = "account::me", level = "debug", skip_all, err(level = "debug"))]
pub async fn me(op: &Op) -> Result<Option<Arc<account::Model>>, Fault> {
    Ok(match op.viewer().await? {
        Viewer::Anonymous | Viewer::Program(_) => None,
        Viewer::Account(viewer) => Some(viewer.account.clone()),
    })
}

/// Those of the accounts with these ids that the viewer may see, in one statement: their own, customers with
/// [`Permission::CustomersView`], those who work in the shop with [`Permission::StaffEdit`]. To everybody else there are
/// none.
#[tracing::instrument(name = "account::by_ids", level = "debug", skip_all, err(level = "debug"))]
pub async fn by_ids(op: &Op, ids: &[AccountId]) -> Result<HashMap<AccountId, account::Model>, Fault> {
    let viewer = op.viewer().await?;
    let own = me(op).await?;
    let may = viewer.permissions();
    let mut seen = HashMap::new();
    let mut others = Vec::new();
    for id in ids {
        match &own {
            Some(own) if own.id == *id => {
                seen.insert(*id, account::Model::clone(own));
            }
            _ => others.push(id.0),
        }
    }
    if !others.is_empty() && (may.has(Permission::CustomersView) || may.has(Permission::StaffEdit)) {
        let chosen = op.db.any_of(account::Column::Id, others);
        let accounts = account::Entity::find().filter(chosen).all(op.db.connection()).await?;
        let seen_by_right = accounts.into_iter().filter(|account| is_visible(&viewer, account));
        seen.extend(seen_by_right.map(|account| (account.id, account)));
    }
    Ok(seen)
}
