//! How much a caller may ask for: points of cost within a time, and requests at once.
//!
//! Whoever is logged in counts as the account, anybody else as the network that the request came from. What one request
//! costs is for the transport to say; it holds its [`Admission`] until the answer is complete.

use std::{
    collections::{HashMap, hash_map::Entry},
    net::IpAddr,
    str::FromStr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use ipnet::IpNet;

use super::{
    Op, Viewer,
    port::RateLimiter,
    quota::{Quota, Verdict, whole_seconds},
};

/// How much callers may ask for.
#[derive(Clone, Debug)]
pub struct TrafficLimits {
    /// The points of one network address without a session; `None` for any number.
    pub anonymous: Option<Quota>,
    /// The points of one account; `None` for any number.
    pub account: Option<Quota>,
    /// The most requests of one caller under way at once, on one instance.
    pub max_concurrent: usize,
    /// From where callers are not counted at all.
    pub exempt: Networks,
}

impl Default for TrafficLimits {
    fn default() -> Self {
        Self { anonymous: None, account: None, max_concurrent: usize::MAX, exempt: Networks::default() }
    }
}

/// IP networks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

/// Admits requests within [`TrafficLimits`]. Clones share their counts.
#[derive(Clone)]
pub struct Traffic {
    limits: Arc<TrafficLimits>,
    limiter: Arc<dyn RateLimiter>,
    under_way: Arc<UnderWay>,
}

/// A request may go on. Its place among those of its caller is free again when this is dropped.
#[derive(Debug)]
#[must_use = "the request counts as under way only while this is held"]
pub struct Admission {
    /// Where its caller stands now; `None` if the caller's points are not limited.
    pub standing: Option<Standing>,
    _place: Option<Place>,
}

/// Where a caller stands after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What the request was counted against.
    pub policy: Policy,
    /// The points that are left at once.
    pub remaining: u32,
    /// How long until all of them are there again.
    pub reset: Duration,
}

/// A quota by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// `anonymous` or `account`.
    pub name: &'static str,
    /// So many points at once, and how fast they come back.
    pub quota: Quota,
}

/// Why a request may not go on. Nothing was taken from the caller's points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The caller's points do not suffice.
    #[error("Too much was asked for in a short time. Try again in {} seconds.", whole_seconds(.retry_after))]
    TooMuch {
        /// What the request was counted against.
        policy: Policy,
        /// When the same request is allowed.
        retry_after: Duration,
    },
    /// As many requests of the caller are under way as may be.
    #[error("More than {max} requests at once. Wait until one of them is answered.")]
    TooManyAtOnce {
        /// How many may be.
        max: usize,
    },
}

/// Lets a request that costs `cost` points go on, or not. Every request costs one point at least.
///
/// Whose session cannot be looked up counts as anonymous: the operation itself says so if it needs the session.
#[tracing::instrument(name = "traffic::admit", level = "debug", skip_all, err(level = "debug"))]
pub async fn admit(op: &Op, cost: u32) -> Result<Admission, Refused> {
    let Traffic { limits, limiter, under_way } = &op.traffic;
    if op.traffic.is_exempt(op.caller().address) {
        return Ok(Admission { standing: None, _place: None });
    }
    let (name, quota, viewer) = match op.viewer().await {
        Ok(Viewer::Account(viewer)) => {
            ("account", limits.account, format!("traffic:account:{}", viewer.account.id.0))
        }
        Ok(Viewer::Program(program)) => {
            ("account", limits.account, format!("traffic:key:{}", program.key.id.0))
        }
        Ok(Viewer::Anonymous) | Err(_) => {
            ("anonymous", limits.anonymous, format!("traffic:address:{}", op.caller().network()))
        }
    };
    let max = limits.max_concurrent;
    let place = UnderWay::enter(under_way, viewer.into(), max).ok_or(Refused::TooManyAtOnce { max })?;
    let standing = match quota.map(|quota| Policy { name, quota }) {
        Some(policy) => {
            match limiter.take(&place.viewer, policy.quota, cost.max(1), op.clock.now()).await {
                Ok(Verdict::Allowed { remaining, reset }) => Some(Standing { policy, remaining, reset }),
                Ok(Verdict::Refused { retry_after }) => return Err(Refused::TooMuch { policy, retry_after }),
                // A limiter that can fail stands behind one in memory. Whatever happens, the shop stays open.
                Err(_) => None,
            }
        }
        None => None,
    };
    Ok(Admission { standing, _place: Some(place) })
}

impl Traffic {
    /// Whether callers at this address are not counted.
    pub fn is_exempt(&self, address: IpAddr) -> bool {
        self.limits.exempt.contains(address)
    }

    /// Counts points in `limiter`, which should not fail, and requests under way in memory.
    pub fn new(limits: TrafficLimits, limiter: Arc<dyn RateLimiter>) -> Self {
        Self { limits: Arc::new(limits), limiter, under_way: Arc::default() }
    }
}

impl Networks {
    /// Whether an address lies in any of them. An IPv4 address may come as an IPv6 one (`::ffff:192.0.2.1`).
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// The text is not a list of networks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a network; write it like 10.0.0.0/8 or 2001:db8::/32, more than one with commas")]
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

/// How many requests each caller has under way; only callers that have some are in it.
#[derive(Debug, Default)]
struct UnderWay(Mutex<HashMap<Arc<str>, usize>>);

/// One request under way.
#[derive(Debug)]
struct Place {
    viewer: Arc<str>,
    under_way: Arc<UnderWay>,
}

impl UnderWay {
    fn enter(this: &Arc<Self>, viewer: Arc<str>, max: usize) -> Option<Place> {
        let mut counts = this.0.lock().unwrap_or_else(PoisonError::into_inner);
        match counts.entry(viewer.clone()) {
            Entry::Occupied(count) if *count.get() >= max => return None,
            count => *count.or_default() += 1,
        }
        Some(Place { viewer, under_way: this.clone() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.under_way.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.viewer) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.viewer);
            }
        }
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

    #[test]
    fn only_callers_with_requests_under_way_are_remembered() {
        let under_way = Arc::new(UnderWay::default());
        let enter = |viewer: &str| UnderWay::enter(&under_way, viewer.into(), 2);
        let (first, second, other) = (enter("a"), enter("a"), enter("b"));
        assert!(first.is_some() && second.is_some() && other.is_some() && enter("a").is_none());
        drop(first);
        let third = enter("a");
        assert!(third.is_some() && enter("a").is_none());
        drop((second, third, other));
        assert!(under_way.0.lock().unwrap().is_empty());
    }
}
