//! What the shop has to tell people by mail.

use std::{net::IpAddr, time::Duration};

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

/// One occasion to write, with the values that its letter needs.
#[derive(Clone, Debug)]
pub enum EmailTemplate {
    /// To a new address: show that you read mail there, within `expires_in`.
    VerifyEmail { token: SecretString, expires_in: Duration },
    /// Somebody tried to register with this address, which has an account.
    AlreadyRegistered,
    /// Choose a new password.
    PasswordReset { token: SecretString, expires_in: Duration },
    /// To the new address of an account: show that you read mail there.
    EmailChangeConfirm { token: SecretString, expires_in: Duration },
    /// To the address that somebody wanted to change theirs to: it has an account already.
    EmailTaken,
    /// To the owner of an account.
    Notification(Notification),
}

/// What has happened to an account. Jobs keep it until it is written.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Notification {
    PasswordChanged,
    /// A change of the address to this one was requested. The letter shows it [`masked`](super::plain_text::masked).
    EmailChangeRequested {
        new_email: String,
    },
    /// The address is this one now.
    EmailChanged {
        new_email: String,
    },
    /// Logging in needs a second factor from now on.
    SecondFactorEnabled,
    /// Logging in needs only the password from now on.
    SecondFactorDisabled,
    /// Somebody logged in with a recovery code, and so many are left.
    RecoveryCodeUsed {
        left: u32,
    },
    /// A login from a network that was not seen before. What the device says of itself is made one line without links.
    NewLogin {
        device: String,
        ip_address: IpAddr,
        at: DateTime<Utc>,
    },
    AccountBlocked,
    AccountUnblocked,
    AccountDeleted,
}

/// A letter's token, and what takes it.
pub(super) struct TokenUse<'a> {
    pub(super) token: &'a SecretString,
    pub(super) expires_in: Duration,
    /// The page of the shop, below the storefront's URL.
    pub(super) page: &'static str,
    /// The mutation, for developers.
    pub(super) mutation: &'static str,
}

impl From<Notification> for EmailTemplate {
    fn from(notification: Notification) -> Self {
        Self::Notification(notification)
    }
}

impl EmailTemplate {
    pub(super) fn template(&self) -> &'static str {
        match self {
            Self::VerifyEmail { .. } => "verify_email",
            Self::AlreadyRegistered => "already_registered",
            Self::PasswordReset { .. } => "password_reset",
            Self::EmailChangeConfirm { .. } => "email_change_confirm",
            Self::EmailTaken => "email_taken",
            Self::Notification(notification) => match notification {
                Notification::PasswordChanged => "password_changed",
                Notification::EmailChangeRequested { .. } => "email_change_requested",
                Notification::EmailChanged { .. } => "email_changed",
                Notification::SecondFactorEnabled => "second_factor_enabled",
                Notification::SecondFactorDisabled => "second_factor_disabled",
                Notification::RecoveryCodeUsed { .. } => "recovery_code_used",
                Notification::NewLogin { .. } => "new_login",
                Notification::AccountBlocked => "account_blocked",
                Notification::AccountUnblocked => "account_unblocked",
                Notification::AccountDeleted => "account_deleted",
            },
        }
    }

    pub(super) fn token(&self) -> Option<TokenUse<'_>> {
        let (token, expires_in, page, mutation) = match self {
            Self::VerifyEmail { token, expires_in } => (token, expires_in, "verify-email", "emailVerify"),
            Self::PasswordReset { token, expires_in } => {
                (token, expires_in, "reset-password", "passwordReset")
            }
            Self::EmailChangeConfirm { token, expires_in } => {
                (token, expires_in, "change-email", "emailChangeConfirm")
            }
            Self::AlreadyRegistered | Self::EmailTaken | Self::Notification(_) => return None,
        };
        Some(TokenUse { token, expires_in: *expires_in, page, mutation })
    }
}
