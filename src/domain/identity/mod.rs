//! Value types of identity: email addresses, tokens, sessions, callers and viewers. No business rules and no I/O.

mod caller;
mod device;
mod email;
mod session;
mod token;
mod viewer;

pub use caller::{
    API_KEY_PREFIX, CART_COOKIE, COOKIE_ATTRIBUTES, Caller, Credentials, MAX_USER_AGENT, REMOVED_CART_COOKIE,
    REMOVED_COOKIE, SESSION_COOKIE,
};
pub use device::describe_device;
pub use email::{Email, InvalidEmail};
pub use session::{
    MAX_SESSIONS, RECHECK, Session, SessionConfig, SessionLifetime, SessionSelector, SessionStore,
};
pub use token::{MalformedToken, Token, TokenHash};
pub use viewer::{ApiClient, AuthenticatedAccount, NotHeld, Viewer};
pub(in crate::domain) use viewer::{NO_CREDENTIALS, UNKNOWN_SESSION};
