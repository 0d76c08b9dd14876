//! Logging in: sessions, second factors, new passwords, and who a request comes from.

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
pub use second_factor::{
    Confirmed, Enrolment, LoginSecondFactor, LoginSecondFactorError, MAX_WRONG_CODES, MalformedRecoveryCode,
    MalformedTotpSecret, RECOVERY_CODES, RecoveryCode, SecondFactor, SecondFactorChangeError,
    SecondFactorConfirmError, SecondFactorEnrolError, SecondFactorResetError, ShownAgain, TotpSecret,
    login_second_factor, qr_code, second_factor_confirm, second_factor_disable, second_factor_enrol,
    second_factor_recovery_codes_renew, second_factor_reset, second_factors_of,
};
pub use session::{
    NewSession, SessionOptions, SessionRevokeError, current_session, is_alive, logout, session_revoke,
    sessions, sessions_by_ids, sessions_revoke_all,
};
