//! The two kinds of errors in the API.
//!
//! Expected failures, to be shown to the user, are data: members of the payload's `errors`, objects that implement
//! `UserError`. Others are faults: entries of the response's top-level `errors`, with one of the codes in [`code`].
//!
//! Resolvers fail with [`ResolverError`], which can be created only from errors of `domain`, not from a database error:
//!
//! ```compile_fail,E0277
//! fn resolver() -> Result<(), bodega::graphql::kit::error::ResolverError> {
//!     let rows: Result<(), sea_orm::DbErr> = Ok(());
//!     Ok(rows?)
//! }
//! ```
//!
//! ```
//! fn resolver() -> Result<(), bodega::graphql::kit::error::ResolverError> {
//!     let rows: Result<(), bodega::domain::kernel::fault::Fault> = Ok(());
//!     Ok(rows?)
//! }
//! ```

use std::sync::Arc;

use async_graphql::{Error, ErrorExtensionValues, Pos, ServerError};

use crate::domain::kernel::fault::Fault;
pub(in crate::graphql) use crate::graphql::code;

#[derive(Clone, Debug)]
pub enum ResolverError {
    Fault(Fault),
    /// Invalid argument; the text names it and the reason.
    BadInput(String),
    /// Nested lists have more rows than one operation may read.
    TooManyRows {
        max: usize,
    },
}

impl ResolverError {
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
                    format!("Nested lists have more than {max} objects. Request fewer objects at once.");
                return coded(message, code::QUERY_TOO_COMPLEX);
            }
            ResolverError::Fault(fault) => fault,
        };
        match fault {
            Fault::Unauthenticated(message) => coded(message.to_owned(), code::UNAUTHENTICATED),
            Fault::Forbidden(message) => coded(message.into_owned(), code::FORBIDDEN),
            Fault::Unavailable { .. } => {
                with_source(fault, "A required service does not answer. Try again later.", code::UNAVAILABLE)
            }
            Fault::NotSetUp { message, .. } => with_source(fault, message, code::UNAVAILABLE),
            Fault::Conflict(_) => {
                with_source(fault, "Too many concurrent changes. Try again.", code::UNAVAILABLE)
            }
            Fault::Internal(_) => with_source(fault, "Internal server error.", code::INTERNAL),
        }
    }
}

fn coded(message: String, code: &str) -> Error {
    let mut extensions = ErrorExtensionValues::default();
    extensions.set("code", code);
    Error { message, source: None, extensions: Some(extensions) }
}

/// Error of an operation that is rejected before it runs.
pub(in crate::graphql) fn request_error(code: &str, message: impl Into<String>) -> ServerError {
    let mut error = ServerError::new(message, None);
    error.extensions.get_or_insert_default().set("code", code);
    error
}

/// Validation error with its positions in the document.
pub(in crate::graphql) fn invalid(
    message: impl Into<String>,
    at: impl IntoIterator<Item = Pos>,
) -> ServerError {
    let error = request_error(code::GRAPHQL_VALIDATION_FAILED, message);
    ServerError { locations: at.into_iter().collect(), ..error }
}

/// The fault is the error's source, which is not sent to the client: [`Executor`](crate::graphql::engine::Executor)
/// logs it.
fn with_source(fault: Fault, message: &str, code: &str) -> Error {
    Error { source: Some(Arc::new(fault)), ..coded(message.to_owned(), code) }
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
            (Fault::Conflict(Arc::new(secret())), "\"UNAVAILABLE\""),
            (Fault::Unauthenticated("Log in."), "\"UNAUTHENTICATED\""),
        ] {
            let (message, found) = parts(fault);
            assert_eq!(found, code);
            assert!(!message.contains("hunter2"), "{message}");
        }
    }
}
