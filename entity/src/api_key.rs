//! API keys, with which programs authenticate. A row holds the hash of a key, never the key.

use sea_orm::{Condition, QueryFilter, Select, entity::prelude::*};

use crate::{AccountId, ApiKeyId, Permissions};

/// One API key.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_key")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ApiKeyId,
    pub name: String,
    /// SHA-256 hash of the 256 random bits of the key.
    #[sea_orm(unique)]
    pub token_hash: Vec<u8>,
    pub permissions: Permissions,
    /// Account that created the key; `None` once that account is deleted.
    pub created_by: Option<AccountId>,
    pub created_at: DateTimeUtc,
    /// Time from which the key is invalid; `None` if it does not expire.
    pub expires_at: Option<DateTimeUtc>,
    /// Time of the last use, to the minute.
    pub last_used_at: Option<DateTimeUtc>,
    pub revoked_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// Selects the key with this hash if it is valid at `now`.
    pub fn live(token_hash: &[u8], now: DateTimeUtc) -> Select<Self> {
        let lasts = Condition::any().add(COLUMN.expires_at.is_null()).add(COLUMN.expires_at.gt(now));
        Self::find()
            .filter(COLUMN.token_hash.eq(token_hash))
            .filter(COLUMN.revoked_at.is_null())
            .filter(lasts)
    }
}
