//! Growing delays between attempts that keep failing: guesses at passwords and codes, mails that somebody asks for.
//!
//! What is counted is a key: a network, an account, a pair of both. Its first failures cost nothing, so that people may
//! mistype. Each further one makes the next attempt wait twice as long, up to a limit, and time takes failures back. So
//! nobody is locked out for good, and who guesses gets slower the longer it goes on.

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

/// What one attempt counts for, each with the policy for its failures. The widest come first: whoever is refused there
/// leaves the others alone.
pub type Keys = Vec<(String, BackoffPolicy)>;

/// An attempt under way. It counts as failed unless it is said to have succeeded.
#[must_use = "the attempt counts as failed until it is said to have succeeded"]
pub struct Attempt {
    counter: Arc<dyn AttemptCounter>,
    keys: Keys,
    at: DateTime<Utc>,
}

impl Attempt {
    /// Counts an attempt for each key, or for none if one of them refuses it.
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

    /// The attempt was none of the failures: it counts for no key any more.
    #[tracing::instrument(name = "throttle::succeeded", level = "debug", skip_all)]
    pub async fn succeeded(self) {
        if let Err(fault) = self.undo().await {
            // What was attempted is done; only the next attempt may have to wait longer than it should.
            tracing::warn!(cause = with_causes(&fault), "a successful attempt remains counted as failed");
        }
    }

    /// The attempt counts, whatever becomes of it.
    pub fn commit(self) {}

    async fn undo(&self) -> Result<(), Fault> {
        for (key, policy) in &self.keys {
            self.counter.undo(key, *policy, self.at).await?;
        }
        Ok(())
    }
}

/// A short name for what was typed, so that counters hold no addresses of people and keys have one length.
pub fn digest(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(text.as_bytes())[..16])
}
