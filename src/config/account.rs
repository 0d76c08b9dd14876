//! How sessions end, how much failing is put up with, and what secrets are sealed with.

use std::time::Duration;

use clap::{Args, builder::FalseyValueParser};
use secrecy::{ExposeSecret, SecretString};

use super::value::duration;
use crate::domain::{
    account::{Accounts, Guarding, GuardingSettings, Passwords, SessionLifetime},
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

    /// A session that the client is not to remember ends when it is not used for this long
    #[arg(long, env = "BODEGA_SESSION_BRIEF_IDLE", value_name = "DURATION", default_value = "2h", value_parser = duration)]
    pub session_brief_idle: Duration,

    /// A session that the client is not to remember ends after this long, however much it is used
    #[arg(long, env = "BODEGA_SESSION_BRIEF_LIFETIME", value_name = "DURATION", default_value = "24h", value_parser = duration)]
    pub session_brief_lifetime: Duration,

    /// Whether staff may do nothing more than customers until they set up a second factor and log in with it
    #[arg(long, env = "BODEGA_STAFF_SECOND_FACTOR", value_parser = FalseyValueParser::new())]
    pub staff_second_factor: bool,

    /// Failed logins on one account that make nobody wait; after further ones the next has to wait for --login-interval,
    /// then for twice as long each time. Networks from which the account was logged in to before count each for itself,
    /// so that nobody elsewhere can make its owner wait. Logins under way count until they succeed
    #[arg(long, env = "BODEGA_LOGIN_BURST_ACCOUNT", value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    pub login_burst_account: u32,

    /// Failed logins from one network address that make nobody wait, whichever accounts they try. Many customers may be
    /// behind one; their delays stay near four times --login-interval, as time takes failures back. The network around it
    /// (/24, or /48 of IPv6) has four times as many
    #[arg(long, env = "BODEGA_LOGIN_BURST_ADDRESS", value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    pub login_burst_address: u32,

    /// The first delay between failed logins
    #[arg(long, env = "BODEGA_LOGIN_INTERVAL", value_name = "DURATION", default_value = "30s", value_parser = duration)]
    pub login_interval: Duration,

    /// The longest delay between failed logins on one account. One failure is forgiven in four times as long
    #[arg(long, env = "BODEGA_LOGIN_LONGEST_DELAY", value_name = "DURATION", default_value = "15m", value_parser = duration)]
    pub login_longest_delay: Duration,

    /// New accounts that one network address may register without a wait, and mails that it may ask for to any
    /// addresses; then the delay grows from a minute. The networks of --rate-exempt are not counted
    #[arg(long, env = "BODEGA_REGISTRATION_BURST_ADDRESS", value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    pub registration_burst_address: u32,

    /// Mails of one kind that may be asked for to one mail address without a wait, by whomever; then the delay grows from
    /// a minute to an hour
    #[arg(long, env = "BODEGA_MAIL_BURST_RECIPIENT", value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub mail_burst_recipient: u32,
    /// What secrets like those of authenticator apps are encrypted with in the database: 32 bytes in base64, as
    /// `openssl rand -base64 32` prints them, the same for all instances. Who loses it loses those secrets [default:
    /// with SQLite the file beside the database's that ends in .key, which is made at the first start]
    #[arg(long, env = "BODEGA_SECRET_KEY", value_name = "KEY", hide_env_values = true)]
    pub secret_key: Option<SecretString>,
}

impl AccountConfig {
    /// How accounts are treated.
    pub fn accounts(&self, passwords: Passwords) -> Accounts {
        Accounts {
            lifetime: SessionLifetime { idle: self.session_idle, absolute: self.session_lifetime },
            brief_lifetime: SessionLifetime {
                idle: self.session_brief_idle,
                absolute: self.session_brief_lifetime,
            },
            staff_second_factor: self.staff_second_factor,
            guarding: self.guarding(),
            ..Accounts::new(passwords)
        }
    }

    /// How much failing and asking is put up with.
    pub fn guarding(&self) -> Guarding {
        Guarding::new(GuardingSettings {
            login_burst_account: self.login_burst_account,
            login_burst_address: self.login_burst_address,
            login_interval: self.login_interval,
            login_longest_delay: self.login_longest_delay,
            registration_burst_address: self.registration_burst_address,
            mail_burst_recipient: self.mail_burst_recipient,
        })
    }

    /// What secrets are sealed with, if it is set. A variable that is set to nothing sets none.
    pub fn secret_key(&self) -> Result<Option<SecretKey>, MalformedSecretKey> {
        let text = self.secret_key.as_ref().filter(|text| !text.expose_secret().is_empty());
        text.map(SecretKey::from_base64).transpose()
    }
}
