//! What the shop needs from outside, as traits. The adapters stand in `infra`; tests bring their own clock.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use entity::AccountId;
use futures_util::stream::BoxStream;
use uuid::Uuid;

use super::{
    Fault,
    account::{Session, TokenHash, Which},
    event::{Event, Topic},
    guard::{self, Patience},
    mail::Mail,
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
    /// Keeps a new session until it ends by itself.
    async fn insert(&self, token: &TokenHash, session: &Session) -> Result<(), Fault>;

    /// The session if it is alive at `now`, which counts as use.
    async fn touch(&self, token: &TokenHash, now: DateTime<Utc>) -> Result<Option<Session>, Fault>;

    /// Ends a session at once and answers with it, if there was one.
    async fn remove(&self, token: &TokenHash) -> Result<Option<Session>, Fault>;

    /// The sessions of an account that are alive at `now`, the latest used first.
    async fn of_account(&self, account: AccountId, now: DateTime<Utc>) -> Result<Vec<Session>, Fault>;

    /// Ends these sessions of an account at once and answers with them.
    async fn remove_of(&self, account: AccountId, which: Which) -> Result<Vec<Session>, Fault>;
}

/// Tells the listeners of all instances what has happened. Nothing is kept for those who listen later, and events can
/// be lost on the way; a listener that depends on them also looks for itself, at [`Delivery::Missed`] and from time to
/// time.
#[async_trait]
pub trait EventBus: Send + Sync + 'static {
    /// Tells whoever listens to the event's topic, on every instance.
    async fn publish(&self, event: &Event) -> Result<(), Fault>;

    /// What is published about `topic` from now on, in order, each once. When this returns it has begun: what this
    /// instance publishes afterwards is delivered, or announced as missed. Who drops the stream leaves nothing behind.
    fn subscribe(&self, topic: Topic) -> EventStream;
}

/// What a listener gets. It ends only with the bus.
pub type EventStream = BoxStream<'static, Delivery>;

/// One thing that a listener gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// This has happened.
    Event(Event),
    /// Some events may have been lost: look again at what they would have told.
    Missed,
}

/// Counts what is asked for, for all instances that share it.
#[async_trait]
pub trait RateLimiter: Send + Sync + 'static {
    /// Takes `amount` units from `key`'s quota at `now`, all or none; see [`Quota::take`].
    async fn take(&self, key: &str, quota: Quota, amount: u32, now: DateTime<Utc>) -> Result<Verdict, Fault>;
}

/// Counts attempts that fail, for all instances that share it.
#[async_trait]
pub trait AttemptCounter: Send + Sync + 'static {
    /// Counts an attempt on `key` at `now` as a failure, unless it comes too soon; see [`Patience::take`].
    async fn take(&self, key: &str, patience: Patience, now: DateTime<Utc>) -> Result<guard::Verdict, Fault>;

    /// Takes the attempt that was counted at `at` back, because it was no failure; see [`Patience::give_back`].
    async fn give_back(&self, key: &str, patience: Patience, at: DateTime<Utc>) -> Result<(), Fault>;
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

/// Carries letters. What it says of a failure is fit to be kept and shown to staff: it holds no password, and nothing of
/// the letter but what the other side repeats of its address.
#[async_trait]
pub trait Mailer: Send + Sync + 'static {
    /// Hands a letter over. After an error it may have arrived nevertheless, when the answer was lost.
    async fn send(&self, mail: &Mail) -> Result<(), MailError>;
}

/// A letter was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// It may work later: nobody answered, the other side asked for patience, or does not let us in.
    #[error("{0}")]
    Temporary(String),
    /// It will never work with this letter: the address is none, or the other side refused it for good.
    #[error("{0}")]
    Permanent(String),
}

/// A service whose health an operator wants to see.
#[async_trait]
pub trait Service: Send + Sync + 'static {
    /// Its name in health reports.
    fn name(&self) -> &'static str;

    /// Asks for a sign of life.
    async fn ping(&self) -> Result<(), Fault>;
}
