//! Keys of requests that count once: what each of them did.

use sea_orm::entity::prelude::*;
use uuid::Uuid;

use crate::IdempotencyKeyId;

/// One key. Unique are `scope`, `mutation` and `key` together.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_key")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: IdempotencyKeyId,
    /// Whose key it is.
    pub scope: String,
    pub mutation: String,
    pub key: String,
    /// SHA-256 hash of the input.
    pub fingerprint: Vec<u8>,
    /// Key of the object that the request created or changed.
    pub effect_id: Uuid,
    pub at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
