//! The port that counts failed attempts.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::backoff::{self, BackoffPolicy};
use crate::domain::kernel::fault::Fault;

/// Counts attempts that fail, for all instances that share it.
#[async_trait]
pub trait AttemptCounter: Send + Sync + 'static {
    /// Counts an attempt on `key` at `now` as a failure, unless it comes too soon; see [`BackoffPolicy::record_failure`].
    async fn record_failure(
        &self,
        key: &str,
        policy: BackoffPolicy,
        now: DateTime<Utc>,
    ) -> Result<backoff::Decision, Fault>;

    /// Takes the attempt that was counted at `at` back, because it was no failure; see [`BackoffPolicy::undo`].
    async fn undo(&self, key: &str, policy: BackoffPolicy, at: DateTime<Utc>) -> Result<(), Fault>;
}
