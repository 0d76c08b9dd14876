//! Accounts and logins in the API.

mod loader;
mod login;
mod login_types;
mod query;
mod second_factor;
mod second_factor_error;
mod second_factor_types;
mod subscription;
mod types;

pub use login::LoginMutation;
pub use query::AccountQuery;
pub use second_factor::SecondFactorMutation;
pub use second_factor_error::{AccountNotFound, AlreadyEnrolled, ChallengeExpired, InvalidCode, NotEnrolled};
pub use subscription::AccountSubscription;
pub use types::{Account, InvalidCredentials, RateLimited};
