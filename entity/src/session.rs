//! Logins, kept here only when no Redis is configured. A row holds the hash of a token, never the token.

use sea_orm::{QueryFilter, QueryOrder, Select, entity::prelude::*};

use crate::{AccountId, SessionId};

/// One login.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    /// SHA-256 of the token.
    #[sea_orm(primary_key, auto_increment = false)]
    pub token_hash: Vec<u8>,
    /// What its owner calls it by.
    pub id: SessionId,
    pub account_id: AccountId,
    /// The account's epoch when it was opened.
    pub epoch: i32,
    /// Whether a second factor was shown.
    pub is_strong: bool,
    /// What the client called itself at the login.
    pub user_agent: Option<String>,
    /// Where the login came from.
    pub address: String,
    pub created_at: DateTimeUtc,
    /// When it was used, to a sixtieth of its idle time.
    pub last_seen_at: DateTimeUtc,
    /// It dies when it is not used for this long.
    pub idle_seconds: i64,
    /// Dead from then on unless it is used before.
    pub idle_expires_at: DateTimeUtc,
    /// Dead from then on whatever happens.
    pub expires_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The session with this token hash if it is alive at `now`.
    pub fn live(token_hash: &[u8], now: DateTimeUtc) -> Select<Self> {
        Self::alive_at(now).filter(COLUMN.token_hash.eq(token_hash))
    }

    /// The sessions of an account that are alive at `now`, the latest used first.
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
