//! General ports: time, randomness, a cache of texts, and the health of a service. `infra` has the adapters; tests have
//! their own clock.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::fault::Fault;

pub trait Clock: Send + Sync + 'static {
    /// Current time in whole microseconds, the precision of both databases.
    fn now(&self) -> DateTime<Utc>;
}

/// Cryptographically secure randomness.
pub trait Random: Send + Sync + 'static {
    fn secret(&self) -> [u8; 32];

    fn id(&self, now: DateTime<Utc>) -> Uuid;
}

pub const MAX_CACHED_TEXT: usize = 16 * 1024;

pub const MAX_CACHED_TEXTS: usize = 10_000;

/// Cache of texts that may be evicted at any time, bounded in size. Keys are as short as a hash.
#[async_trait]
pub trait Cache: Send + Sync + 'static {
    /// The text of `key`, unless it was evicted.
    async fn get(&self, key: &str) -> Result<Option<Arc<str>>, Fault>;

    /// Stores a text, unless it is longer than [`MAX_CACHED_TEXT`].
    async fn put(&self, key: &str, text: &str) -> Result<(), Fault>;
}

#[async_trait]
pub trait Service: Send + Sync + 'static {
    fn name(&self) -> &'static str;

    async fn ping(&self) -> Result<(), Fault>;
}
