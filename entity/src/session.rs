//! Logins, kept here only when no Redis is configured. A row holds the hash of a token, never the token.

use sea_orm::{QueryFilter, Select, entity::prelude::*};

use crate::AccountId;

/// One login.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    /// SHA-256 of the token.
    #[sea_orm(primary_key, auto_increment = false)]
    pub token_hash: Vec<u8>,
    pub account_id: AccountId,
    pub created_at: DateTimeUtc,
    /// Dead from then on unless it is used before.
    pub idle_expires_at: DateTimeUtc,
    /// Dead from then on whatever happens.
    pub expires_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The session with this token hash if it is alive at `now`.
    pub fn live(token_hash: &[u8], now: DateTimeUtc) -> Select<Self> {
        Self::find()
            .filter(COLUMN.token_hash.eq(token_hash))
            .filter(COLUMN.idle_expires_at.gt(now))
            .filter(COLUMN.expires_at.gt(now))
    }
}
