//! Effects that follow a commit: what is still to be done, and what could not be done.

use sea_orm::{QueryFilter, QueryOrder, Select, entity::prelude::*};

use crate::EffectId;

/// One effect. The row is gone once it is done.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: EffectId,
    /// Which handler it is for.
    pub kind: String,
    /// What the handler needs to know. Holds no secrets.
    #[sea_orm(column_type = "JsonBinary")]
    pub payload: Json,
    pub created_at: DateTimeUtc,
    /// Nobody takes it before. While it is being handled this is the end of the lease.
    pub due_at: DateTimeUtc,
    /// How often it has been taken, this time included.
    pub attempts: i32,
    /// Why the last attempt failed, if one did.
    #[sea_orm(column_type = "Text", nullable)]
    pub last_error: Option<String>,
    /// Given up then; `None` while there is hope.
    pub dead_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// What may be taken at `now`, the longest due first.
    pub fn due(now: DateTimeUtc) -> Select<Self> {
        Self::find()
            .filter(COLUMN.dead_at.is_null())
            .filter(COLUMN.due_at.lte(now))
            .order_by_asc(COLUMN.due_at)
            .order_by_asc(COLUMN.id)
    }
}
