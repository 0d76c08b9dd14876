//! What the shop has to tell people by mail.

use std::{net::IpAddr, time::Duration};

use chrono::{DateTime, Utc};
use secrecy::SecretString;

/// One occasion to write, with the values that its letter needs.
#[derive(Clone, Debug)]
pub enum EmailTemplate {
    /// To a new account: show that you read mail at this address.
    VerifyEmail {
        token: SecretString,
        expires_in: Duration,
    },
    /// Somebody tried to register with this address, which has an account.
    AlreadyRegistered,
    PasswordReset {
        token: SecretString,
        expires_in: Duration,
    },
    PasswordChanged,
    /// To the new address of an account: show that you read mail there.
    EmailChangeConfirm {
        token: SecretString,
        expires_in: Duration,
    },
    /// To the old address: somebody wants to change it.
    EmailChangeRequested {
        /// The new address in full; the letter shows it [`masked`](super::plain_text::masked).
        new_email: String,
    },
    /// To the old address and the new one: it has changed.
    EmailChanged {
        /// The new address in full; the letter shows it [`masked`](super::plain_text::masked).
        new_email: String,
    },
    /// To the address that somebody wanted to change theirs to: it has an account already.
    EmailTaken,
    /// Logging in needs a second factor from now on.
    SecondFactorEnabled,
    /// Logging in needs only the password from now on.
    SecondFactorDisabled,
    /// Somebody logged in with a recovery code.
    RecoveryCodeUsed {
        left: u32,
    },
    /// A login from a device that was not seen before.
    NewLogin {
        /// What the device says of itself; it is made one line without links.
        device: String,
        ip_address: IpAddr,
        at: DateTime<Utc>,
    },
    AccountBlocked,
    AccountUnblocked,
    AccountDeleted,
}

/// What a letter's token is for.
pub(super) struct Purpose {
    /// The page of the shop that takes it, below the storefront's URL.
    pub(super) page: &'static str,
    /// The mutation that takes it, for developers.
    pub(super) mutation: &'static str,
}

impl EmailTemplate {
    pub(super) fn template(&self) -> &'static str {
        match self {
            Self::VerifyEmail { .. } => "verify_email",
            Self::AlreadyRegistered => "already_registered",
            Self::PasswordReset { .. } => "password_reset",
            Self::PasswordChanged => "password_changed",
            Self::EmailChangeConfirm { .. } => "email_change_confirm",
            Self::EmailChangeRequested { .. } => "email_change_requested",
            Self::EmailChanged { .. } => "email_changed",
            Self::EmailTaken => "email_taken",
            Self::SecondFactorEnabled => "second_factor_enabled",
            Self::SecondFactorDisabled => "second_factor_disabled",
            Self::RecoveryCodeUsed { .. } => "recovery_code_used",
            Self::NewLogin { .. } => "new_login",
            Self::AccountBlocked => "account_blocked",
            Self::AccountUnblocked => "account_unblocked",
            Self::AccountDeleted => "account_deleted",
        }
    }

    /// Its token, how long that is good, and what for.
    pub(super) fn token(&self) -> Option<(&SecretString, Duration, Purpose)> {
        let (token, expires_in, page, mutation) = match self {
            Self::VerifyEmail { token, expires_in } => (token, expires_in, "verify-email", "emailVerify"),
            Self::PasswordReset { token, expires_in } => {
                (token, expires_in, "reset-password", "passwordReset")
            }
            Self::EmailChangeConfirm { token, expires_in } => {
                (token, expires_in, "change-email", "emailChangeConfirm")
            }
            _ => return None,
        };
        Some((token, *expires_in, Purpose { page, mutation }))
    }
}
