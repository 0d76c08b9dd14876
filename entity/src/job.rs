//! Background jobs: pending ones, and dead letters.

use sea_orm::{QueryFilter, QueryOrder, Select, entity::prelude::*};

use crate::JobId;

/// One job. The row is deleted once the job has succeeded.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "job")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: JobId,
    /// Kind, which selects the handler.
    pub kind: String,
    /// Input of the handler, without secrets.
    #[sea_orm(column_type = "JsonBinary")]
    pub payload: Json,
    pub created_at: DateTimeUtc,
    /// Earliest time at which a worker may claim the job. While a worker runs it, the end of the lease.
    pub due_at: DateTimeUtc,
    /// Claim counter, which identifies the current lease and never decreases. Each claim adds 1; a retry of a dead
    /// letter advances it to the next round of attempts.
    pub attempts: i32,
    /// Error of the last failed attempt.
    #[sea_orm(column_type = "Text", nullable)]
    pub last_error: Option<String>,
    /// Time at which the job became a dead letter; `None` while it is pending.
    pub dead_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// Selects the jobs that are due at `now`, longest due first.
    pub fn due(now: DateTimeUtc) -> Select<Self> {
        Self::find()
            .filter(COLUMN.dead_at.is_null())
            .filter(COLUMN.due_at.lte(now))
            .order_by_asc(COLUMN.due_at)
            .order_by_asc(COLUMN.id)
    }
}
