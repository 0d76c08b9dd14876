//! Inputs and payloads of resetting and changing passwords.

use async_graphql::InputObject;

use super::Session;
use crate::{
    domain::{account, auth},
    graphql::{
        account::{InvalidToken, WrongPassword},
        kit::{
            member::{InvalidField, RateLimited},
            payload::payload,
        },
    },
};

/// Input of `passwordResetRequest`.
#[derive(InputObject)]
pub(in crate::graphql) struct PasswordResetRequestInput {
    /// Email address of the account.
    pub(in crate::graphql) email: String,
}

/// Input of `passwordReset`.
#[derive(InputObject)]
pub(in crate::graphql) struct PasswordResetInput {
    /// Token of the email: the part of its link behind `#token=`.
    #[graphql(secret)]
    pub(in crate::graphql) token: String,
    /// The new password: 8 to 256 characters that are hard to guess.
    #[graphql(secret)]
    pub(in crate::graphql) new_password: String,
}

/// Input of `passwordChange`.
#[derive(InputObject)]
pub(in crate::graphql) struct PasswordChangeInput {
    /// The current password.
    #[graphql(secret)]
    pub(in crate::graphql) password: String,
    /// The new password: 8 to 256 characters that are hard to guess.
    #[graphql(secret)]
    pub(in crate::graphql) new_password: String,
}

payload! {
    /// Payload of `passwordResetRequest`.
    PasswordResetRequestPayload {}
    /// Failure of `passwordResetRequest`.
    PasswordResetRequestError: InvalidField;
    throttled from account::RequestMailError {
        Invalid(invalid) => InvalidField from invalid,
    }
}

payload! {
    /// Payload of `passwordReset`.
    PasswordResetPayload {}
    /// Failure of `passwordReset`.
    PasswordResetError: InvalidToken, InvalidField;
    from auth::PasswordResetError {
        InvalidToken => InvalidToken at "token",
        Invalid(invalid) => InvalidField from invalid,
    }
}

payload! {
    /// Payload of `passwordChange`.
    PasswordChangePayload {
        /// The viewer's new session; null when the password was not changed.
        session: Session,
    }
    /// Failure of `passwordChange`.
    PasswordChangeError: WrongPassword, InvalidField;
    throttled from auth::PasswordChangeError {
        WrongPassword => WrongPassword at "password",
        Invalid(invalid) => InvalidField from invalid,
    }
}
