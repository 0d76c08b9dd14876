//! Rows of jobs: claims and outcomes.

use std::time::Duration;

use chrono::TimeDelta;
use entity::job::{Column, Entity, Model};
use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{CommonTableExpression, Expr, ExprTrait, LockBehavior, LockType, Query},
};

use crate::domain::{database::Database, job::JobQueue, kernel::fault::Fault};

/// Lease of a claimed job.
const LEASE: TimeDelta = TimeDelta::minutes(2);

/// Maximum number of attempts: the last is ten to thirteen hours after the first, so that an outage of the mail server
/// overnight loses no mail.
pub const MAX_ATTEMPTS: u32 = 20;

/// Maximum number of characters of a stored error.
pub const MAX_ERROR: usize = 1_000;

/// See [`attempt_number`].
const ROUND: u32 = MAX_ATTEMPTS + 1;

/// Delay after the first attempt, doubled after each up to the maximum.
const PAUSES: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(3600));

/// Outcome of a claimed job.
#[derive(Debug)]
pub(super) enum Outcome {
    Succeeded,
    Retry(String),
    Dead(String),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Pending or running.
    pub waiting: u64,
    pub dead: u64,
}

#[derive(FromQueryResult)]
struct Count {
    is_dead: bool,
    rows: i64,
}

/// Counts all jobs of the shop, of all instances.
#[tracing::instrument(name = "job::counts", level = "debug", skip_all, err(level = "debug"))]
pub async fn counts(db: &Database) -> Result<Counts, Fault> {
    let rows = Entity::find()
        .select_only()
        .column_as(Column::DeadAt.is_not_null(), "is_dead")
        .column_as(Column::Id.count(), "rows")
        .group_by(Column::DeadAt.is_not_null())
        .into_model::<Count>()
        .all(db.connection())
        .await?;
    let mut counts = Counts::default();
    for row in rows {
        let rows = row.rows.unsigned_abs();
        if row.is_dead { counts.dead = rows } else { counts.waiting = rows }
    }
    Ok(counts)
}

/// Claims at most `limit` due jobs of these kinds, in one statement: no other worker gets them before the lease
/// expires.
///
/// The rows are selected in a materialised table. As a condition of the update, PostgreSQL could evaluate the selection
/// again for each row, and select others with `SKIP LOCKED`.
pub(super) async fn claim(queue: &JobQueue, kinds: &[&str], limit: usize) -> Result<Vec<Model>, Fault> {
    let now = queue.clock.now();
    let kinds = kinds.iter().map(|kind| (*kind).to_owned());
    let due = Entity::due(now)
        .select_only()
        .column(Column::Id)
        .filter(queue.db.any_of(Column::Kind, kinds))
        .limit(limit as u64)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    let mut taken = CommonTableExpression::new();
    taken.table_name("taken").column("id").query(due.into_query()).materialized(true);
    let ids = Query::select().column("id").from("taken").to_owned();
    let mut update = Entity::update_many()
        .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
        .col_expr(Column::DueAt, Expr::value(now + LEASE))
        .filter(Column::Id.in_subquery(ids));
    QueryTrait::query(&mut update).with_cte(taken);
    Ok(update.exec_with_returning(queue.db.connection()).await?)
}

/// Stores the outcome of a job, unless the lease has expired and another worker has claimed it. Returns whether it was
/// stored.
pub(super) async fn settle(queue: &JobQueue, job: &Model, outcome: &Outcome) -> Result<bool, Fault> {
    let db = queue.db.connection();
    let mine = Column::Id.eq(job.id).and(Column::Attempts.eq(job.attempts));
    let failed = |column, time, error: &str| {
        let update = Entity::update_many().col_expr(column, Expr::value(time));
        update.col_expr(Column::LastError, Expr::value(bounded(error))).filter(mine.clone())
    };
    let now = queue.clock.now();
    let rows = match outcome {
        Outcome::Succeeded => Entity::delete_many().filter(mine).exec(db).await?.rows_affected,
        Outcome::Retry(error) => {
            let [jitter, ..] = queue.random.secret();
            let due = now + pause_after(attempt_number(job.attempts), jitter);
            failed(Column::DueAt, due, error).exec(db).await?.rows_affected
        }
        Outcome::Dead(error) => failed(Column::DeadAt, now, error).exec(db).await?.rows_affected,
    };
    Ok(rows > 0)
}

/// The number of an attempt from a row's `attempts`, 1 for the first one. A row's count only grows, so that a worker
/// with an expired lease never mistakes a later attempt for its own: a retry begins a new round of [`MAX_ATTEMPTS`].
/// Each round has one number more than attempts, for an expired lease of the last one.
pub(in crate::domain) fn attempt_number(attempts: i32) -> u32 {
    attempts.unsigned_abs().saturating_sub(1) % ROUND + 1
}

/// The `attempts` of a row whose next attempt is the first of a new round.
pub(in crate::domain) fn next_round(attempts: i32) -> i32 {
    let rounds = attempts.unsigned_abs().div_ceil(ROUND);
    i32::try_from(rounds.saturating_mul(ROUND)).unwrap_or(attempts)
}

/// Grows with each attempt, with up to a quarter of jitter, so that jobs that failed together are not retried together.
fn pause_after(attempt: u32, jitter: u8) -> Duration {
    let (first, longest) = PAUSES;
    let doubled = 2_u32.saturating_pow(attempt.saturating_sub(1));
    let pause = longest.min(first.saturating_mul(doubled));
    pause + pause * u32::from(jitter) / (4 * u32::from(u8::MAX))
}

/// Shortens an error for storage. PostgreSQL cannot store NUL.
fn bounded(error: &str) -> String {
    error.chars().filter(|c| *c != '\0').take(MAX_ERROR).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_an_hour() {
        let seconds: Vec<_> = (1..=12).map(|attempt| pause_after(attempt, 0).as_secs()).collect();
        assert_eq!(seconds, [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]);
        assert_eq!(pause_after(u32::MAX, 0).as_secs(), 3600);
        assert_eq!(pause_after(1, 255), Duration::from_millis(6250));
        assert_eq!(pause_after(40, 255).as_secs(), 4500);
        assert!(pause_after(3, 100) > pause_after(3, 99));
    }

    #[test]
    fn counts_only_grow_and_a_new_round_begins_with_the_first_attempt() {
        assert_eq!([1, 2, 20, 21, 22, 42, 43].map(attempt_number), [1, 2, 20, 21, 1, 21, 1]);
        for died_at in 1..=100 {
            let next = next_round(died_at);
            assert!(next >= died_at && attempt_number(next + 1) == 1, "{died_at}");
        }
    }

    #[test]
    fn errors_are_cut_between_characters() {
        assert_eq!(bounded("no\0 room"), "no room");
        assert_eq!(bounded(&"é".repeat(MAX_ERROR + 1)), "é".repeat(MAX_ERROR));
    }
}
