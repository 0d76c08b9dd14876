//! Sessions, stored here only when Redis is not configured. A row holds the hash of a token, never the token.

use sea_orm::{QueryFilter, QueryOrder, Select, entity::prelude::*};

use crate::{AccountId, SessionId};

/// One session.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    /// SHA-256 hash of the token.
    #[sea_orm(primary_key, auto_increment = false)]
    pub token_hash: Vec<u8>,
    /// Public id, by which the account's owner refers to the session.
    pub id: SessionId,
    pub account_id: AccountId,
    /// Session epoch of the account when the session was opened.
    pub epoch: i32,
    /// True if the session was authenticated with a second factor.
    pub is_strong: bool,
    /// `User-Agent` of the client that opened the session.
    pub user_agent: Option<String>,
    /// IP address of the client that opened the session.
    pub ip_address: String,
    pub created_at: DateTimeUtc,
    /// Time of the last use, to a sixtieth of the idle timeout.
    pub last_seen_at: DateTimeUtc,
    /// Idle timeout, in seconds.
    pub idle_seconds: i64,
    /// Time at which the session expires if it is not used before.
    pub idle_expires_at: DateTimeUtc,
    /// Time at which the session expires regardless of use.
    pub expires_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// Selects the session with this token hash if it is live at `now`.
    pub fn live(token_hash: &[u8], now: DateTimeUtc) -> Select<Self> {
        Self::alive_at(now).filter(COLUMN.token_hash.eq(token_hash))
    }

    /// Selects the sessions of an account that are live at `now`, most recently used first.
    pub fn live_of(account: AccountId, now: DateTimeUtc) -> Select<Self> {
        Self::alive_at(now)
            .filter(COLUMN.account_id.eq(account))
            .order_by_desc(COLUMN.last_seen_at)
            .order_by_desc(COLUMN.id)
    }

    fn alive_at(now: DateTimeUtc) -> Select<Self> {
        Self::find().filter(COLUMN.idle_expires_at.gt(now)).filter(COLUMN.expires_at.gt(now))
    }
}
