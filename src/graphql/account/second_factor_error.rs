//! What can go wrong with second factors.

use async_graphql::{SimpleObject, Union};

use super::{error::WrongPassword, refusal::AccountNotFound, types::RateLimited};
use crate::{
    domain::account::second_factor::{
        ChangeSecondFactorError, ConfirmSecondFactorError, EnrolSecondFactorError, ResetSecondFactorError,
    },
    graphql::error::ResolverError,
};

/// An error without more to tell than every one has: its type, what it means, and the input field that is to blame.
macro_rules! plain_errors {
    ($($(#[$doc:meta])* $name:ident at $field:expr;)+) => {$(
        $(#[$doc])*
        #[derive(SimpleObject)]
        pub struct $name {
            /// What is wrong, for people.
            pub(in crate::graphql) message: String,
            /// The input field that is to blame, from the outside in; null when it is none.
            pub(in crate::graphql) path: Option<Vec<String>>,
        }

        impl $name {
            pub(super) fn new(message: String) -> Self {
                Self { message, path: path($field) }
            }
        }
    )+};
}

plain_errors! {
    /// The code of the second factor is wrong, too old, or was used before.
    InvalidCode at Some("code");
    /// The login took too long, was shown too many wrong codes, or is done: `login` begins it anew.
    ChallengeExpired at Some("challenge");
    /// The account has a second factor already; `secondFactorDisable` removes it.
    AlreadyEnrolled at None;
    /// The account has no second factor, or none that waits to be confirmed.
    NotEnrolled at None;
}

/// The way to a field of the argument `input`.
fn path(field: Option<&str>) -> Option<Vec<String>> {
    field.map(|field| ["input", field].map(str::to_owned).into())
}

/// Why no second factor was set up.
#[derive(Union)]
pub(super) enum SecondFactorEnrolError {
    WrongPassword(WrongPassword),
    AlreadyEnrolled(AlreadyEnrolled),
    RateLimited(RateLimited),
}

/// Why a second factor does not count yet.
#[derive(Union)]
pub(super) enum SecondFactorConfirmError {
    InvalidCode(InvalidCode),
    NotEnrolled(NotEnrolled),
    AlreadyEnrolled(AlreadyEnrolled),
    RateLimited(RateLimited),
}

/// Why a second factor was not removed.
#[derive(Union)]
pub(super) enum SecondFactorDisableError {
    WrongPassword(WrongPassword),
    InvalidCode(InvalidCode),
    NotEnrolled(NotEnrolled),
    RateLimited(RateLimited),
}

/// Why there are no new recovery codes.
#[derive(Union)]
pub(super) enum SecondFactorRecoveryCodesRenewError {
    WrongPassword(WrongPassword),
    InvalidCode(InvalidCode),
    NotEnrolled(NotEnrolled),
    RateLimited(RateLimited),
}

/// Why somebody's second factor was not removed.
#[derive(Union)]
pub(super) enum SecondFactorResetError {
    NotFound(AccountNotFound),
    NotEnrolled(NotEnrolled),
}

impl SecondFactorEnrolError {
    /// The operation's own reason; a fault is none.
    pub(super) fn of(error: EnrolSecondFactorError) -> Result<Self, ResolverError> {
        let message = error.to_string();
        Ok(match error {
            EnrolSecondFactorError::WrongPassword => {
                Self::WrongPassword(WrongPassword::new(message, "password"))
            }
            EnrolSecondFactorError::AlreadyEnrolled => Self::AlreadyEnrolled(AlreadyEnrolled::new(message)),
            EnrolSecondFactorError::RateLimited { retry_after } => {
                Self::RateLimited(RateLimited::new(message, &retry_after))
            }
            EnrolSecondFactorError::Fault(fault) => return Err(fault.into()),
        })
    }
}

impl SecondFactorConfirmError {
    /// The operation's own reason; a fault is none.
    pub(super) fn of(error: ConfirmSecondFactorError) -> Result<Self, ResolverError> {
        let message = error.to_string();
        Ok(match error {
            ConfirmSecondFactorError::InvalidCode => Self::InvalidCode(InvalidCode::new(message)),
            ConfirmSecondFactorError::NotEnrolled => Self::NotEnrolled(NotEnrolled::new(message)),
            ConfirmSecondFactorError::AlreadyEnrolled => Self::AlreadyEnrolled(AlreadyEnrolled::new(message)),
            ConfirmSecondFactorError::RateLimited { retry_after } => {
                Self::RateLimited(RateLimited::new(message, &retry_after))
            }
            ConfirmSecondFactorError::Fault(fault) => return Err(fault.into()),
        })
    }
}

/// Two mutations fail for the same reasons, and each has a union of its own.
macro_rules! change_errors {
    ($($name:ident),+) => {$(
        impl $name {
            /// The operation's own reason; a fault is none.
            pub(super) fn of(error: ChangeSecondFactorError) -> Result<Self, ResolverError> {
                let message = error.to_string();
                Ok(match error {
                    ChangeSecondFactorError::WrongPassword => {
                        Self::WrongPassword(WrongPassword::new(message, "password"))
                    }
                    ChangeSecondFactorError::InvalidCode => Self::InvalidCode(InvalidCode::new(message)),
                    ChangeSecondFactorError::NotEnrolled => Self::NotEnrolled(NotEnrolled::new(message)),
                    ChangeSecondFactorError::RateLimited { retry_after } => {
                        Self::RateLimited(RateLimited::new(message, &retry_after))
                    }
                    ChangeSecondFactorError::Fault(fault) => return Err(fault.into()),
                })
            }
        }
    )+};
}

change_errors!(SecondFactorDisableError, SecondFactorRecoveryCodesRenewError);

impl SecondFactorResetError {
    /// The operation's own reason; a fault is none.
    pub(super) fn of(error: ResetSecondFactorError) -> Result<Self, ResolverError> {
        let message = error.to_string();
        Ok(match error {
            ResetSecondFactorError::NotFound => {
                Self::NotFound(AccountNotFound { message, path: path(Some("accountId")) })
            }
            ResetSecondFactorError::NotEnrolled => Self::NotEnrolled(NotEnrolled::new(message)),
            ResetSecondFactorError::Fault(fault) => return Err(fault.into()),
        })
    }
}
