//! Passwords and one-time tokens: hashing, verification, use. `account` and `auth` decide what they grant.

mod one_time_token;
mod password;

pub(in crate::domain) use one_time_token::{consume_token, create_token, drop_tokens};
pub(in crate::domain) use password::Check;
pub use password::{PasswordError, Passwords};
