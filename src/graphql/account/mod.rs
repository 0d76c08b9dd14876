//! Accounts and logins in the API.

mod loader;
mod mutation;
mod query;
mod subscription;
mod types;

pub use mutation::AccountMutation;
pub use query::AccountQuery;
pub use subscription::AccountSubscription;
pub use types::{Account, InvalidCredentials, RateLimited};
