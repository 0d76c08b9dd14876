//! Inputs and payloads of registering an account.

use async_graphql::InputObject;

use super::{Account, InvalidToken, PasswordRequired};
use crate::{
    domain::account::{self, Registration},
    graphql::kit::{
        member::{InvalidField, RateLimited},
        payload::payload,
    },
};

/// Input of `register`.
#[derive(InputObject)]
pub(in crate::graphql) struct RegisterInput {
    /// Email address of the new account. An email is sent there.
    email: String,
    /// Password: 8 to 256 characters that are hard to guess.
    #[graphql(secret)]
    password: String,
    /// Name of the account's owner, at most 100 characters; may be empty.
    #[graphql(default)]
    name: String,
}

impl From<RegisterInput> for Registration {
    fn from(input: RegisterInput) -> Self {
        Self { email: input.email, password: input.password.into(), name: input.name }
    }
}

/// Input of `emailVerify`.
#[derive(InputObject)]
pub(in crate::graphql) struct EmailVerifyInput {
    /// Token of the email: the part of its link behind `#token=`.
    #[graphql(secret)]
    pub(in crate::graphql) token: String,
    /// Password of the registration. Needed only when the email address was registered more than once; without it the
    /// answer is then `PasswordRequired`.
    #[graphql(secret)]
    pub(in crate::graphql) password: Option<String>,
}

/// Input of `emailVerifyResend`.
#[derive(InputObject)]
pub(in crate::graphql) struct EmailVerifyResendInput {
    /// Email address of the registration.
    pub(in crate::graphql) email: String,
}

payload! {
    /// Payload of `register`.
    RegisterPayload {}
    /// Failure of `register`.
    RegisterError: InvalidField;
    throttled from account::RegisterError {
        Invalid(invalid) => InvalidField from invalid,
    }
}

payload! {
    /// Payload of `emailVerify`.
    EmailVerifyPayload {
        /// The new account; null when none was created.
        account: Account,
    }
    /// Failure of `emailVerify`.
    EmailVerifyError: InvalidToken, PasswordRequired;
    from account::EmailVerifyError {
        InvalidToken => InvalidToken at "token",
        PasswordRequired => PasswordRequired at "password",
    }
}

payload! {
    /// Payload of `emailVerifyResend`.
    EmailVerifyResendPayload {}
    /// Failure of `emailVerifyResend`.
    EmailVerifyResendError: InvalidField;
    throttled from account::RequestMailError {
        Invalid(invalid) => InvalidField from invalid,
    }
}
