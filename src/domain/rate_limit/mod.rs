//! Rate limits: cost points per caller over time, and concurrent requests.
//!
//! Requests with a valid session or API key count for it, others for their network address. The transport determines
//! the cost of a request and holds its [`Permit`] until the response is complete.

mod slots;

pub use slots::{Slot, Slots};

use std::{net::IpAddr, str::FromStr, sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use ipnet::IpNet;

use crate::domain::{
    identity::{Caller, Viewer},
    kernel::{
        fault::Fault,
        quota::{Decision, Quota},
        words,
    },
};

/// Counts points, for all instances that share the limiter.
#[async_trait]
pub trait RateLimiter: Send + Sync + 'static {
    /// Takes `amount` units from `key`'s quota at `now`, all or none; see [`Quota::take`].
    async fn take(&self, key: &str, quota: Quota, amount: u32, now: DateTime<Utc>)
    -> Result<Decision, Fault>;
}

#[derive(Clone, Debug)]
pub struct RateLimitConfig {
    /// Quota of one network address without a session; `None` for no limit.
    pub anonymous: Option<Quota>,
    /// Quota of one account; `None` for no limit.
    pub account: Option<Quota>,
    /// Maximum number of concurrent requests of one caller, on one instance.
    pub max_concurrent: usize,
    /// Networks whose requests are not counted.
    pub exempt: Networks,
}

impl Default for RateLimitConfig {
    fn default() -> Self {
        Self { anonymous: None, account: None, max_concurrent: usize::MAX, exempt: Networks::default() }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

/// Admits requests within [`RateLimitConfig`]. Clones share their counts.
#[derive(Clone)]
pub struct RateLimits {
    limits: Arc<RateLimitConfig>,
    limiter: Arc<dyn RateLimiter>,
    running: Slots,
}

/// An admitted request. Dropping it frees the caller's slot.
#[derive(Debug)]
#[must_use = "the request counts as running only while this is held"]
pub struct Permit {
    /// Remaining quota of the caller; `None` without a limit.
    pub status: Option<RateLimitStatus>,
    _slot: Option<Slot>,
}

impl Permit {
    pub fn unlimited() -> Self {
        Self { status: None, _slot: None }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimitStatus {
    pub policy: Policy,
    pub remaining: u32,
    pub reset: Duration,
}

/// A quota and its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// `anonymous` or `account`.
    pub name: &'static str,
    /// Number of points, and the rate at which they are restored.
    pub quota: Quota,
}

/// Reason for which a request is rejected. Nothing was charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RateLimited {
    #[error("Too many requests in a short time. Try again in {}.", words::seconds(.retry_after))]
    TooMuch { policy: Policy, retry_after: Duration },
    /// The caller has the maximum number of concurrent requests.
    #[error("More than {max} concurrent requests. Wait for one of the responses.")]
    TooManyAtOnce { max: usize },
}

impl RateLimits {
    /// Charges a request of `cost` points (at least one), or rejects it.
    pub async fn admit(
        &self,
        caller: &Caller,
        viewer: &Viewer,
        cost: u32,
        now: DateTime<Utc>,
    ) -> Result<Permit, RateLimited> {
        let limits = &self.limits;
        let (name, quota, key) = match viewer {
            Viewer::Account(viewer) => {
                ("account", limits.account, format!("rate:account:{}", viewer.account.id.0))
            }
            Viewer::ApiClient(client) => ("account", limits.account, format!("rate:key:{}", client.key.id.0)),
            Viewer::Anonymous => {
                ("anonymous", limits.anonymous, format!("rate:address:{}", caller.network()))
            }
        };
        let max = limits.max_concurrent;
        let slot = self.running.take(key, max).ok_or(RateLimited::TooManyAtOnce { max })?;
        let status = match quota.map(|quota| Policy { name, quota }) {
            Some(policy) => match self.limiter.take(&slot.key, policy.quota, cost.max(1), now).await {
                Ok(Decision::Allowed { remaining, reset }) => {
                    Some(RateLimitStatus { policy, remaining, reset })
                }
                Ok(Decision::Denied { retry_after }) => {
                    return Err(RateLimited::TooMuch { policy, retry_after });
                }
                // A limiter that can fail stands behind one in memory. Whatever happens, the shop stays open.
                Err(_) => None,
            },
            None => None,
        };
        Ok(Permit { status, _slot: Some(slot) })
    }

    /// Whether this address is exempt from rate limits.
    pub fn is_exempt(&self, address: IpAddr) -> bool {
        self.limits.exempt.contains(address)
    }

    /// Counts points in `limiter`, which should not fail, and concurrent requests in memory.
    pub fn new(limits: RateLimitConfig, limiter: Arc<dyn RateLimiter>) -> Self {
        Self { limits: Arc::new(limits), limiter, running: Slots::default() }
    }
}

impl Networks {
    /// Whether one of the networks contains the address. An IPv4 address may be mapped to IPv6 (`::ffff:192.0.2.1`).
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a network; write it like 10.0.0.0/8 or 2001:db8::/32, and separate several with commas"
)]
pub struct InvalidNetwork(String);

/// Networks with commas between them; an address alone is a network of one. Nothing is no network.
impl FromStr for Networks {
    type Err = InvalidNetwork;

    fn from_str(text: &str) -> Result<Self, InvalidNetwork> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let networks = parts.map(|part| match part.parse::<IpAddr>() {
            Ok(address) => Ok(address.into()),
            Err(_) => part.parse().map_err(|_| InvalidNetwork(part.to_owned())),
        });
        Ok(Self(networks.collect::<Result<_, _>>()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_contain_their_addresses_in_either_form() {
        let networks: Networks = "127.0.0.0/8, ::1/128,192.0.2.7".parse().unwrap();
        let contains = |address: &str| networks.contains(address.parse().unwrap());
        for address in ["127.0.0.1", "127.255.0.1", "::ffff:127.0.0.1", "::1", "192.0.2.7"] {
            assert!(contains(address), "{address}");
        }
        for address in ["128.0.0.1", "::2", "::7f00:1", "192.0.2.8", "::ffff:10.0.0.1"] {
            assert!(!contains(address), "{address}");
        }
        assert_eq!("".parse(), Ok(Networks::default()));
        for text in ["localhost", "10.0.0.0/33", "10.0.0.0/8;::1", "10.0.0"] {
            assert_eq!(text.parse::<Networks>(), Err(InvalidNetwork(text.to_owned())));
        }
    }
}
