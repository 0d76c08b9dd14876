//! What logging in takes and answers.

use async_graphql::{Context, Enum, InputObject, SimpleObject, Union};

use super::{
    second_factor_error::{ChallengeExpired, InvalidCode},
    session::Session,
    types::{Account, InvalidCredentials, RateLimited},
};
use crate::{
    domain::account::{
        Challenge, LoggedIn, LoginError as DomainLoginError,
        second_factor::LoginSecondFactorError as DomainSecondFactorError,
    },
    graphql::{error::ResolverError, scalar::Timestamp},
};

/// How a client keeps its session.
#[derive(Clone, Copy, Default, PartialEq, Eq, Enum)]
pub(super) enum SessionTransport {
    /// The answer holds the token; the client sends it as `Authorization: Bearer TOKEN`. For programs and apps.
    #[default]
    Bearer,
    /// The answer sets a cookie that scripts cannot read. For browsers.
    Cookie,
}

/// What a login needs.
#[derive(InputObject)]
pub(super) struct LoginInput {
    /// The account's address, in capital or small letters.
    pub(super) email: String,
    /// The account's password.
    #[graphql(secret)]
    pub(super) password: String,
    /// How the client keeps its session.
    #[graphql(default)]
    pub(super) transport: SessionTransport,
    /// Whether the client keeps the session when it is closed. Otherwise it ends after a few hours, and a cookie with the
    /// browser.
    #[graphql(default = true)]
    pub(super) remember_me: bool,
}

/// What the second step of a login needs.
#[derive(InputObject)]
pub(super) struct LoginSecondFactorInput {
    /// The challenge that `login` answered with.
    #[graphql(secret)]
    pub(super) challenge: String,
    /// The six digits that the authenticator app shows, or one of the recovery codes.
    #[graphql(secret)]
    pub(super) code: String,
    /// How the client keeps its session.
    #[graphql(default)]
    pub(super) transport: SessionTransport,
    /// Whether the client keeps the session when it is closed. Otherwise it ends after a few hours, and a cookie with the
    /// browser.
    #[graphql(default = true)]
    pub(super) remember_me: bool,
}

/// What became of a login.
#[derive(SimpleObject)]
pub(super) struct LoginPayload {
    /// The session; null when the login failed, or asks for the second factor.
    session: Option<Session>,
    /// Whose session it is; null without one.
    account: Option<Account>,
    /// What to show the second factor with, if the account has one and the password was right; null otherwise.
    second_factor_required: Option<SecondFactorRequired>,
    /// Why the login failed; empty when it did not.
    errors: Vec<LoginError>,
}

/// The password was right, and the account has a second factor: show it to `loginSecondFactor`.
#[derive(SimpleObject)]
struct SecondFactorRequired {
    /// What belongs to this login. It opens nothing without the second factor.
    challenge: String,
    /// When this login is given up.
    expires_at: Timestamp,
}

/// What became of the second step of a login.
#[derive(SimpleObject)]
pub(super) struct LoginSecondFactorPayload {
    /// The session; null when the login failed.
    session: Option<Session>,
    /// Whose session it is; null when the login failed.
    account: Option<Account>,
    /// Why the login failed; empty when it did not.
    errors: Vec<LoginSecondFactorError>,
}

/// Why a login failed.
#[derive(Union)]
pub(super) enum LoginError {
    InvalidCredentials(InvalidCredentials),
    RateLimited(RateLimited),
}

/// Why the second step of a login failed.
#[derive(Union)]
pub(super) enum LoginSecondFactorError {
    InvalidCode(InvalidCode),
    ChallengeExpired(ChallengeExpired),
    RateLimited(RateLimited),
}

impl LoginPayload {
    /// The payload of a login that opened a session.
    pub(super) fn done(ctx: &Context<'_>, login: &LoggedIn, by_cookie: bool) -> Self {
        Self {
            session: Some(Session::hand_over(ctx, login, by_cookie)),
            account: Some(Account::at_login(login)),
            second_factor_required: None,
            errors: Vec::new(),
        }
    }

    /// The payload of a login that asks for the second factor.
    pub(super) fn challenge(challenge: &Challenge) -> Self {
        let required = SecondFactorRequired {
            challenge: challenge.token.expose(),
            expires_at: Timestamp(challenge.expires_at),
        };
        Self { session: None, account: None, second_factor_required: Some(required), errors: Vec::new() }
    }

    /// The payload of a login that failed for one of its own reasons.
    pub(super) fn failure(error: DomainLoginError) -> Result<Self, ResolverError> {
        let message = error.to_string();
        let error = match error {
            DomainLoginError::InvalidCredentials => {
                LoginError::InvalidCredentials(InvalidCredentials { message, path: None })
            }
            DomainLoginError::RateLimited { retry_after } => {
                LoginError::RateLimited(RateLimited::new(message, &retry_after))
            }
            DomainLoginError::Fault(fault) => return Err(fault.into()),
        };
        Ok(Self { session: None, account: None, second_factor_required: None, errors: vec![error] })
    }
}

impl LoginSecondFactorPayload {
    /// The payload of a login that opened a session.
    pub(super) fn done(ctx: &Context<'_>, login: &LoggedIn, by_cookie: bool) -> Self {
        Self {
            session: Some(Session::hand_over(ctx, login, by_cookie)),
            account: Some(Account::at_login(login)),
            errors: Vec::new(),
        }
    }

    /// The payload of a login that failed for one of its own reasons.
    pub(super) fn failure(error: DomainSecondFactorError) -> Result<Self, ResolverError> {
        let message = error.to_string();
        let error = match error {
            DomainSecondFactorError::InvalidCode => {
                LoginSecondFactorError::InvalidCode(InvalidCode::new(message))
            }
            DomainSecondFactorError::ChallengeExpired => {
                LoginSecondFactorError::ChallengeExpired(ChallengeExpired::new(message))
            }
            DomainSecondFactorError::RateLimited { retry_after } => {
                LoginSecondFactorError::RateLimited(RateLimited::new(message, &retry_after))
            }
            DomainSecondFactorError::Fault(fault) => return Err(fault.into()),
        };
        Ok(Self { session: None, account: None, errors: vec![error] })
    }
}

/// What became of a logout.
#[derive(SimpleObject)]
pub(super) struct LogoutPayload {
    /// Whether a session ended; false when the caller had none.
    pub(super) logged_out: bool,
}
