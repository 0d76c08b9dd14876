//! Keys and policies of throttling: which attempts are counted together, and how fast delays grow.
//!
//! Knowing an account's address is not enough to lock out its owner: attempts on an account count for their network,
//! and together only for networks from which the account has not logged in before. Networks have more free attempts
//! than accounts, since many customers may share an address, and wider prefixes have even more.

use std::time::Duration;

use entity::AccountId;

use super::{BackoffPolicy, Keys};
use crate::domain::identity::Caller;

/// Settings of throttling.
#[derive(Clone, Copy, Debug)]
pub struct ThrottleConfig {
    /// Failed logins per account before throttling starts.
    pub login_burst_account: u32,
    /// Failed logins per network address before throttling starts.
    pub login_burst_address: u32,
    /// First delay after those.
    pub login_interval: Duration,
    pub login_longest_delay: Duration,
    /// Registrations per network address before throttling starts.
    pub registration_burst_address: u32,
    /// Mail requests per recipient before throttling starts.
    pub mail_burst_recipient: u32,
}

impl Default for ThrottleConfig {
    fn default() -> Self {
        Self {
            login_burst_account: 10,
            login_burst_address: 50,
            login_interval: Duration::from_secs(30),
            login_longest_delay: Duration::from_secs(15 * 60),
            registration_burst_address: 20,
            mail_burst_recipient: 5,
        }
    }
}

/// Policies of all keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThrottlePolicies {
    /// Failed logins on one account from one network.
    pub login_pair: BackoffPolicy,
    /// Failed logins on one account from all networks that it has not logged in from before.
    pub login_account: BackoffPolicy,
    /// Failed logins from one network, over all accounts.
    pub login_network: BackoffPolicy,
    /// Failed logins from one wider prefix of networks.
    pub login_prefix: BackoffPolicy,
    /// Registrations from one network.
    pub registration_network: BackoffPolicy,
    /// Registrations from one wider prefix of networks.
    pub registration_prefix: BackoffPolicy,
    /// Mail requests for one recipient.
    pub mail_recipient: BackoffPolicy,
    /// Mail requests from one network.
    pub mail_network: BackoffPolicy,
    /// Wrong second-factor codes of one account, after the correct password.
    pub second_factor: BackoffPolicy,
    /// Unknown codes of discounts from one network.
    pub discount_code_network: BackoffPolicy,
    /// Unknown codes of discounts from one wider prefix of networks.
    pub discount_code_prefix: BackoffPolicy,
    /// Unknown codes of discounts of one account.
    pub discount_code_account: BackoffPolicy,
}

impl Default for ThrottlePolicies {
    fn default() -> Self {
        Self::new(ThrottleConfig::default())
    }
}

impl ThrottlePolicies {
    /// Policies from these settings.
    pub fn new(settings: ThrottleConfig) -> Self {
        const MINUTE: Duration = Duration::from_secs(60);
        const HOUR: Duration = Duration::from_secs(60 * 60);
        let (initial_delay, max_delay) = (settings.login_interval, settings.login_longest_delay);
        // The decay is slower than the maximum delay, so that delays reach it.
        let login =
            |burst| BackoffPolicy { burst, initial_delay, max_delay, decay: max_delay.saturating_mul(4) };
        // Among many customers some mistype all day. With a decay of four first delays, delays settle near that.
        let network = |burst, initial_delay: Duration, max_delay| BackoffPolicy {
            burst,
            initial_delay,
            max_delay,
            decay: initial_delay.saturating_mul(4),
        };
        let asking = |burst| network(burst, MINUTE, HOUR);
        Self {
            login_pair: login(settings.login_burst_account),
            login_account: login(settings.login_burst_account),
            login_network: network(settings.login_burst_address, initial_delay, max_delay),
            login_prefix: wider(network(settings.login_burst_address, initial_delay, max_delay)),
            registration_network: asking(settings.registration_burst_address),
            registration_prefix: wider(asking(settings.registration_burst_address)),
            mail_recipient: BackoffPolicy {
                burst: settings.mail_burst_recipient,
                initial_delay: MINUTE,
                max_delay: HOUR,
                decay: 4 * HOUR,
            },
            mail_network: asking(settings.registration_burst_address),
            second_factor: login(5),
            discount_code_network: network(20, initial_delay, max_delay),
            discount_code_prefix: wider(network(20, initial_delay, max_delay)),
            discount_code_account: network(10, initial_delay, max_delay),
        }
    }

    /// Keys of a login. `email` is the [`digest`](super::digest) of the typed address, whether or not an account has
    /// it; `is_known` says whether the account has logged in from the caller's network before. All are undone when the
    /// login succeeds.
    pub fn login_keys(&self, caller: &Caller, email: &str, is_known: bool) -> Keys {
        let (network, prefix) = (caller.network(), caller.prefix());
        let mut keys = vec![
            (format!("login:prefix:{prefix}"), self.login_prefix),
            (format!("login:network:{network}"), self.login_network),
        ];
        if !is_known {
            keys.push((format!("login:account:{email}"), self.login_account));
        }
        keys.push((format!("login:pair:{email}:{network}"), self.login_pair));
        keys
    }

    /// Keys of a registration, regardless of its outcome. Networks of `--rate-exempt` are not counted.
    pub fn registration_keys(&self, caller: &Caller) -> Keys {
        vec![
            (format!("registration:prefix:{}", caller.prefix()), self.registration_prefix),
            (format!("registration:network:{}", caller.network()), self.registration_network),
        ]
    }

    /// Keys of a mail request (a new password, a repeated verification), whether or not a mail is sent. `action` is the
    /// mutation: each kind of mail counts separately, so that an attacker who uses up one kind does not block another.
    /// `recipient` is the digest of the typed address. Requests from networks of `--rate-exempt` count only for the
    /// recipient.
    pub fn mail_keys(&self, caller: Option<&Caller>, action: &str, recipient: &str) -> Keys {
        let mut keys = Keys::new();
        if let Some(caller) = caller {
            keys.push((format!("mail:network:{}", caller.network()), self.mail_network));
        }
        keys.push((format!("mail:recipient:{action}:{recipient}"), self.mail_recipient));
        keys
    }

    /// Keys of codes of discounts that are entered into a cart; undone unless one is unknown. Networks of `--rate-exempt` are
    /// not counted.
    pub fn discount_code_keys(&self, caller: Option<&Caller>, account: Option<AccountId>) -> Keys {
        let mut keys = Keys::new();
        if let Some(caller) = caller {
            keys.push((format!("discount-code:prefix:{}", caller.prefix()), self.discount_code_prefix));
            keys.push((format!("discount-code:network:{}", caller.network()), self.discount_code_network));
        }
        if let Some(account) = account {
            keys.push((format!("discount-code:account:{}", account.0), self.discount_code_account));
        }
        keys
    }

    /// Keys of a second-factor code; undone when the code is correct.
    pub fn second_factor_keys(&self, account: AccountId) -> Keys {
        vec![(format!("second-factor:{}", account.0), self.second_factor)]
    }
}

/// Policy of the wider prefix around a network: four times as many attempts.
fn wider(policy: BackoffPolicy) -> BackoffPolicy {
    BackoffPolicy { burst: policy.burst.saturating_mul(4), decay: policy.decay / 4, ..policy }
}
