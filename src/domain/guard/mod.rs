//! Growing delays between attempts that keep failing: guesses at passwords and codes, mails that somebody asks for.
//!
//! What is counted is a key: a network, an account, a pair of both. Its first failures cost nothing, so that people may
//! mistype. Each further one makes the next attempt wait twice as long, up to a limit, and time takes failures back. So
//! nobody is locked out for good, and who guesses gets slower the longer it goes on.

mod patience;

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

pub use self::patience::{LONGEST, Patience, Record, Verdict};
use super::{Fault, Op, fault::with_causes, quota::whole_seconds};

/// What one attempt counts for, each with how its failures are put up with. The widest come first: whoever is refused
/// there leaves the others alone.
pub type Keys = Vec<(String, Patience)>;

/// An attempt under way. It counts as failed unless it is said to have succeeded.
#[derive(Debug)]
#[must_use = "the attempt counts as failed until it is said to have succeeded"]
pub struct Attempt {
    keys: Keys,
    at: DateTime<Utc>,
}

/// Why an attempt may not be made.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Too many have failed before it. It was not counted.
    #[error("Too many attempts. Try again in {} seconds.", whole_seconds(.retry_after))]
    TooSoon {
        /// When it is allowed.
        retry_after: Duration,
    },
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Attempt {
    /// Counts an attempt for each key, or for none if one of them refuses it.
    #[tracing::instrument(name = "guard::begin", level = "debug", skip_all, err(level = "debug"))]
    pub async fn begin(op: &Op, keys: Keys) -> Result<Self, Refused> {
        let mut attempt = Self { keys: Vec::with_capacity(keys.len()), at: op.clock.now() };
        for (key, patience) in keys {
            match op.attempts.take(&key, patience, attempt.at).await? {
                Verdict::Allowed => attempt.keys.push((key, patience)),
                Verdict::Refused { retry_after } => {
                    attempt.give_back(op).await?;
                    return Err(Refused::TooSoon { retry_after });
                }
            }
        }
        Ok(attempt)
    }

    /// The attempt was none of the failures: it counts for no key any more.
    #[tracing::instrument(name = "guard::succeeded", level = "debug", skip_all, err(level = "debug"))]
    pub async fn succeeded(self, op: &Op) -> Result<(), Fault> {
        if let Err(fault) = self.give_back(op).await {
            // What was attempted is done; only the next attempt may have to wait longer than it should.
            tracing::warn!(cause = with_causes(&fault), "an attempt that succeeded counts as failed");
        }
        Ok(())
    }

    async fn give_back(&self, op: &Op) -> Result<(), Fault> {
        for (key, patience) in &self.keys {
            op.attempts.give_back(key, *patience, self.at).await?;
        }
        Ok(())
    }
}

/// A short name for what was typed, so that counters hold no addresses of people and keys have one length.
pub fn digest(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(text.as_bytes())[..16])
}
