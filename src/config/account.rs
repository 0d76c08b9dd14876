//! How sessions end, how often logins may fail, and what secrets are sealed with.

use std::time::Duration;

use clap::Args;
use secrecy::{ExposeSecret, SecretString};

use super::value::duration;
use crate::domain::{
    account::{LoginQuotas, SessionLifetime},
    quota::Quota,
    seal::{MalformedSecretKey, SecretKey},
};

/// How accounts are treated.
#[derive(Args, Clone, Debug)]
pub struct AccountConfig {
    /// A session ends when it is not used for this long
    #[arg(long, env = "BODEGA_SESSION_IDLE", value_name = "DURATION", default_value = "14d", value_parser = duration)]
    pub session_idle: Duration,

    /// A session ends after this long, however much it is used
    #[arg(long, env = "BODEGA_SESSION_LIFETIME", value_name = "DURATION", default_value = "90d", value_parser = duration)]
    pub session_lifetime: Duration,

    /// Failed logins that one account may have at once, whoever tries; then one more for each --login-interval. Logins
    /// under way count until they succeed
    #[arg(long, env = "BODEGA_LOGIN_BURST_ACCOUNT", value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    pub login_burst_account: u32,

    /// Failed logins that one network address may have at once; then one more for each --login-interval
    #[arg(long, env = "BODEGA_LOGIN_BURST_ADDRESS", value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    pub login_burst_address: u32,

    /// How long it takes until one more failed login is allowed
    #[arg(long, env = "BODEGA_LOGIN_INTERVAL", value_name = "DURATION", default_value = "30s", value_parser = duration)]
    pub login_interval: Duration,

    /// What secrets like those of authenticator apps are encrypted with in the database: 32 bytes in base64, as
    /// `openssl rand -base64 32` prints them, the same for all instances. Who loses it loses those secrets [default:
    /// with SQLite the file beside the database's that ends in .key, which is made at the first start]
    #[arg(long, env = "BODEGA_SECRET_KEY", value_name = "KEY", hide_env_values = true)]
    pub secret_key: Option<SecretString>,
}

impl AccountConfig {
    /// How sessions end.
    pub fn session_lifetime(&self) -> SessionLifetime {
        SessionLifetime { idle: self.session_idle, absolute: self.session_lifetime }
    }

    /// How often logins may fail.
    pub fn login_quotas(&self) -> LoginQuotas {
        let quota = |burst| Quota { burst, interval: self.login_interval };
        LoginQuotas { account: quota(self.login_burst_account), address: quota(self.login_burst_address) }
    }

    /// What secrets are sealed with, if it is set. A variable that is set to nothing sets none.
    pub fn secret_key(&self) -> Result<Option<SecretKey>, MalformedSecretKey> {
        let text = self.secret_key.as_ref().filter(|text| !text.expose_secret().is_empty());
        text.map(SecretKey::from_base64).transpose()
    }
}
