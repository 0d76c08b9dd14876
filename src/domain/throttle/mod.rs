//! Throttling: growing delays between repeated attempts, like guesses of passwords and codes, or requests for mail.
//!
//! Attempts are counted per key: a network, an account, or a pair of both. The first failures of a key cause no delay,
//! to allow for mistypes. Each further failure doubles the delay, up to a maximum, and the count decays over time.
//! Accounts are never locked, and guessing becomes slower over time.

mod backoff;
mod counter;
mod policies;

pub use backoff::{BackoffPolicy, Decision, FailureRecord, LONGEST};
pub use counter::AttemptCounter;
pub use policies::{ThrottleConfig, ThrottlePolicies};

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use crate::domain::kernel::fault::{Fault, Throttled, with_causes};

/// Keys of one attempt, each with its policy, widest first: an attempt that is rejected for a wide key does not count
/// for the narrower ones.
pub type Keys = Vec<(String, BackoffPolicy)>;

/// An attempt in progress. Counts as failed until it is reported as succeeded.
#[must_use = "the attempt counts as failed until it is said to have succeeded"]
pub struct Attempt {
    counter: Arc<dyn AttemptCounter>,
    keys: Keys,
    at: DateTime<Utc>,
}

impl Attempt {
    /// Counts an attempt for all keys, or for none if one of them is throttled.
    #[tracing::instrument(name = "throttle::begin", level = "debug", skip_all, err(level = "debug"))]
    pub async fn begin(
        counter: &Arc<dyn AttemptCounter>,
        keys: Keys,
        now: DateTime<Utc>,
    ) -> Result<Self, Throttled> {
        let mut attempt = Self { counter: counter.clone(), keys: Vec::with_capacity(keys.len()), at: now };
        for (key, policy) in keys {
            match counter.record_failure(&key, policy, now).await? {
                Decision::Allowed => attempt.keys.push((key, policy)),
                Decision::Denied { retry_after } => {
                    attempt.undo().await?;
                    return Err(Throttled::TooSoon { retry_after });
                }
            }
        }
        Ok(attempt)
    }

    /// Undoes the count of an attempt that succeeded.
    #[tracing::instrument(name = "throttle::succeeded", level = "debug", skip_all)]
    pub async fn succeeded(self) {
        if let Err(fault) = self.undo().await {
            // What was attempted is done; only the next attempt may have to wait longer than it should.
            tracing::warn!(cause = with_causes(&fault), "a successful attempt remains counted as failed");
        }
    }

    /// Keeps the count, regardless of the outcome.
    pub fn commit(self) {}

    async fn undo(&self) -> Result<(), Fault> {
        for (key, policy) in &self.keys {
            self.counter.undo(key, *policy, self.at).await?;
        }
        Ok(())
    }
}

/// Short hash of a typed text, so that counters contain no email addresses and keys have one length.
pub fn digest(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(text.as_bytes())[..16])
}
