//! Settings of accounts: sessions, throttling, the secret key.

use std::time::Duration;

use clap::{Args, builder::FalseyValueParser};
use secrecy::{ExposeSecret, SecretString};

use super::value::duration;
use crate::domain::{
    identity::{SessionConfig, SessionLifetime},
    kernel::crypto::{MalformedSecretKey, SecretKey},
    throttle::{ThrottleConfig, ThrottlePolicies},
};

/// Settings of accounts.
#[derive(Args, Clone, Debug)]
pub struct AccountConfig {
    /// Idle timeout of a session: it ends when it is not used for this long
    #[arg(long, env = "BODEGA_SESSION_IDLE", value_name = "DURATION", default_value = "14d", value_parser = duration)]
    pub session_idle: Duration,

    /// Maximum lifetime of a session, however much it is used
    #[arg(long, env = "BODEGA_SESSION_LIFETIME", value_name = "DURATION", default_value = "90d", value_parser = duration)]
    pub session_lifetime: Duration,

    /// Idle timeout of a session that the client does not remember (`rememberMe: false`)
    #[arg(long, env = "BODEGA_SESSION_BRIEF_IDLE", value_name = "DURATION", default_value = "2h", value_parser = duration)]
    pub session_brief_idle: Duration,

    /// Maximum lifetime of a session that the client does not remember
    #[arg(long, env = "BODEGA_SESSION_BRIEF_LIFETIME", value_name = "DURATION", default_value = "24h", value_parser = duration)]
    pub session_brief_lifetime: Duration,

    /// Require a second factor of staff: without one they have the permissions of a customer only
    #[arg(long, env = "BODEGA_STAFF_SECOND_FACTOR", value_parser = FalseyValueParser::new())]
    pub staff_second_factor: bool,

    /// Failed logins per account before throttling starts. The first throttled login waits for --login-interval, each
    /// further one twice as long. Logins in progress count until they succeed. Networks from which the account has
    /// logged in before are counted separately, so that strangers cannot lock its owner out
    #[arg(long, env = "BODEGA_LOGIN_BURST_ACCOUNT", value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    pub login_burst_account: u32,

    /// Failed logins per network address before throttling starts, over all accounts. Many customers may share an
    /// address; delays stay near four times --login-interval, since failures are forgiven over time. The surrounding
    /// network (/24, or /48 for IPv6) may have four times as many
    #[arg(long, env = "BODEGA_LOGIN_BURST_ADDRESS", value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    pub login_burst_address: u32,

    /// First delay after too many failed logins
    #[arg(long, env = "BODEGA_LOGIN_INTERVAL", value_name = "DURATION", default_value = "30s", value_parser = duration)]
    pub login_interval: Duration,

    /// Maximum delay after failed logins on one account. One failure is forgiven in four times this duration
    #[arg(long, env = "BODEGA_LOGIN_LONGEST_DELAY", value_name = "DURATION", default_value = "15m", value_parser = duration)]
    pub login_longest_delay: Duration,

    /// Registrations per network address before throttling starts, and likewise mails requested to any address; the
    /// first delay is a minute. The networks of --rate-exempt are not counted
    #[arg(long, env = "BODEGA_REGISTRATION_BURST_ADDRESS", value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    pub registration_burst_address: u32,

    /// Mails of one kind to one recipient before throttling starts, whoever requests them; the first delay is a minute,
    /// the maximum an hour
    #[arg(long, env = "BODEGA_MAIL_BURST_RECIPIENT", value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub mail_burst_recipient: u32,

    /// Key that encrypts secrets in the database, like those of authenticator apps: 32 bytes in base64, as printed by
    /// `openssl rand -base64 32`; the same for all instances. Without the key these secrets are lost [default: with
    /// SQLite, the file beside the database with the ending .key, created at the first start; with PostgreSQL, none]
    #[arg(long, env = "BODEGA_SECRET_KEY", value_name = "KEY", hide_env_values = true)]
    pub secret_key: Option<SecretString>,
}

impl AccountConfig {
    /// Lifetimes of sessions, and whether staff need a second factor.
    pub fn session(&self) -> SessionConfig {
        SessionConfig {
            lifetime: SessionLifetime { idle: self.session_idle, absolute: self.session_lifetime },
            brief_lifetime: SessionLifetime {
                idle: self.session_brief_idle,
                absolute: self.session_brief_lifetime,
            },
            staff_second_factor: self.staff_second_factor,
            ..SessionConfig::default()
        }
    }

    /// Policies of throttling.
    pub fn throttle(&self) -> ThrottlePolicies {
        ThrottlePolicies::new(ThrottleConfig {
            login_burst_account: self.login_burst_account,
            login_burst_address: self.login_burst_address,
            login_interval: self.login_interval,
            login_longest_delay: self.login_longest_delay,
            registration_burst_address: self.registration_burst_address,
            mail_burst_recipient: self.mail_burst_recipient,
        })
    }

    /// The secret key, if set. An empty variable counts as not set.
    pub fn secret_key(&self) -> Result<Option<SecretKey>, MalformedSecretKey> {
        let text = self.secret_key.as_ref().filter(|text| !text.expose_secret().is_empty());
        text.map(SecretKey::from_base64).transpose()
    }
}
