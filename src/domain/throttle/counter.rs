//! Port that counts failed attempts.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::backoff::{self, BackoffPolicy};
use crate::domain::kernel::fault::Fault;

/// Counts failed attempts, for all instances that share it.
#[async_trait]
pub trait AttemptCounter: Send + Sync + 'static {
    /// Counts an attempt on `key` at `now` as a failure, unless it is denied; see [`BackoffPolicy::record_failure`].
    async fn record_failure(
        &self,
        key: &str,
        policy: BackoffPolicy,
        now: DateTime<Utc>,
    ) -> Result<backoff::Decision, Fault>;

    /// Undoes the attempt that was counted at `at`; see [`BackoffPolicy::undo`].
    async fn undo(&self, key: &str, policy: BackoffPolicy, at: DateTime<Utc>) -> Result<(), Fault>;
}
