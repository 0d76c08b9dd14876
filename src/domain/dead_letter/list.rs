//! Lists of dead letters, retry and discard.

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

/// Type of a dead letter in the audit log.
const SUBJECT: &str = "DeadLetter";

operation_error! {
    pub enum DeadLetterError {
        #[error("There is no dead letter with this id. It may have been retried or discarded already.")]
        NotFound(JobId),
    }
}

/// The `type` in a job's payload, which distinguishes jobs of one kind. The rest may be personal data.
pub fn summary(job: &job::Model) -> Option<&str> {
    job.payload.get("type").and_then(Value::as_str)
}

/// Number of attempts since the job was created, or since the last retry.
pub fn attempts(job: &job::Model) -> u32 {
    attempt_number(job.attempts).min(MAX_ATTEMPTS)
}

/// Values of a job for the audit log. Its error is left out, because it may contain an email address.
fn audit_json(job: &job::Model) -> Value {
    json!({
        "kind": job.kind,
        "summary": summary(job),
        "createdAt": job.created_at,
        "diedAt": job.dead_at,
        "attempts": attempts(job),
    })
}

/// The dead letters, latest first. Requires [`Permission::SettingsEdit`].
#[tracing::instrument(name = "dead_letter::list", level = "debug", skip_all, err(level = "debug"))]
pub async fn list(ctx: &OpContext) -> Result<Listing<job::Entity>, Fault> {
    ctx.require(Permission::SettingsEdit).await?;
    Ok(Listing::new("dead_letter.dead_at", dead(), job::Column::DeadAt, SortKind::Time).descending(true))
}

/// The dead letters with these ids, in one statement; none without [`Permission::SettingsEdit`].
#[tracing::instrument(name = "dead_letter::dead_by_ids", level = "debug", skip_all, err(level = "debug"))]
pub async fn by_ids(ctx: &OpContext, ids: &[JobId]) -> Result<HashMap<JobId, job::Model>, Fault> {
    if !ctx.viewer().await?.permissions().has(Permission::SettingsEdit) {
        return Ok(HashMap::new());
    }
    let chosen = ctx.services().db.any_of(job::Column::Id, ids.iter().map(|id| id.0));
    let jobs = dead().filter(chosen).all(ctx.db()).await?;
    Ok(jobs.into_iter().map(|job| (job.id, job)).collect())
}

/// Retries a dead letter at once, with as many attempts as a new job. Requires [`Permission::SettingsEdit`].
#[tracing::instrument(name = "dead_letter::retry", level = "debug", skip_all, err(level = "debug"))]
pub async fn retry(ctx: &OpContext, id: JobId) -> Result<(), DeadLetterError> {
    ctx.require(Permission::SettingsEdit).await?;
    ctx.write(|txn| retry_in_txn(txn, id).scope_boxed()).await?;
    Ok(())
}

async fn retry_in_txn(txn: &Txn<'_>, id: JobId) -> Result<(), DeadLetterError> {
    let job = lock(txn, id).await?;
    job::Entity::update_many()
        .col_expr(job::Column::Attempts, Expr::value(next_round(job.attempts)))
        .col_expr(job::Column::DueAt, Expr::value(txn.now()))
        .col_expr(job::Column::DeadAt, Expr::value(None::<DateTime<Utc>>))
        .filter(job::Column::Id.eq(id))
        .exec(txn)
        .await?;
    let entry = AuditEntry::new("deadLetterRetry").about(SUBJECT, id).change(audit_json(&job), Value::Null);
    txn.wake_jobs();
    Ok(txn.audit(entry).await?)
}

/// Deletes a dead letter; its job is not run again. Requires [`Permission::SettingsEdit`].
#[tracing::instrument(name = "dead_letter::discard", level = "debug", skip_all, err(level = "debug"))]
pub async fn discard(ctx: &OpContext, id: JobId) -> Result<(), DeadLetterError> {
    ctx.require(Permission::SettingsEdit).await?;
    ctx.write(|txn| discard_in_txn(txn, id).scope_boxed()).await
}

async fn discard_in_txn(txn: &Txn<'_>, id: JobId) -> Result<(), DeadLetterError> {
    let job = lock(txn, id).await?;
    job::Entity::delete_by_id(id).exec(txn).await?;
    let entry = AuditEntry::new("deadLetterDiscard").about(SUBJECT, id).change(audit_json(&job), Value::Null);
    Ok(txn.audit(entry).await?)
}

/// The dead letter, locked until the transaction ends against concurrent changes.
async fn lock(txn: &Txn<'_>, id: JobId) -> Result<job::Model, DeadLetterError> {
    let job = dead().filter(job::Column::Id.eq(id)).lock(LockType::Update).one(txn).await;
    job?.ok_or(DeadLetterError::NotFound(id))
}

fn dead() -> Select<job::Entity> {
    job::Entity::find().filter(job::Column::DeadAt.is_not_null())
}
