//! Jobs that were given up, for staff to look at: done after all, or thrown away.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::{JobId, Permission, job};
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QuerySelect, Select,
    sea_query::{Expr, LockType},
};
use serde_json::{Value, json};

use crate::domain::{
    audit::AuditEntry,
    context::{OpContext, Txn},
    database::{Listing, SortKind},
    job::{MAX_ATTEMPTS, attempt_number, next_round},
    kernel::{fault::Fault, operation_error::operation_error},
};

/// What the audit log calls a job that was given up.
const SUBJECT: &str = "DeadLetter";

operation_error! {
    /// Why nothing happened to a job that was given up.
    pub enum DeadLetterError {
        /// There is none.
        #[error("There is no dead letter with this id. Somebody may have retried or discarded it.")]
        NotFound(JobId),
    }
}

/// A job that was given up, without its payload: that may hold what is personal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its key.
    pub id: JobId,
    /// Which handler it is for.
    pub kind: String,
    /// The `type` in its payload, by which kinds that do several things tell them apart.
    pub summary: Option<String>,
    /// When it was written down.
    pub created_at: DateTime<Utc>,
    /// How often it was tried since then, or since it was retried.
    pub attempts: u32,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
    /// When it was given up.
    pub died_at: DateTime<Utc>,
}

impl From<job::Model> for DeadLetter {
    fn from(job: job::Model) -> Self {
        let summary = job.payload.get("type").and_then(Value::as_str).map(str::to_owned);
        Self {
            id: job.id,
            kind: job.kind,
            summary,
            created_at: job.created_at,
            attempts: attempt_number(job.attempts).min(MAX_ATTEMPTS),
            last_error: job.last_error,
            died_at: job.dead_at.unwrap_or(job.due_at),
        }
    }
}

impl DeadLetter {
    /// What the audit log keeps of it. Its error may repeat an address, so that is not part of it.
    fn audit_json(&self) -> Value {
        json!({
            "kind": self.kind,
            "summary": self.summary,
            "createdAt": self.created_at,
            "diedAt": self.died_at,
            "attempts": self.attempts,
        })
    }
}

/// The jobs that were given up, the latest first. Needs [`Permission::SettingsEdit`].
#[tracing::instrument(name = "dead_letter::list", level = "debug", skip_all, err(level = "debug"))]
pub async fn list(ctx: &OpContext) -> Result<Listing<job::Entity>, Fault> {
    ctx.require(Permission::SettingsEdit).await?;
    Ok(Listing::new("dead_letter.dead_at", dead(), job::Column::DeadAt, SortKind::Time).descending(true))
}

/// Those of the jobs with these ids that were given up, in one statement. Without [`Permission::SettingsEdit`] there are
/// none.
#[tracing::instrument(name = "dead_letter::dead_by_ids", level = "debug", skip_all, err(level = "debug"))]
pub async fn by_ids(ctx: &OpContext, ids: &[JobId]) -> Result<HashMap<JobId, DeadLetter>, Fault> {
    if !ctx.viewer().await?.permissions().has(Permission::SettingsEdit) {
        return Ok(HashMap::new());
    }
    let chosen = ctx.services().db.any_of(job::Column::Id, ids.iter().map(|id| id.0));
    let jobs = dead().filter(chosen).all(ctx.db()).await?;
    Ok(jobs.into_iter().map(DeadLetter::from).map(|letter| (letter.id, letter)).collect())
}

/// Has a job that was given up tried again, at once and as often as a new one. Needs [`Permission::SettingsEdit`].
#[tracing::instrument(name = "dead_letter::retry", level = "debug", skip_all, err(level = "debug"))]
pub async fn retry(ctx: &OpContext, id: JobId) -> Result<(), DeadLetterError> {
    ctx.require(Permission::SettingsEdit).await?;
    ctx.write(|txn| retry_in_txn(txn, id).scope_boxed()).await?;
    Ok(())
}

async fn retry_in_txn(txn: &Txn<'_>, id: JobId) -> Result<(), DeadLetterError> {
    let (attempts, letter) = lock(txn, id).await?;
    job::Entity::update_many()
        .col_expr(job::Column::Attempts, Expr::value(next_round(attempts)))
        .col_expr(job::Column::DueAt, Expr::value(txn.now()))
        .col_expr(job::Column::DeadAt, Expr::value(None::<DateTime<Utc>>))
        .filter(job::Column::Id.eq(id))
        .exec(txn)
        .await?;
    let entry =
        AuditEntry::new("deadLetterRetry").about(SUBJECT, id).change(letter.audit_json(), Value::Null);
    txn.wake_jobs();
    Ok(txn.audit(entry).await?)
}

/// Throws a job away that was given up: it never happens. Needs [`Permission::SettingsEdit`].
#[tracing::instrument(name = "dead_letter::discard", level = "debug", skip_all, err(level = "debug"))]
pub async fn discard(ctx: &OpContext, id: JobId) -> Result<(), DeadLetterError> {
    ctx.require(Permission::SettingsEdit).await?;
    ctx.write(|txn| discard_in_txn(txn, id).scope_boxed()).await
}

async fn discard_in_txn(txn: &Txn<'_>, id: JobId) -> Result<(), DeadLetterError> {
    let (_, letter) = lock(txn, id).await?;
    job::Entity::delete_by_id(id).exec(txn).await?;
    let entry =
        AuditEntry::new("deadLetterDiscard").about(SUBJECT, id).change(letter.audit_json(), Value::Null);
    Ok(txn.audit(entry).await?)
}

/// The job if it was given up, with its row's count of attempts. It is held until the transaction ends: nobody else
/// retries or discards it meanwhile.
async fn lock(txn: &Txn<'_>, id: JobId) -> Result<(i32, DeadLetter), DeadLetterError> {
    let job = dead().filter(job::Column::Id.eq(id)).lock(LockType::Update).one(txn).await;
    let job = job?.ok_or(DeadLetterError::NotFound(id))?;
    let attempts = job.attempts;
    Ok((attempts, job.into()))
}

fn dead() -> Select<job::Entity> {
    job::Entity::find().filter(job::Column::DeadAt.is_not_null())
}
