//! What people can run into with their accounts.

use async_graphql::{Enum, SimpleObject};

use crate::domain::account::PasswordError;

/// The text cannot be an email address, or not be this account's.
#[derive(SimpleObject)]
pub struct InvalidEmail {
    /// What is wrong, for people.
    pub(in crate::graphql) message: String,
    /// The input field that is to blame, from the outside in; null when it is none.
    pub(in crate::graphql) path: Option<Vec<String>>,
}

/// The text cannot be a name.
#[derive(SimpleObject)]
pub struct InvalidName {
    /// What is wrong, for people.
    pub(in crate::graphql) message: String,
    /// The input field that is to blame, from the outside in; null when it is none.
    pub(in crate::graphql) path: Option<Vec<String>>,
}

/// The token of a letter has expired, was used already, or never was one.
#[derive(SimpleObject)]
pub struct InvalidToken {
    /// What is wrong, for people.
    pub(in crate::graphql) message: String,
    /// The input field that is to blame, from the outside in; null when it is none.
    pub(in crate::graphql) path: Option<Vec<String>>,
}

/// The address was registered more than once: only the password tells which registration is whose.
#[derive(SimpleObject)]
pub struct PasswordRequired {
    /// What is wrong, for people.
    pub(in crate::graphql) message: String,
    /// The input field that is to blame, from the outside in; null when it is none.
    pub(in crate::graphql) path: Option<Vec<String>>,
}

impl PasswordRequired {
    pub(super) fn new(message: String) -> Self {
        Self { message, path: path("password") }
    }
}

/// The account has another password.
#[derive(SimpleObject)]
pub struct WrongPassword {
    /// What is wrong, for people.
    pub(in crate::graphql) message: String,
    /// The input field that is to blame, from the outside in; null when it is none.
    pub(in crate::graphql) path: Option<Vec<String>>,
}

/// The password may not be chosen.
#[derive(SimpleObject)]
pub struct UnacceptablePassword {
    /// What is wrong, for people.
    pub(in crate::graphql) message: String,
    /// The input field that is to blame, from the outside in; null when it is none.
    pub(in crate::graphql) path: Option<Vec<String>>,
    /// What is wrong, for programs.
    problem: PasswordProblem,
}

/// What is wrong with a password.
#[allow(clippy::enum_variant_names, reason = "the words that clients read")]
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
enum PasswordProblem {
    /// It has fewer than 8 characters.
    TooShort,
    /// It has more than 256 characters.
    TooLong,
    /// It is too easy to guess. The message says what would be better.
    TooWeak,
}

impl InvalidEmail {
    pub(super) fn new(message: String) -> Self {
        Self { message, path: path("email") }
    }
}

impl InvalidName {
    pub(super) fn new(message: String) -> Self {
        Self { message, path: path("name") }
    }
}

impl InvalidToken {
    pub(super) fn new(message: String) -> Self {
        Self { message, path: path("token") }
    }
}

impl WrongPassword {
    pub(in crate::graphql) fn new(message: String, field: &str) -> Self {
        Self { message, path: path(field) }
    }
}

impl UnacceptablePassword {
    pub(super) fn new(error: &PasswordError, field: &str) -> Self {
        let problem = match error {
            PasswordError::TooShort => PasswordProblem::TooShort,
            PasswordError::TooLong => PasswordProblem::TooLong,
            PasswordError::TooWeak { .. } => PasswordProblem::TooWeak,
        };
        Self { message: sentence(&error.to_string()), path: path(field), problem }
    }
}

fn path(field: &str) -> Option<Vec<String>> {
    Some(vec!["input".to_owned(), field.to_owned()])
}

/// A message of the command line as one of the API.
fn sentence(message: &str) -> String {
    let mut chars = message.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let end = if message.ends_with('.') { "" } else { "." };
    format!("{first}{}{end}", chars.as_str())
}
