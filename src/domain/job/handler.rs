//! Handlers of jobs.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use entity::JobId;

use super::Job;
use crate::domain::kernel::fault::{Fault, with_causes};

/// Runs the jobs of one kind. `app.rs` lists the handlers.
#[async_trait]
pub trait JobHandler: Send + Sync + 'static {
    /// The [`Job::KIND`] of its jobs.
    fn kind(&self) -> &'static str;

    /// Runs a job, possibly again: see [the module](super). After a minute it is cancelled; that, and a panic, count as
    /// [`JobError::Retryable`].
    async fn handle(&self, payload: serde_json::Value, attempt: JobAttempt) -> Result<(), JobError>;
}

#[derive(Clone, Copy, Debug)]
pub struct JobAttempt {
    /// Id of the job, the same for all attempts, by which receivers recognise repetitions.
    pub job: JobId,
    pub created_at: DateTime<Utc>,
    /// 1 at the first attempt, [`MAX_ATTEMPTS`](super::store::MAX_ATTEMPTS) at the last.
    pub number: u32,
}

/// Reason why a job failed. The texts go to the log and to staff, so they must not contain secrets.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    #[error("{0}")]
    Retryable(String),
    #[error("{0}")]
    Permanent(String),
}

impl<E: Into<Fault>> From<E> for JobError {
    fn from(error: E) -> Self {
        Self::Retryable(with_causes(&error.into()))
    }
}

/// Decodes a payload. An unreadable one may come from a newer instance, which can read it.
pub fn decode<E: Job>(payload: serde_json::Value) -> Result<E, JobError> {
    serde_json::from_value(payload)
        .map_err(|error| JobError::Retryable(format!("the payload is not a valid {}: {error}", E::KIND)))
}
