//! Failed attempts, counted in memory.

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
    kernel::fault::Fault,
    throttle::{AttemptCounter, BackoffPolicy, Decision, FailureRecord},
};

/// Maximum number of keys, so that a flood of them cannot fill the memory. Beyond it the least recently used are
/// evicted, as in [`MemoryRateLimiter`](super::rate_limiter::MemoryRateLimiter).
const MAX_KEYS: u64 = 100_000;

/// Counts failures in memory.
pub struct MemoryAttemptCounter {
    records: Cache<String, Kept>,
}

/// A record and its lifetime.
#[derive(Clone, Copy)]
struct Kept {
    record: FailureRecord,
    lifetime: Duration,
}

struct WhenForgiven;

impl Default for MemoryAttemptCounter {
    fn default() -> Self {
        let records =
            CacheBuilder::new(MAX_KEYS).eviction_policy(EvictionPolicy::lru()).expire_after(WhenForgiven);
        Self { records: records.build() }
    }
}

impl Expiry<String, Kept> for WhenForgiven {
    fn expire_after_create(&self, _: &String, kept: &Kept, _: Instant) -> Option<Duration> {
        Some(kept.lifetime)
    }

    fn expire_after_update(
        &self,
        _: &String,
        kept: &Kept,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(kept.lifetime)
    }
}

impl MemoryAttemptCounter {
    /// Replaces the record of a key in one step.
    fn update(
        &self,
        key: &str,
        policy: BackoffPolicy,
        now: DateTime<Utc>,
        update: impl FnOnce(Option<FailureRecord>) -> Option<FailureRecord>,
    ) {
        self.records.entry_by_ref(key).and_compute_with(|entry| {
            let before = entry.map(|entry| entry.into_value().record);
            match (before, update(before)) {
                (_, Some(record)) => Op::Put(Kept { record, lifetime: policy.lifetime(&record, now) }),
                (Some(_), None) => Op::Remove,
                (None, None) => Op::Nop,
            }
        });
    }
}

#[async_trait]
impl AttemptCounter for MemoryAttemptCounter {
    async fn record_failure(
        &self,
        key: &str,
        policy: BackoffPolicy,
        now: DateTime<Utc>,
    ) -> Result<Decision, Fault> {
        let mut decision = Decision::Allowed;
        self.update(key, policy, now, |record| {
            let (outcome, record) = policy.record_failure(record, now);
            decision = outcome;
            record
        });
        Ok(decision)
    }

    async fn undo(&self, key: &str, policy: BackoffPolicy, at: DateTime<Utc>) -> Result<(), Fault> {
        self.update(key, policy, at, |record| policy.undo(record?, at));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_flood_of_keys_does_not_fill_the_memory() {
        const FLOOD: u64 = MAX_KEYS * 3 / 2;
        let counter = MemoryAttemptCounter::default();
        let minute = Duration::from_secs(60);
        let policy = BackoffPolicy { burst: 1, initial_delay: minute, max_delay: minute, decay: minute };
        let now = DateTime::from_timestamp_micros(0).unwrap();
        for key in 0..FLOOD {
            counter.record_failure(&format!("key {key}"), policy, now).await.unwrap();
        }
        let kept = counter.records.iter().count() as u64;
        assert!(kept <= MAX_KEYS + MAX_KEYS / 100, "{kept}");
        let newest = counter.record_failure(&format!("key {}", FLOOD - 1), policy, now).await.unwrap();
        assert_eq!(newest, Decision::Denied { retry_after: minute });
    }

    #[tokio::test]
    async fn a_key_without_failures_is_not_kept() {
        let counter = MemoryAttemptCounter::default();
        let day = Duration::from_secs(86_400);
        let policy = BackoffPolicy { burst: 1, initial_delay: day, max_delay: day, decay: day };
        let now = DateTime::from_timestamp_micros(0).unwrap();
        counter.record_failure("a", policy, now).await.unwrap();
        assert_eq!(counter.records.iter().count(), 1);
        counter.undo("a", policy, now).await.unwrap();
        assert_eq!(counter.records.iter().count(), 0);
    }
}
