//! Logins, passwords, second factors and sessions in the API.

mod mutation;
mod query;
mod subscription;
mod types;

pub use mutation::AuthMutation;
pub use query::AuthQuery;
pub use subscription::AuthSubscription;
pub use types::{
    AlreadyEnrolled, ChallengeExpired, InvalidCode, InvalidCredentials, NotEnrolled, SecondFactor, Session,
};
pub(in crate::graphql) use types::{SecondFactorOf, SessionTransport};
