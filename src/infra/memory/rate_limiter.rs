//! Attempts counted in this process, for a single instance.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use moka::{ops::compute::Op, sync::Cache};

use crate::domain::{
    Fault,
    port::RateLimiter,
    quota::{Quota, Verdict},
};

/// Keys at most; beyond that the least used are forgotten, so that a flood of keys cannot fill the memory.
const MAX_KEYS: u64 = 100_000;

/// Counts attempts in memory.
pub struct MemoryRateLimiter {
    empty_at: Cache<String, DateTime<Utc>>,
}

impl MemoryRateLimiter {
    /// Forgets a key that has not been used for `longest`, the time in which the fullest bucket of any quota empties.
    pub fn new(longest: Duration) -> Self {
        Self { empty_at: Cache::builder().max_capacity(MAX_KEYS).time_to_idle(longest).build() }
    }
}

#[async_trait]
impl RateLimiter for MemoryRateLimiter {
    async fn take(&self, key: &str, quota: Quota, now: DateTime<Utc>) -> Result<Verdict, Fault> {
        let mut verdict = Verdict::Allowed;
        self.empty_at.entry_by_ref(key).and_compute_with(|entry| {
            let (decision, empty_at) = quota.take(entry.map(|entry| entry.into_value()), now);
            verdict = decision;
            Op::Put(empty_at)
        });
        Ok(verdict)
    }

    async fn give_back(&self, key: &str, quota: Quota) -> Result<(), Fault> {
        self.empty_at.entry_by_ref(key).and_compute_with(|entry| match entry {
            Some(entry) => Op::Put(entry.into_value() - quota.interval),
            None => Op::Nop,
        });
        Ok(())
    }
}
