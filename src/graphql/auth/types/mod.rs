//! Sessions, second factors, and what opens, changes and ends them.

mod login;
mod password;
mod second_factor;
mod session;

pub(in crate::graphql) use login::*;
pub(in crate::graphql) use password::*;
pub use second_factor::*;
pub use session::*;

use crate::graphql::kit::payload::user_errors;

user_errors! {
    /// The email address or the password is wrong, or the account is blocked; the answer does not tell which.
    InvalidCredentials

    /// The code of the second factor is wrong, too old, or was used before.
    InvalidCode

    /// The login has expired, had too many wrong codes, or is finished. Start again with `login`.
    ChallengeExpired

    /// The account has a second factor already; `secondFactorDisable` removes it.
    AlreadyEnrolled

    /// The account has no second factor, or none that waits for confirmation.
    NotEnrolled
}
