//! Inputs and payloads of the life of an account.

use async_graphql::{InputObject, SimpleObject, Union};
use entity::account;

use super::{
    Account, RateLimited,
    error::{InvalidEmail, InvalidName, InvalidToken, PasswordRequired, UnacceptablePassword, WrongPassword},
    session::Session,
};
use crate::{
    domain::{
        Fault,
        account::{
            AskForMailError as DomainAskForMailError, ChangeEmailError, ChangePasswordError, LoggedIn,
            RegisterError as DomainRegisterError, Registration, ResetPasswordError,
            TokenError as DomainTokenError, UpdateProfileError, VerifyError,
        },
    },
    graphql::error::ResolverError,
};

/// What a registration needs.
#[derive(InputObject)]
pub(super) struct RegisterInput {
    /// The address of the account to be. A letter goes there.
    email: String,
    /// Its password: 8 to 256 characters that are hard to guess.
    #[graphql(secret)]
    password: String,
    /// What its owner is called, at most 100 characters.
    #[graphql(default)]
    name: String,
}

impl From<RegisterInput> for Registration {
    fn from(input: RegisterInput) -> Self {
        Self { email: input.email, password: input.password.into(), name: input.name }
    }
}

/// The token of a letter.
#[derive(InputObject)]
pub(super) struct TokenInput {
    /// The token, as the letter's link has it behind `#token=`.
    #[graphql(secret)]
    pub(super) token: String,
}

/// What verifying an address needs.
#[derive(InputObject)]
pub(super) struct EmailVerifyInput {
    /// The token, as the letter's link has it behind `#token=`.
    #[graphql(secret)]
    pub(super) token: String,
    /// The password of the registration. It is asked for (`PasswordRequired`) when the address was registered more than once.
    #[graphql(secret)]
    pub(super) password: Option<String>,
}

/// An address to write to.
#[derive(InputObject)]
pub(super) struct EmailInput {
    /// The address.
    pub(super) email: String,
}

/// What a new password needs where the old one is not known.
#[derive(InputObject)]
pub(super) struct PasswordResetInput {
    /// The token of the letter.
    #[graphql(secret)]
    pub(super) token: String,
    /// The new password: 8 to 256 characters that are hard to guess.
    #[graphql(secret)]
    pub(super) new_password: String,
}

/// What a new password needs.
#[derive(InputObject)]
pub(super) struct PasswordChangeInput {
    /// The present password.
    #[graphql(secret)]
    pub(super) password: String,
    /// The new password: 8 to 256 characters that are hard to guess.
    #[graphql(secret)]
    pub(super) new_password: String,
}

/// What a change of address needs.
#[derive(InputObject)]
pub(super) struct EmailChangeRequestInput {
    /// The new address.
    pub(super) email: String,
    /// The account's password.
    #[graphql(secret)]
    pub(super) password: String,
}

/// What changes in a profile.
#[derive(InputObject)]
pub(super) struct ProfileUpdateInput {
    /// What the viewer is called, at most 100 characters; may be empty.
    pub(super) name: Option<String>,
}

/// What became of a registration.
#[derive(SimpleObject)]
pub(super) struct RegisterPayload {
    /// Why the registration was not taken; empty when a letter is on its way.
    errors: Vec<RegisterError>,
}

/// Why a registration was not taken.
#[derive(Union)]
enum RegisterError {
    InvalidEmail(InvalidEmail),
    InvalidName(InvalidName),
    UnacceptablePassword(UnacceptablePassword),
    RateLimited(RateLimited),
}

impl RegisterPayload {
    pub(super) fn new(result: Result<(), DomainRegisterError>) -> Result<Self, ResolverError> {
        use DomainRegisterError as Domain;
        let Err(error) = result else { return Ok(Self { errors: Vec::new() }) };
        let message = error.to_string();
        let error = match error {
            Domain::InvalidEmail(_) => RegisterError::InvalidEmail(InvalidEmail::new(message)),
            Domain::InvalidName(_) => RegisterError::InvalidName(InvalidName::new(message)),
            Domain::Password(error) => {
                RegisterError::UnacceptablePassword(UnacceptablePassword::new(&error, "password"))
            }
            Domain::RateLimited { retry_after } => {
                RegisterError::RateLimited(RateLimited::new(message, &retry_after))
            }
            Domain::Fault(fault) => return Err(fault.into()),
        };
        Ok(Self { errors: vec![error] })
    }
}

