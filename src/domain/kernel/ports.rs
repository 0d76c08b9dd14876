//! Ports without a noun: time, randomness, a cache of texts, and the health of a service. The adapters stand in `infra`; tests bring
//! their own clock.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::fault::Fault;

pub trait Clock: Send + Sync + 'static {
    /// Now, in whole microseconds, as every database keeps it.
    fn now(&self) -> DateTime<Utc>;
}

/// Randomness that nobody can foresee.
pub trait Random: Send + Sync + 'static {
    fn secret(&self) -> [u8; 32];

    fn id(&self, now: DateTime<Utc>) -> Uuid;
}

pub const MAX_CACHED_TEXT: usize = 16 * 1024;

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

#[async_trait]
pub trait Service: Send + Sync + 'static {
    fn name(&self) -> &'static str;

    async fn ping(&self) -> Result<(), Fault>;
}
