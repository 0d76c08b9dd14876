//! API keys: programs that act as themselves, each with rights of its own, but none that the person who made the key does
//! not have now ([`CredentialAuthenticator`](crate::domain::auth::CredentialAuthenticator)).

mod create;
mod list;
mod revoke;

pub use create::{CreateError, Created, MAX_LIFE, MAX_NAME, NewKey, create};
pub use list::{by_ids, list};
pub use revoke::{RevokeError, revoke};

/// What the audit log calls a key.
pub(super) const SUBJECT: &str = "ApiKey";
