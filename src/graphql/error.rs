//! The two kinds of error that the API knows.
//!
//! What a shopper or a form can run into is data: a member of the payload's `errors`, an object that implements
//! [`UserError`]. Everything else is a fault: an entry of the response's top-level `errors` with one of the codes in
//! [`code`].
//!
//! Resolvers fail with [`ResolverError`], which is made from the errors of `domain` only. A database error cannot slip
//! through with a bare `?`:
//!
//! ```compile_fail,E0277
//! fn resolver() -> Result<(), bodega::graphql::error::ResolverError> {
//!     let rows: Result<(), sea_orm::DbErr> = Ok(());
//!     Ok(rows?)
//! }
//! ```
//!
//! ```
//! fn resolver() -> Result<(), bodega::graphql::error::ResolverError> {
//!     let rows: Result<(), bodega::domain::Fault> = Ok(());
//!     Ok(rows?)
//! }
//! ```

use std::sync::Arc;

use async_graphql::{Error, ErrorExtensionValues, Interface, ServerError};

use super::{
    account::{
        AccountMayDoMore, AccountNotFound, AlreadyEnrolled, ChallengeExpired, InvalidCode,
        InvalidCredentials, InvalidEmail, InvalidName, InvalidToken, LastAdmin, NotEnrolled,
        PasswordRequired, RateLimited, UnacceptablePassword, WrongPassword,
    },
    address::{AddressLimitReached, AddressNotFound, InvalidAddressField},
    api_key::{ApiKeyNotFound, InvalidApiKeyField},
    customer::{CannotBlockYourself, CustomerNotFound},
    outbox::DeadLetterNotFound,
    permission::PermissionsNotHeld,
    staff::{AdminRequired, InvalidRoleName, RoleInUse, RoleNameTaken, RoleNotFound},
};
use crate::domain::Fault;

/// The values of `extensions.code`. Clients rely on them: none is ever renamed.
pub mod code {
    /// The credentials are missing or no good.
    pub const UNAUTHENTICATED: &str = "UNAUTHENTICATED";
    /// The caller may not do this.
    pub const FORBIDDEN: &str = "FORBIDDEN";
    /// An argument or the request itself cannot be used as it is.
    pub const BAD_USER_INPUT: &str = "BAD_USER_INPUT";
    /// There is nothing by this name, where null cannot say it.
    pub const NOT_FOUND: &str = "NOT_FOUND";
    /// The document is not GraphQL.
    pub const GRAPHQL_PARSE_FAILED: &str = "GRAPHQL_PARSE_FAILED";
    /// The document does not fit the schema.
    pub const GRAPHQL_VALIDATION_FAILED: &str = "GRAPHQL_VALIDATION_FAILED";
    /// The operation is larger than the limits allow.
    pub const QUERY_TOO_COMPLEX: &str = "QUERY_TOO_COMPLEX";
    /// The schema is not for reading here.
    pub const INTROSPECTION_DISABLED: &str = "INTROSPECTION_DISABLED";
    /// The server does not know the operation that the request means by its hash; send its text along.
    pub const PERSISTED_QUERY_NOT_FOUND: &str = "PERSISTED_QUERY_NOT_FOUND";
    /// The caller has asked for more than its share; try again later.
    pub const RATE_LIMITED: &str = "RATE_LIMITED";
    /// A service that the operation needs does not answer; try again later.
    pub const UNAVAILABLE: &str = "UNAVAILABLE";
    /// The client went away before the answer. Only logs and metrics have it.
    pub const CANCELLED: &str = "CANCELLED";
    /// A defect on the server's side; the request's id (`extensions.requestId`, also the header `x-request-id`) finds its
    /// cause in the log.
    pub const INTERNAL: &str = "INTERNAL";

    /// All of them.
    pub const ALL: &[&str] = &[
        UNAUTHENTICATED,
        FORBIDDEN,
        BAD_USER_INPUT,
        NOT_FOUND,
        GRAPHQL_PARSE_FAILED,
        GRAPHQL_VALIDATION_FAILED,
        QUERY_TOO_COMPLEX,
        INTROSPECTION_DISABLED,
        PERSISTED_QUERY_NOT_FOUND,
        RATE_LIMITED,
        UNAVAILABLE,
        CANCELLED,
        INTERNAL,
    ];
}

/// Why a resolver failed.
#[derive(Clone, Debug)]
pub enum ResolverError {
    /// An operation failed for a reason outside its rules.
    Fault(Fault),
    /// An argument cannot be used; the text says which, and why.
    BadInput(String),
    /// Lists within lists came to more rows than one operation may get.
    TooManyRows {
        /// How many it may get.
        max: usize,
    },
}

