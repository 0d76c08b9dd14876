//! API keys: programs that act as themselves, each with rights of its own. Whoever may change the shop's settings makes and
//! revokes them, be it a person or a program. Who shows a key is found out by [`account::identify`](super::account::identify).

mod create;
mod list;
mod revoke;

pub use create::{CreateApiKeyError, Created, MAX_LIFE, MAX_NAME, NameProblem, NewKey, create};
pub use list::{by_ids, count, list, position};
pub use revoke::{RevokeApiKeyError, revoke};

/// What the audit log calls a key.
const SUBJECT: &str = "ApiKey";
