//! Authentication: login, sessions, second factors, password change and reset.

mod authenticate;
mod hooks;
mod login;
mod password;
mod revocation;
mod second_factor;
mod session;

pub use authenticate::CredentialAuthenticator;
pub use hooks::AuthHooks;
pub use login::{Challenge, Login, LoginError, LoginStep, login};
pub use password::{
    PasswordChangeError, PasswordResetError, password_change, password_reset, password_reset_request,
};
pub use revocation::{Revoked, revocations};
pub use second_factor::*;
pub use session::*;
