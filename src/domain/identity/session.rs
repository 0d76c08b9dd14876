//! A session as its store has it, by the hash of its token.

use std::{net::IpAddr, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use entity::{AccountId, SessionId};
use serde::{Deserialize, Serialize};

use super::token::TokenHash;
use crate::domain::kernel::fault::Fault;

/// Maximum interval at which an open connection checks its session: a missed revocation is noticed after this time.
pub const RECHECK: Duration = Duration::from_secs(15);

/// Lifetimes of sessions, and rules for staff.
#[derive(Clone, Copy, Debug)]
pub struct SessionConfig {
    pub lifetime: SessionLifetime,
    /// Lifetimes of sessions with `rememberMe: false`.
    pub brief_lifetime: SessionLifetime,
    /// Whether staff have the permissions of a customer until they use a second factor.
    pub staff_second_factor: bool,
    /// Interval at which an open connection checks its session, see [`RECHECK`].
    pub recheck: Duration,
}

impl Default for SessionConfig {
    fn default() -> Self {
        Self {
            lifetime: SessionLifetime::default(),
            brief_lifetime: SessionLifetime::BRIEF,
            staff_second_factor: false,
            recheck: RECHECK,
        }
    }
}

/// Lifetimes of sessions.
#[derive(Clone, Copy, Debug)]
pub struct SessionLifetime {
    pub idle: Duration,
    pub absolute: Duration,
}

impl Default for SessionLifetime {
    fn default() -> Self {
        const DAY: Duration = Duration::from_secs(24 * 60 * 60);
        Self { idle: 14 * DAY, absolute: 90 * DAY }
    }
}

impl SessionLifetime {
    /// Lifetimes of sessions with `rememberMe: false`.
    pub const BRIEF: Self =
        Self { idle: Duration::from_secs(2 * 60 * 60), absolute: Duration::from_secs(24 * 60 * 60) };
}

/// Maximum number of sessions of one account; a further login ends the one that was unused for the longest time.
pub const MAX_SESSIONS: usize = 100;

/// An open session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Id for its owner. Grants no access.
    pub id: SessionId,
    pub account_id: AccountId,
    pub epoch: i32,
    pub is_strong: bool,
    /// User agent at the login.
    pub user_agent: Option<String>,
    pub ip_address: IpAddr,
    pub created_at: DateTime<Utc>,
    /// Time of the last use, accurate to a sixtieth of `idle`.
    pub last_seen_at: DateTime<Utc>,
    /// Idle timeout.
    pub idle: Duration,
    /// Time at which the session ends, regardless of use.
    pub expires_at: DateTime<Utc>,
}

/// Selection of an account's sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionSelector {
    All,
    One(SessionId),
    AllBut(SessionId),
}

impl Session {
    /// Time at which the session ends without further use.
    pub fn idle_end(&self) -> DateTime<Utc> {
        let idle = TimeDelta::from_std(self.idle).unwrap_or(TimeDelta::MAX);
        self.last_seen_at
            .checked_add_signed(idle)
            .map_or(self.expires_at, |end| Ord::min(end, self.expires_at))
    }

    /// Whether the session has not expired at `now`.
    pub fn lasts(&self, now: DateTime<Utc>) -> bool {
        now < self.idle_end()
    }
}

impl SessionSelector {
    /// Whether the session is selected.
    pub fn includes(self, session: SessionId) -> bool {
        match self {
            Self::All => true,
            Self::One(id) => id == session,
            Self::AllBut(id) => id != session,
        }
    }
}

/// Stores open sessions. It gets only the hashes of tokens.
#[async_trait]
pub trait SessionStore: Send + Sync + 'static {
    /// Stores a new session until it expires.
    async fn insert(&self, token: &TokenHash, session: &Session) -> Result<(), Fault>;

    /// The session, if it is open at `now`. Counts as use.
    async fn touch(&self, token: &TokenHash, now: DateTime<Utc>) -> Result<Option<Session>, Fault>;

    /// Ends a session at once and returns it, if there was one.
    async fn remove(&self, token: &TokenHash) -> Result<Option<Session>, Fault>;

    /// The sessions of an account that are open at `now`, most recently used first.
    async fn of_account(&self, account: AccountId, now: DateTime<Utc>) -> Result<Vec<Session>, Fault>;

    /// Ends these sessions of an account at once and returns them.
    async fn remove_of(&self, account: AccountId, which: SessionSelector) -> Result<Vec<Session>, Fault>;
}
