//! Accounts and logins in the API.

mod connection;
mod error;
mod life;
mod life_types;
mod loader;
mod mutation;
mod query;
mod refusal;
mod session;
mod subscription;
mod types;

pub use connection::AccountConnection;
pub(super) use connection::AccountTotal;
pub use error::{InvalidEmail, InvalidName, InvalidToken, UnacceptablePassword, WrongPassword};
pub use life::LifeMutation;
pub use mutation::AccountMutation;
pub use query::AccountQuery;
pub use refusal::{AccountMayDoMore, AccountNotFound, LastAdmin};
pub use session::{Session, SessionMutation, SessionQuery};
pub use subscription::AccountSubscription;
pub use types::{Account, InvalidCredentials, RateLimited};
