//! API keys: credentials of programs, with their own permissions, limited to those that the account which created the
//! key has at present ([`CredentialAuthenticator`](crate::domain::auth::CredentialAuthenticator)).

mod create;
mod list;
mod revoke;

pub use create::{CreateError, Created, MAX_LIFE, MAX_NAME, NewKey, create};
pub use list::{by_ids, list};
pub use revoke::{RevokeError, revoke};

/// Type of a key in the audit log.
pub(super) const SUBJECT: &str = "ApiKey";
