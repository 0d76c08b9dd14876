//! A session as its store keeps it. The store knows each by its token's hash; its owner by its id.

use std::{net::IpAddr, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use entity::{AccountId, SessionId};
use serde::{Deserialize, Serialize};

use super::token::TokenHash;
use crate::domain::kernel::fault::Fault;

/// An open connection looks this often, at most, for itself whether its session is alive: a revocation that nobody told of is noticed
/// this late.
pub const RECHECK: Duration = Duration::from_secs(15);

/// How sessions end, and what they allow.
#[derive(Clone, Copy, Debug)]
pub struct SessionConfig {
    pub lifetime: SessionLifetime,
    /// How sessions end that the client is not to remember.
    pub brief_lifetime: SessionLifetime,
    /// Whether staff may do nothing more than customers until they show a second factor.
    pub staff_second_factor: bool,
    /// How often an open connection looks for itself whether its session is alive, see [`RECHECK`].
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

/// How sessions end by themselves.
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
    /// For sessions that the client is not to remember.
    pub const BRIEF: Self =
        Self { idle: Duration::from_secs(2 * 60 * 60), absolute: Duration::from_secs(24 * 60 * 60) };
}

/// The most sessions of one account; a login beyond ends the one that was not used for the longest time.
pub const MAX_SESSIONS: usize = 100;

/// A login that lasts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// What its owner calls it by. It opens nothing.
    pub id: SessionId,
    pub account_id: AccountId,
    pub epoch: i32,
    pub is_strong: bool,
    /// What the client called itself at the login.
    pub user_agent: Option<String>,
    pub ip_address: IpAddr,
    pub created_at: DateTime<Utc>,
    /// When it was last used, to a sixtieth of `idle`.
    pub last_seen_at: DateTime<Utc>,
    /// It ends when it is not used for this long.
    pub idle: Duration,
    /// When it ends, however much it is used.
    pub expires_at: DateTime<Utc>,
}

/// Which of an account's sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionSelector {
    All,
    One(SessionId),
    AllBut(SessionId),
}

impl Session {
    /// When it ends unless it is used again.
    pub fn idle_end(&self) -> DateTime<Utc> {
        let idle = TimeDelta::from_std(self.idle).unwrap_or(TimeDelta::MAX);
        self.last_seen_at
            .checked_add_signed(idle)
            .map_or(self.expires_at, |end| Ord::min(end, self.expires_at))
    }

    /// Whether it is alive at `now`, as far as time goes.
    pub fn lasts(&self, now: DateTime<Utc>) -> bool {
        now < self.idle_end()
    }
}

impl SessionSelector {
    /// Whether the session is one of these.
    pub fn includes(self, session: SessionId) -> bool {
        match self {
            Self::All => true,
            Self::One(id) => id == session,
            Self::AllBut(id) => id != session,
        }
    }
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
    async fn remove_of(&self, account: AccountId, which: SessionSelector) -> Result<Vec<Session>, Fault>;
}
