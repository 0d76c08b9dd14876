//! Failures counted in this process.

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
    Fault,
    guard::{Patience, Record, Verdict},
    port::AttemptCounter,
};

/// Keys at most, so that a flood of them cannot fill the memory. Beyond that the longest unused are forgotten, as by
/// [`MemoryRateLimiter`](super::MemoryRateLimiter).
const MAX_KEYS: u64 = 100_000;

/// Counts failures in memory.
pub struct MemoryAttemptCounter {
    records: Cache<String, Kept>,
}

/// A record, and for how long it matters.
#[derive(Clone, Copy)]
struct Kept {
    record: Record,
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
        patience: Patience,
        now: DateTime<Utc>,
        update: impl FnOnce(Option<Record>) -> Option<Record>,
    ) {
        self.records.entry_by_ref(key).and_compute_with(|entry| {
            let before = entry.map(|entry| entry.into_value().record);
            match (before, update(before)) {
                (_, Some(record)) => Op::Put(Kept { record, lifetime: patience.lifetime(&record, now) }),
                (Some(_), None) => Op::Remove,
                (None, None) => Op::Nop,
            }
        });
    }
}

#[async_trait]
impl AttemptCounter for MemoryAttemptCounter {
    async fn take(&self, key: &str, patience: Patience, now: DateTime<Utc>) -> Result<Verdict, Fault> {
        let mut verdict = Verdict::Allowed;
        self.update(key, patience, now, |record| {
            let (decision, record) = patience.take(record, now);
            verdict = decision;
            record
        });
        Ok(verdict)
    }

    async fn give_back(&self, key: &str, patience: Patience, at: DateTime<Utc>) -> Result<(), Fault> {
        self.update(key, patience, at, |record| patience.give_back(record?, at));
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
        let patience = Patience { free: 1, first: minute, longest: minute, forgive: minute };
        let now = DateTime::from_timestamp_micros(0).unwrap();
        for key in 0..FLOOD {
            counter.take(&format!("key {key}"), patience, now).await.unwrap();
        }
        let kept = counter.records.iter().count() as u64;
        assert!(kept <= MAX_KEYS + MAX_KEYS / 100, "{kept}");
        let newest = counter.take(&format!("key {}", FLOOD - 1), patience, now).await.unwrap();
        assert_eq!(newest, Verdict::Refused { retry_after: minute });
    }

    #[tokio::test]
    async fn a_key_without_failures_is_not_kept() {
        let counter = MemoryAttemptCounter::default();
        let day = Duration::from_secs(86_400);
        let patience = Patience { free: 1, first: day, longest: day, forgive: day };
        let now = DateTime::from_timestamp_micros(0).unwrap();
        counter.take("a", patience, now).await.unwrap();
        assert_eq!(counter.records.iter().count(), 1);
        counter.give_back("a", patience, now).await.unwrap();
        assert_eq!(counter.records.iter().count(), 0);
    }
}
