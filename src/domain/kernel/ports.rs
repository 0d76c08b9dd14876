//! Ports without a noun: time, randomness, a cache of texts, and the health of a service. The adapters stand in `infra`; tests bring
//! their own clock.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::fault::Fault;

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

/// A [`Cache`] keeps no text of more bytes.
pub const MAX_CACHED_TEXT: usize = 16 * 1024;

/// A [`Cache`] keeps no more texts.
pub const MAX_CACHED_TEXTS: usize = 10_000;

/// Keeps texts that may be forgotten at any time and can be had again from elsewhere, so that whoever sends many cannot
/// fill it. Keys are as short as a hash.
#[async_trait]
pub trait Cache: Send + Sync + 'static {
    /// The text that was put at `key`, unless it was forgotten.
    async fn get(&self, key: &str) -> Result<Option<Arc<str>>, Fault>;

    /// Keeps a text. One that is longer than [`MAX_CACHED_TEXT`] is forgotten at once.
    async fn put(&self, key: &str, text: &str) -> Result<(), Fault>;
}

/// A service whose health an operator wants to see.
#[async_trait]
pub trait Service: Send + Sync + 'static {
    /// Its name in health reports.
    fn name(&self) -> &'static str;

    /// Asks for a sign of life.
    async fn ping(&self) -> Result<(), Fault>;
}