/// What became of asking for a letter.
#[derive(SimpleObject)]
pub(super) struct AskForMailPayload {
    /// Why no letter will be sent; empty when one is on its way, if there is somebody to write to.
    errors: Vec<AskForMailError>,
}

/// Why no letter will be sent.
#[derive(Union)]
enum AskForMailError {
    InvalidEmail(InvalidEmail),
    RateLimited(RateLimited),
}

impl AskForMailPayload {
    pub(super) fn new(result: Result<(), DomainAskForMailError>) -> Result<Self, ResolverError> {
        use DomainAskForMailError as Domain;
        let Err(error) = result else { return Ok(Self { errors: Vec::new() }) };
        let message = error.to_string();
        let error = match error {
            Domain::InvalidEmail(_) => AskForMailError::InvalidEmail(InvalidEmail::new(message)),
            Domain::RateLimited { retry_after } => {
                AskForMailError::RateLimited(RateLimited::new(message, &retry_after))
            }
            Domain::Fault(fault) => return Err(fault.into()),
        };
        Ok(Self { errors: vec![error] })
    }
}

/// Why a token did nothing.
#[derive(Union)]
enum TokenError {
    InvalidToken(InvalidToken),
    RateLimited(RateLimited),
}

impl TokenError {
    fn new(error: DomainTokenError) -> Result<Self, Fault> {
        let message = error.to_string();
        match error {
            DomainTokenError::InvalidToken => Ok(Self::InvalidToken(InvalidToken::new(message))),
            DomainTokenError::RateLimited { retry_after } => {
                Ok(Self::RateLimited(RateLimited::new(message, &retry_after)))
            }
            DomainTokenError::Fault(fault) => Err(fault),
        }
    }
}

/// Why no account came of a token.
#[derive(Union)]
enum EmailVerifyError {
    InvalidToken(InvalidToken),
    PasswordRequired(PasswordRequired),
    RateLimited(RateLimited),
}

/// What became of verifying an address.
#[derive(SimpleObject)]
pub(super) struct EmailVerifyPayload {
    /// The new account; null when there is none.
    account: Option<Account>,
    /// Why there is no account; empty when there is.
    errors: Vec<EmailVerifyError>,
}

impl EmailVerifyPayload {
    pub(super) fn new(result: Result<account::Model, VerifyError>) -> Result<Self, ResolverError> {
        let error = match result {
            Ok(account) => return Ok(Self { account: Some((&account).into()), errors: Vec::new() }),
            Err(error) => error,
        };
        let message = error.to_string();
        let error = match error {
            VerifyError::InvalidToken => EmailVerifyError::InvalidToken(InvalidToken::new(message)),
            VerifyError::PasswordRequired => {
                EmailVerifyError::PasswordRequired(PasswordRequired::new(message))
            }
            VerifyError::RateLimited { retry_after } => {
                EmailVerifyError::RateLimited(RateLimited::new(message, &retry_after))
            }
            VerifyError::Fault(fault) => return Err(fault.into()),
        };
        Ok(Self { account: None, errors: vec![error] })
    }
}

/// What became of changing an address.
#[derive(SimpleObject)]
pub(super) struct EmailChangeConfirmPayload {
    /// The account's new address; null when the token did nothing.
    email: Option<String>,
    /// Why the token did nothing; empty when it did not.
    errors: Vec<TokenError>,
}

impl EmailChangeConfirmPayload {
    pub(super) fn new(result: Result<account::Model, DomainTokenError>) -> Result<Self, ResolverError> {
        Ok(match result {
            Ok(account) => Self { email: Some(account.email), errors: Vec::new() },
            Err(error) => Self { email: None, errors: vec![TokenError::new(error)?] },
        })
    }
}

/// What became of a new password.
#[derive(SimpleObject)]
pub(super) struct PasswordResetPayload {
    /// Why the password stays as it is; empty when it is the new one.
    errors: Vec<PasswordResetError>,
}

/// Why a password was not reset.
#[derive(Union)]
enum PasswordResetError {
    InvalidToken(InvalidToken),
    UnacceptablePassword(UnacceptablePassword),
    RateLimited(RateLimited),
}

