//! API keys of programs.

mod mutation;
mod query;
mod types;

pub use mutation::ApiKeyMutation;
pub use query::ApiKeyQuery;
pub use types::{ApiKey, ApiKeyConnection};
