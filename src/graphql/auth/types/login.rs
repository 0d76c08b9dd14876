//! Inputs and payloads of logging in and out.

use async_graphql::{Enum, InputObject, SimpleObject};

use super::{ChallengeExpired, InvalidCode, InvalidCredentials, Session};
use crate::{
    domain::auth::{self, Challenge, Login, LoginSecondFactor},
    graphql::{
        account::Account,
        kit::{
            member::{NoErrors, RateLimited},
            payload::payload,
            scalar::Timestamp,
        },
    },
};

/// Way in which a client keeps its session.
#[derive(Clone, Copy, Default, PartialEq, Eq, Enum)]
pub(in crate::graphql) enum SessionTransport {
    /// The answer contains the token; the client sends it as `Authorization: Bearer TOKEN`. For programs and apps.
    #[default]
    Bearer,
    /// The answer sets a cookie that scripts cannot read. For browsers.
    Cookie,
}

impl SessionTransport {
    pub(in crate::graphql) fn is_cookie(self) -> bool {
        self == Self::Cookie
    }
}

/// Input of `login`.
#[derive(InputObject)]
pub(in crate::graphql) struct LoginInput {
    /// Email address of the account, in upper or lower case.
    email: String,
    /// Password of the account.
    #[graphql(secret)]
    password: String,
    /// Way in which the client keeps its session.
    #[graphql(default)]
    pub(in crate::graphql) transport: SessionTransport,
    /// Whether the session continues after the client is closed. Otherwise the session ends after a few hours, and a cookie
    /// ends with the browser.
    #[graphql(default = true)]
    remember_me: bool,
    /// Token of the guest's cart that the account takes over: its lines come into the account's cart, and the token ends.
    /// Without it that of the cart cookie.
    #[graphql(secret)]
    cart_token: Option<String>,
}

/// Input of `loginSecondFactor`.
#[derive(InputObject)]
pub(in crate::graphql) struct LoginSecondFactorInput {
    /// Challenge from the answer of `login`.
    #[graphql(secret)]
    challenge: String,
    /// Six digits of the authenticator app, or a recovery code.
    #[graphql(secret)]
    code: String,
    /// Way in which the client keeps its session.
    #[graphql(default)]
    pub(in crate::graphql) transport: SessionTransport,
    /// Whether the session continues after the client is closed. Otherwise the session ends after a few hours, and a cookie
    /// ends with the browser.
    #[graphql(default = true)]
    remember_me: bool,
    /// Token of the guest's cart that the account takes over: its lines come into the account's cart, and the token ends.
    /// Without it that of the cart cookie.
    #[graphql(secret)]
    cart_token: Option<String>,
}

impl From<LoginInput> for Login {
    fn from(input: LoginInput) -> Self {
        Self {
            email: input.email,
            password: input.password.into(),
            is_remembered: input.remember_me,
            cart_token: input.cart_token.map(Into::into),
        }
    }
}

impl From<LoginSecondFactorInput> for LoginSecondFactor {
    fn from(input: LoginSecondFactorInput) -> Self {
        Self {
            challenge: input.challenge.into(),
            code: input.code.into(),
            is_remembered: input.remember_me,
            cart_token: input.cart_token.map(Into::into),
        }
    }
}

/// Second factor that a login waits for, after the right password.
#[derive(SimpleObject)]
pub(in crate::graphql) struct SecondFactorRequired {
    /// Challenge to send to `loginSecondFactor`. Grants no access without the second factor.
    challenge: String,
    /// Time at which this login expires.
    expires_at: Timestamp,
}

impl From<Challenge> for SecondFactorRequired {
    fn from(challenge: Challenge) -> Self {
        Self { challenge: challenge.token.expose(), expires_at: Timestamp(challenge.expires_at) }
    }
}

payload! {
    /// Payload of `login`.
    LoginPayload {
        /// The new session; null when the login failed or needs a second factor.
        session: Session,
        /// Account of the session; null without a session.
        account: Account,
        /// Challenge for `loginSecondFactor`, when the password is right and the account has a second factor; null
        /// otherwise.
        second_factor_required: SecondFactorRequired,
    }
    /// Failure of `login`.
    LoginError: InvalidCredentials;
    throttled from auth::LoginError {
        InvalidCredentials => InvalidCredentials,
    }
}

payload! {
    /// Payload of `loginSecondFactor`.
    LoginSecondFactorPayload {
        /// The new session; null when the login failed.
        session: Session,
        /// Account of the session; null when the login failed.
        account: Account,
    }
    /// Failure of `loginSecondFactor`.
    LoginSecondFactorError: InvalidCode, ChallengeExpired;
    throttled from auth::LoginSecondFactorError {
        InvalidCode => InvalidCode at "code",
        ChallengeExpired => ChallengeExpired at "challenge",
    }
}

/// Payload of `logout`.
#[derive(SimpleObject)]
pub(in crate::graphql) struct LogoutPayload {
    /// Whether a session ended; false when the request had none.
    pub(in crate::graphql) logged_out: bool,
    /// Failures; always empty.
    pub(in crate::graphql) errors: NoErrors,
}