impl PasswordResetPayload {
    pub(super) fn new(result: Result<(), ResetPasswordError>) -> Result<Self, ResolverError> {
        let Err(error) = result else { return Ok(Self { errors: Vec::new() }) };
        let message = error.to_string();
        let error = match error {
            ResetPasswordError::InvalidToken => PasswordResetError::InvalidToken(InvalidToken::new(message)),
            ResetPasswordError::Password(error) => {
                PasswordResetError::UnacceptablePassword(UnacceptablePassword::new(&error, "newPassword"))
            }
            ResetPasswordError::RateLimited { retry_after } => {
                PasswordResetError::RateLimited(RateLimited::new(message, &retry_after))
            }
            ResetPasswordError::Fault(fault) => return Err(fault.into()),
        };
        Ok(Self { errors: vec![error] })
    }
}

/// What became of a change of password.
#[derive(SimpleObject)]
pub(super) struct PasswordChangePayload {
    /// The viewer's new session; null when the password stays as it is.
    session: Option<Session>,
    /// Why the password stays as it is; empty when it is the new one.
    errors: Vec<PasswordChangeError>,
}

/// Why a password was not changed.
#[derive(Union)]
enum PasswordChangeError {
    WrongPassword(WrongPassword),
    UnacceptablePassword(UnacceptablePassword),
    RateLimited(RateLimited),
}

impl PasswordChangePayload {
    pub(super) fn new(
        result: Result<LoggedIn, ChangePasswordError>,
        renewed: impl FnOnce(&LoggedIn) -> Session,
    ) -> Result<Self, ResolverError> {
        let error = match result {
            Ok(login) => return Ok(Self { session: Some(renewed(&login)), errors: Vec::new() }),
            Err(error) => error,
        };
        let message = error.to_string();
        let error = match error {
            ChangePasswordError::WrongPassword => {
                PasswordChangeError::WrongPassword(WrongPassword::new(message, "password"))
            }
            ChangePasswordError::Password(error) => {
                PasswordChangeError::UnacceptablePassword(UnacceptablePassword::new(&error, "newPassword"))
            }
            ChangePasswordError::RateLimited { retry_after } => {
                PasswordChangeError::RateLimited(RateLimited::new(message, &retry_after))
            }
            ChangePasswordError::Fault(fault) => return Err(fault.into()),
        };
        Ok(Self { session: None, errors: vec![error] })
    }
}

/// What became of asking for a change of address.
#[derive(SimpleObject)]
pub(super) struct EmailChangeRequestPayload {
    /// Why no letter will be sent; empty when one is on its way.
    errors: Vec<EmailChangeRequestError>,
}

/// Why a change of address does not begin.
#[derive(Union)]
enum EmailChangeRequestError {
    InvalidEmail(InvalidEmail),
    WrongPassword(WrongPassword),
    RateLimited(RateLimited),
}

impl EmailChangeRequestPayload {
    pub(super) fn new(result: Result<(), ChangeEmailError>) -> Result<Self, ResolverError> {
        let Err(error) = result else { return Ok(Self { errors: Vec::new() }) };
        let message = error.to_string();
        let error = match error {
            ChangeEmailError::InvalidEmail(_) | ChangeEmailError::SameEmail => {
                EmailChangeRequestError::InvalidEmail(InvalidEmail::new(message))
            }
            ChangeEmailError::WrongPassword => {
                EmailChangeRequestError::WrongPassword(WrongPassword::new(message, "password"))
            }
            ChangeEmailError::RateLimited { retry_after } => {
                EmailChangeRequestError::RateLimited(RateLimited::new(message, &retry_after))
            }
            ChangeEmailError::Fault(fault) => return Err(fault.into()),
        };
        Ok(Self { errors: vec![error] })
    }
}

/// What became of a change of profile.
#[derive(SimpleObject)]
pub(super) struct ProfileUpdatePayload {
    /// The account as it is now; null when nothing was changed because of an error.
    account: Option<Account>,
    /// Why nothing was changed; empty when it was.
    errors: Vec<ProfileUpdateError>,
}

/// Why a profile was not changed.
#[derive(Union)]
enum ProfileUpdateError {
    InvalidName(InvalidName),
}

impl ProfileUpdatePayload {
    pub(super) fn new(
        result: Result<std::sync::Arc<account::Model>, UpdateProfileError>,
    ) -> Result<Self, ResolverError> {
        match result {
            Ok(account) => Ok(Self { account: Some((&*account).into()), errors: Vec::new() }),
            Err(error @ UpdateProfileError::InvalidName(_)) => {
                let error = ProfileUpdateError::InvalidName(InvalidName::new(error.to_string()));
                Ok(Self { account: None, errors: vec![error] })
            }
            Err(UpdateProfileError::Fault(fault)) => Err(fault.into()),
        }
    }
}
