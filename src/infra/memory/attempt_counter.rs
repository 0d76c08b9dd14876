//! Failed attempts, counted in memory.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::expiring::Expiring;
use crate::domain::{
    kernel::fault::Fault,
    throttle::{AttemptCounter, BackoffPolicy, Decision, FailureRecord},
};

#[derive(Default)]
pub struct MemoryAttemptCounter(Expiring<FailureRecord>);

#[async_trait]
impl AttemptCounter for MemoryAttemptCounter {
    async fn record_failure(
        &self,
        key: &str,
        policy: BackoffPolicy,
        now: DateTime<Utc>,
    ) -> Result<Decision, Fault> {
        let mut decision = Decision::Allowed;
        self.0.update(key, |before| {
            let (outcome, record) = policy.record_failure(before, now);
            decision = outcome;
            record.map(|record| (record, policy.lifetime(&record, now)))
        });
        Ok(decision)
    }

    async fn undo(&self, key: &str, policy: BackoffPolicy, at: DateTime<Utc>) -> Result<(), Fault> {
        self.0.update(key, |before| {
            let record = policy.undo(before?, at)?;
            Some((record, policy.lifetime(&record, at)))
        });
        Ok(())
    }
}
