//! Who does the jobs of one kind.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use entity::JobId;

use super::Job;
use crate::domain::kernel::fault::{Fault, with_causes};

/// Does the jobs of one kind. `app.rs` lists them.
#[async_trait]
pub trait JobHandler: Send + Sync + 'static {
    /// The [`Job::KIND`] that it does.
    fn kind(&self) -> &'static str;

    /// Does one job, which may have been done before: see [the module](super). It has a minute, after which it is
    /// dropped where it stands; that, and a panic, count as [`JobError::Retryable`].
    async fn handle(&self, payload: serde_json::Value, attempt: JobAttempt) -> Result<(), JobError>;
}

#[derive(Clone, Copy, Debug)]
pub struct JobAttempt {
    /// The job, the same at each attempt: whoever gets the job can tell repetitions by it.
    pub job: JobId,
    pub created_at: DateTime<Utc>,
    /// 1 at the first attempt, [`MAX_ATTEMPTS`](super::store::MAX_ATTEMPTS) at the last.
    pub number: u32,
}

/// Why a job was not done. The texts go to the log and to staff, so they hold no secrets either.
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

/// Reads a job back. One that cannot be read may be a newer instance's, which can.
pub fn decode<E: Job>(payload: serde_json::Value) -> Result<E, JobError> {
    serde_json::from_value(payload)
        .map_err(|error| JobError::Retryable(format!("the payload is no {}: {error}", E::KIND)))
}