impl ResolverError {
    /// An argument cannot be used.
    pub fn bad_input(message: impl Into<String>) -> Self {
        Self::BadInput(message.into())
    }
}

impl From<Fault> for ResolverError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<ResolverError> for Error {
    fn from(error: ResolverError) -> Self {
        let fault = match error {
            ResolverError::BadInput(message) => return coded(message, code::BAD_USER_INPUT),
            ResolverError::TooManyRows { max } => {
                let message =
                    format!("Lists within lists came to more than {max} objects. Ask for less at once.");
                return coded(message, code::QUERY_TOO_COMPLEX);
            }
            ResolverError::Fault(fault) => fault,
        };
        match fault {
            Fault::Unauthenticated(message) => coded(message.to_owned(), code::UNAUTHENTICATED),
            Fault::Forbidden(message) => coded(message.into_owned(), code::FORBIDDEN),
            Fault::Unavailable { .. } => with_source(
                fault,
                "A service that this needs does not answer. Try again later.",
                code::UNAVAILABLE,
            ),
            Fault::NotSetUp { message, .. } => with_source(fault, message, code::UNAVAILABLE),
            Fault::Conflict(_) => {
                with_source(fault, "Too many changes at once. Try again.", code::UNAVAILABLE)
            }
            Fault::Internal(_) => {
                with_source(fault, "Something went wrong on the server's side.", code::INTERNAL)
            }
        }
    }
}

fn coded(message: String, code: &str) -> Error {
    let mut extensions = ErrorExtensionValues::default();
    extensions.set("code", code);
    Error { message, source: None, extensions: Some(extensions) }
}

/// Why an operation does not begin.
pub(super) fn request_error(code: &str, message: impl Into<String>) -> ServerError {
    let mut error = ServerError::new(message, None);
    error.extensions.get_or_insert_default().set("code", code);
    error
}

/// The fault travels as the error's source, which never leaves the process: [`Executor`](super::Executor) logs it.
fn with_source(fault: Fault, message: &str, code: &str) -> Error {
    Error { source: Some(Arc::new(fault)), ..coded(message.to_owned(), code) }
}

/// What every error that is data has in common.
#[derive(Interface)]
#[graphql(
    field(name = "message", ty = "&String", desc = "What is wrong, for people."),
    field(
        name = "path",
        ty = "&Option<Vec<String>>",
        desc = "The input field that is to blame, from the outside in; null when it is none."
    )
)]
pub enum UserError {
    AccountMayDoMore(AccountMayDoMore),
    AccountNotFound(AccountNotFound),
    AddressLimitReached(AddressLimitReached),
    AddressNotFound(AddressNotFound),
    AdminRequired(AdminRequired),
    AlreadyEnrolled(AlreadyEnrolled),
    ApiKeyNotFound(ApiKeyNotFound),
    CannotBlockYourself(CannotBlockYourself),
    ChallengeExpired(ChallengeExpired),
    CustomerNotFound(CustomerNotFound),
    DeadLetterNotFound(DeadLetterNotFound),
    InvalidAddressField(InvalidAddressField),
    InvalidApiKeyField(InvalidApiKeyField),
    InvalidCode(InvalidCode),
    InvalidCredentials(InvalidCredentials),
    InvalidEmail(InvalidEmail),
    InvalidName(InvalidName),
    InvalidRoleName(InvalidRoleName),
    InvalidToken(InvalidToken),
    LastAdmin(LastAdmin),
    NotEnrolled(NotEnrolled),
    PasswordRequired(PasswordRequired),
    PermissionsNotHeld(PermissionsNotHeld),
    RateLimited(RateLimited),
    RoleInUse(RoleInUse),
    RoleNameTaken(RoleNameTaken),
    RoleNotFound(RoleNotFound),
    UnacceptablePassword(UnacceptablePassword),
    WrongPassword(WrongPassword),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(fault: Fault) -> (String, String) {
        let error = Error::from(ResolverError::from(fault));
        let code = error.extensions.unwrap().get("code").unwrap().to_string();
        (error.message, code)
    }

    #[test]
    fn faults_have_their_codes_and_hide_their_causes() {
        let secret = || std::io::Error::other("password=hunter2");
        for (fault, code) in [
            (Fault::internal(secret()), "\"INTERNAL\""),
            (Fault::unavailable("redis", secret()), "\"UNAVAILABLE\""),
            (Fault::Conflict(sea_orm::DbErr::Custom("hunter2".into())), "\"UNAVAILABLE\""),
            (Fault::Unauthenticated("Log in."), "\"UNAUTHENTICATED\""),
        ] {
            let (message, found) = parts(fault);
            assert_eq!(found, code);
            assert!(!message.contains("hunter2"), "{message}");
        }
    }
}
