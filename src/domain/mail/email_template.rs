//! Templates of mails, with their values.

use std::{net::IpAddr, time::Duration};

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

/// A mail with the values of its template.
#[derive(Clone, Debug)]
pub enum EmailTemplate {
    /// To a new address: verification, within `expires_in`.
    VerifyEmail { token: SecretString, expires_in: Duration },
    /// To an address that was registered again, and has an account.
    AlreadyRegistered,
    /// Token for a new password.
    PasswordReset { token: SecretString, expires_in: Duration },
    /// To the new address of an account: confirmation of the change.
    EmailChangeConfirm { token: SecretString, expires_in: Duration },
    /// To the address of a requested change, which has an account already.
    EmailTaken,
    /// To the owner of an account.
    Notification(Notification),
}

/// A notification about an account. Stored in jobs.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Notification {
    PasswordChanged,
    /// A change of the address to this one was requested. The mail shows it [`masked`](super::plain_text::masked).
    EmailChangeRequested {
        new_email: String,
    },
    /// The address was changed to this one.
    EmailChanged {
        new_email: String,
    },
    /// A second factor was enabled.
    SecondFactorEnabled,
    /// The second factor was disabled.
    SecondFactorDisabled,
    /// A login with a recovery code, with the number of those left.
    RecoveryCodeUsed {
        left: u32,
    },
    /// A login from a new network. The user agent is reduced to one line without links.
    NewLogin {
        device: String,
        ip_address: IpAddr,
        at: DateTime<Utc>,
    },
    AccountBlocked,
    AccountUnblocked,
    AccountDeleted,
}

/// The token of a mail, and where to use it.
pub(super) struct TokenUse<'a> {
    pub(super) token: &'a SecretString,
    pub(super) expires_in: Duration,
    /// Page of the shop, below the storefront's URL.
    pub(super) page: &'static str,
    /// Name of the mutation, for developers.
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
