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

    /// Time after which a cart that was not changed is deleted. Carts are deleted when others are opened
    #[arg(long, env = "BODEGA_CART_LIFETIME", value_name = "DURATION", default_value = "90d", value_parser = duration)]
    pub cart_lifetime: Duration,

    /// Require a second factor of staff: without one they have the permissions of a customer only
    #[arg(long, env = "BODEGA_STAFF_SECOND_FACTOR", value_parser = FalseyValueParser::new())]
    pub staff_second_factor: bool,

    /// Failed logins per account before throttling starts. The first throttled login waits for 30 seconds, each
    /// further one twice as long, up to 15 minutes. Logins in progress count until they succeed. Networks from which the account has
    /// logged in before are counted separately, so that strangers cannot lock its owner out
    #[arg(long, env = "BODEGA_LOGIN_BURST_ACCOUNT", value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    pub login_burst_account: u32,

    /// Failed logins per network address before throttling starts, over all accounts. Many customers may share an
    /// address; delays stay near two minutes, since failures are forgiven over time. The surrounding
    /// network (/24, or /48 for IPv6) may have four times as many
    #[arg(long, env = "BODEGA_LOGIN_BURST_ADDRESS", value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    pub login_burst_address: u32,

    /// Constants of throttling, beside the two settings above.
    #[arg(skip)]
    pub throttle: ThrottleConfig,

    /// Key that encrypts secrets in the database, like those of authenticator apps: 32 bytes in base64, as printed by
    /// `openssl rand -base64 32`; the same for all instances. Without the key these secrets are lost [default: with
    /// SQLite, the file beside the database with the ending .key, created at the first start; with PostgreSQL, none]
    #[arg(long, env = "BODEGA_SECRET_KEY", value_name = "KEY", hide_env_values = true)]
    pub secret_key: Option<SecretString>,
}

impl AccountConfig {
    pub fn session(&self) -> SessionConfig {
        SessionConfig {
            lifetime: SessionLifetime { idle: self.session_idle, absolute: self.session_lifetime },
            staff_second_factor: self.staff_second_factor,
            ..SessionConfig::default()
        }
    }

    pub fn throttle(&self) -> ThrottlePolicies {
        ThrottlePolicies::new(ThrottleConfig {
            login_burst_account: self.login_burst_account,
            login_burst_address: self.login_burst_address,
            ..self.throttle
        })
    }

    /// The secret key, if set. An empty variable counts as not set.
    pub fn secret_key(&self) -> Result<Option<SecretKey>, MalformedSecretKey> {
        let text = self.secret_key.as_ref().filter(|text| !text.expose_secret().is_empty());
        text.map(SecretKey::from_base64).transpose()
    }
}
