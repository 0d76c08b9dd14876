//! What the shop needs from outside, as traits. The adapters stand in `infra`; tests bring their own clock.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    Fault,
    account::{Session, TokenHash},
    quota::{Quota, Verdict},
};

/// The time.
pub trait Clock: Send + Sync + 'static {
    /// Now, in whole microseconds, as every database keeps it.
    fn now(&self) -> DateTime<Utc>;
}

/// Randomness that nobody can foresee.
pub trait Random: Send + Sync + 'static {
    /// 256 random bits, for secrets.
    fn secret(&self) -> [u8; 32];

    /// A new UUIDv7 at `now`.
    fn id(&self, now: DateTime<Utc>) -> Uuid;
}

/// Keeps the sessions of logged-in accounts. It sees only the hashes of tokens.
#[async_trait]
pub trait SessionStore: Send + Sync + 'static {
    /// Keeps a new session, dead after `idle` without use and in any case at its own end.
    async fn insert(&self, token: &TokenHash, session: &Session, idle: Duration) -> Result<(), Fault>;

    /// The session if it is alive at `now`, which counts as use.
    async fn touch(
        &self,
        token: &TokenHash,
        now: DateTime<Utc>,
        idle: Duration,
    ) -> Result<Option<Session>, Fault>;

    /// Ends a session at once; says whether there was one.
    async fn remove(&self, token: &TokenHash) -> Result<bool, Fault>;
}

/// Counts attempts, for all instances that share it.
#[async_trait]
pub trait RateLimiter: Send + Sync + 'static {
    /// Takes one attempt from `key`'s quota at `now`.
    async fn take(&self, key: &str, quota: Quota, now: DateTime<Utc>) -> Result<Verdict, Fault>;

    /// Gives one attempt back, because it was none of those that count.
    async fn give_back(&self, key: &str, quota: Quota) -> Result<(), Fault>;
}

/// A service whose health an operator wants to see.
#[async_trait]
pub trait Service: Send + Sync + 'static {
    /// Its name in health reports.
    fn name(&self) -> &'static str;

    /// Asks for a sign of life.
    async fn ping(&self) -> Result<(), Fault>;
}
