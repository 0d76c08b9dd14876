//! API keys: programs that act as themselves, each with rights of its own. Whoever may change the shop's settings makes and
//! revokes them, be it a person or a program. Who shows a key is found out by [`CredentialAuthenticator`](crate::domain::auth::CredentialAuthenticator).

mod create;
mod list;
mod revoke;

pub use create::{CreateError, Created, MAX_LIFE, MAX_NAME, NewKey, create};
pub use list::{by_ids, list};
pub use revoke::{RevokeError, revoke};

/// What the audit log calls a key.
pub(super) const SUBJECT: &str = "ApiKey";
