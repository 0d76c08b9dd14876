//! How much failing and asking is put up with: whose attempts are counted together, and how fast delays grow.
//!
//! Nobody who only knows an account's address can keep its owner out: attempts on an account count for the network that
//! they come from, and together only for networks from which nobody has logged in to it before. What comes from one
//! network is borne more easily, since many customers may stand behind its address; what comes from the wider prefix
//! even more so.

use std::time::Duration;

use entity::AccountId;

use super::{BackoffPolicy, Keys};
use crate::domain::identity::Caller;

/// What an operator sets of it.
#[derive(Clone, Copy, Debug)]
pub struct ThrottleConfig {
    /// Failed logins on one account that make nobody wait.
    pub login_burst_account: u32,
    /// Failed logins from one network address that make nobody wait.
    pub login_burst_address: u32,
    /// The first delay after those.
    pub login_interval: Duration,
    pub login_longest_delay: Duration,
    /// Registrations from one network address that make nobody wait.
    pub registration_burst_address: u32,
    /// Mails that may be asked for to one mail address without a wait.
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

/// How much is put up with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThrottlePolicies {
    /// Failed logins on one account from one network.
    pub login_pair: BackoffPolicy,
    /// Failed logins on one account from all networks together that it has not logged in from before.
    pub login_account: BackoffPolicy,
    /// Failed logins from one network, whichever account they try.
    pub login_network: BackoffPolicy,
    /// Failed logins from one wider prefix of networks.
    pub login_prefix: BackoffPolicy,
    /// Registrations from one network.
    pub registration_network: BackoffPolicy,
    /// Registrations from one wider prefix of networks.
    pub registration_prefix: BackoffPolicy,
    /// Mails asked for to one mail address.
    pub mail_recipient: BackoffPolicy,
    /// Mails asked for from one network.
    pub mail_network: BackoffPolicy,
    /// Second-factor codes of one account that were wrong; the password was right.
    pub second_factor: BackoffPolicy,
}

impl Default for ThrottlePolicies {
    fn default() -> Self {
        Self::new(ThrottleConfig::default())
    }
}

impl ThrottlePolicies {
    /// With these settings, and what follows from them.
    pub fn new(settings: ThrottleConfig) -> Self {
        const MINUTE: Duration = Duration::from_secs(60);
        const HOUR: Duration = Duration::from_secs(60 * 60);
        let (initial_delay, max_delay) = (settings.login_interval, settings.login_longest_delay);
        // Forgiving slower than the longest delay, so that delays reach it.
        let login =
            |burst| BackoffPolicy { burst, initial_delay, max_delay, decay: max_delay.saturating_mul(4) };
        // Of many people some mistype all day. Forgiving after four first delays makes delays settle near that long.
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
        }
    }

    /// What a login counts for. `email` is the [`digest`](super::digest) of the address that was typed,
    /// whether an account has it or not; `is_known` says whether the account has logged in from the caller's network
    /// before. All of them are given back when it succeeds.
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

    /// What a registration counts for, whatever becomes of it. Networks from where requests are not counted
    /// (`--rate-exempt`) count for nothing.
    pub fn registration_keys(&self, caller: &Caller) -> Keys {
        vec![
            (format!("registration:prefix:{}", caller.prefix()), self.registration_prefix),
            (format!("registration:network:{}", caller.network()), self.registration_network),
        ]
    }

    /// What asking for a mail counts for, whether one is sent or not: a new password, a confirmation once more.
    /// `action` is the mutation: letters of each kind count apart, so that nobody who uses up one kind keeps the owner from
    /// another. `recipient` is the digest of the address that was typed. Networks from where requests are not counted count only
    /// for it.
    pub fn mail_keys(&self, caller: Option<&Caller>, action: &str, recipient: &str) -> Keys {
        let mut keys = Keys::new();
        if let Some(caller) = caller {
            keys.push((format!("mail:network:{}", caller.network()), self.mail_network));
        }
        keys.push((format!("mail:recipient:{action}:{recipient}"), self.mail_recipient));
        keys
    }

    /// What a second-factor code counts for; it is given back when the code is right.
    pub fn second_factor_keys(&self, account: AccountId) -> Keys {
        vec![(format!("second-factor:{}", account.0), self.second_factor)]
    }
}

/// For the network around a network: four times as much.
fn wider(policy: BackoffPolicy) -> BackoffPolicy {
    BackoffPolicy { burst: policy.burst.saturating_mul(4), decay: policy.decay / 4, ..policy }
}
