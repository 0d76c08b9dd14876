//! Rate limits, counted in memory.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::expiring::Expiring;
use crate::domain::{
    kernel::{
        fault::Fault,
        quota::{Decision, Quota},
    },
    rate_limit::RateLimiter,
};

/// Counts rate limits in memory: the time at which each bucket is empty, which is equal to a missing one.
#[derive(Default)]
pub struct MemoryRateLimiter(Expiring<DateTime<Utc>>);

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
        self.0.update(key, |before| {
            let (outcome, empty_at) = quota.take(before, amount, now);
            decision = outcome;
            Some((empty_at, (empty_at - now).to_std().unwrap_or_default()))
        });
        Ok(decision)
    }
}
