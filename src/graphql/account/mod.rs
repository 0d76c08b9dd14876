//! Accounts and logins in the API.

mod error;
mod life;
mod life_types;
mod loader;
mod mutation;
mod query;
mod session;
mod subscription;
mod types;

pub use error::{InvalidEmail, InvalidName, InvalidToken, UnacceptablePassword, WrongPassword};
pub use life::LifeMutation;
pub use mutation::AccountMutation;
pub use query::AccountQuery;
pub use session::{Session, SessionMutation, SessionQuery};
pub use subscription::AccountSubscription;
pub use types::{Account, InvalidCredentials, RateLimited};
