//! API keys in the API.

mod loader;
mod mutation;
mod query;
mod types;

pub use mutation::ApiKeyMutation;
pub use query::{ApiKeyConnection, ApiKeyQuery};
pub use types::{ApiKey, ApiKeyNotFound, InvalidApiKeyField};
