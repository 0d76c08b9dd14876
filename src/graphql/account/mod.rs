//! Accounts and logins in the API.

mod connection;
mod error;
mod life;
mod life_types;
mod loader;
mod login;
mod login_types;
mod query;
mod refusal;
mod second_factor;
mod second_factor_error;
mod second_factor_types;
mod session;
mod subscription;
mod types;

pub use connection::AccountConnection;
pub(super) use connection::AccountTotal;
pub use error::{
    InvalidEmail, InvalidName, InvalidToken, PasswordRequired, UnacceptablePassword, WrongPassword,
};
pub use life::LifeMutation;
pub use login::LoginMutation;
pub use query::AccountQuery;
pub use refusal::{AccountMayDoMore, AccountNotFound, LastAdmin};
pub use second_factor::SecondFactorMutation;
pub use second_factor_error::{AlreadyEnrolled, ChallengeExpired, InvalidCode, NotEnrolled};
pub use session::{Session, SessionMutation, SessionQuery};
pub use subscription::AccountSubscription;
pub use types::{Account, InvalidCredentials, RateLimited};
