//! How sessions end, and how often logins may fail.

use std::time::Duration;

use clap::{Args, builder::FalseyValueParser};

use super::value::duration;
use crate::domain::{
    account::{Accounts, LoginQuotas, Passwords, SessionLifetime},
    quota::Quota,
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
            login_quotas: self.login_quotas(),
            ..Accounts::new(passwords)
        }
    }

    /// How often logins may fail.
    fn login_quotas(&self) -> LoginQuotas {
        let quota = |burst| Quota { burst, interval: self.login_interval };
        LoginQuotas { account: quota(self.login_burst_account), address: quota(self.login_burst_address) }
    }
}
