//! Rate limits, counted in memory.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use moka::{
    Expiry,
    ops::compute::Op,
    policy::EvictionPolicy,
    sync::{Cache, CacheBuilder},
};

use crate::domain::{
    kernel::{
        fault::Fault,
        quota::{Decision, Quota},
    },
    rate_limit::RateLimiter,
};

/// Maximum number of keys, so that a flood of them cannot fill the memory. Beyond it the least recently used are
/// evicted: to get rid of a bucket, a caller needs this many other addresses. (moka's default policy would not admit
/// new keys, which could then not be limited.)
const MAX_KEYS: u64 = 100_000;

/// Counts rate limits in memory.
pub struct MemoryRateLimiter {
    buckets: Cache<String, Bucket>,
}

/// The time at which a bucket is empty, as of its last use.
#[derive(Clone, Copy)]
struct Bucket {
    empty_at: DateTime<Utc>,
    used_at: DateTime<Utc>,
}

/// Evicts empty buckets, which are equal to missing ones.
struct WhenEmpty;

impl Default for MemoryRateLimiter {
    fn default() -> Self {
        let buckets =
            CacheBuilder::new(MAX_KEYS).eviction_policy(EvictionPolicy::lru()).expire_after(WhenEmpty);
        Self { buckets: buckets.build() }
    }
}

impl Bucket {
    fn time_to_empty(&self) -> Option<Duration> {
        Some((self.empty_at - self.used_at).to_std().unwrap_or_default())
    }
}

impl Expiry<String, Bucket> for WhenEmpty {
    fn expire_after_create(&self, _: &String, bucket: &Bucket, _: Instant) -> Option<Duration> {
        bucket.time_to_empty()
    }

    fn expire_after_update(
        &self,
        _: &String,
        bucket: &Bucket,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        bucket.time_to_empty()
    }
}

#[async_trait]
impl RateLimiter for MemoryRateLimiter {
    async fn take(
        &self,
        key: &str,
        quota: Quota,
        amount: u32,
        now: DateTime<Utc>,
    ) -> Result<Decision, Fault> {
        let mut decision = quota.decision(0);
        self.buckets.entry_by_ref(key).and_compute_with(|entry| {
            let before = entry.map(|entry| entry.into_value().empty_at);
            let (outcome, empty_at) = quota.take(before, amount, now);
            decision = outcome;
            Op::Put(Bucket { empty_at, used_at: now })
        });
        Ok(decision)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_flood_of_keys_does_not_fill_the_memory() {
        const FLOOD: u64 = MAX_KEYS * 3 / 2;
        let limiter = MemoryRateLimiter::default();
        let quota = Quota { burst: 10, interval: Duration::from_secs(60) };
        let now = DateTime::from_timestamp_micros(0).unwrap();
        for key in 0..FLOOD {
            limiter.take(&format!("key {key}"), quota, 1, now).await.unwrap();
        }
        let kept = limiter.buckets.iter().count() as u64;
        assert!(kept <= MAX_KEYS + MAX_KEYS / 100, "{kept}");
        let newest = limiter.take(&format!("key {}", FLOOD - 1), quota, 1, now).await.unwrap();
        assert_eq!(newest, Decision::Allowed { remaining: 8, reset: Duration::from_secs(120) });
    }
}
