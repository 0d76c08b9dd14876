//! Jobs: what must follow a commit (mail, later webhooks) and must not happen without it.
//!
//! An operation adds a job with `Txn::enqueue`, in the transaction of its cause; after the commit the [`Worker`] of the
//! instance is woken. Every instance runs a worker with the same handlers; they share the rows. A job runs **at least
//! once**: an instance may die after the handler succeeded and before the row was deleted. So a handler is idempotent, or
//! passes the job's id on to a receiver that recognises repetitions.

mod handler;
mod store;
mod worker;

pub use handler::{JobAttempt, JobError, JobHandler, decode};
pub use store::{Counts, MAX_ATTEMPTS, MAX_ERROR, counts};
pub(in crate::domain) use store::{attempt_number, next_round};
pub use worker::{Worker, WorkerConfig, WorkerHandle};

use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::{JobId, job as job_row};
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait};
use serde::{Serialize, de::DeserializeOwned};
use tokio::sync::Notify;

use crate::domain::{
    database::Database,
    kernel::{
        fault::Fault,
        ports::{Clock, Random},
    },
};

/// Something that has to happen after a commit.
///
/// It is kept as JSON, for anybody who can read the database, so it **holds no secrets**: a handler makes the token of a
/// mail when it sends the mail, not before. Instances of different versions read it: a field may be added if it has a
/// default, none may be removed or renamed. PostgreSQL keeps no text with a NUL in it.
pub trait Job: Serialize + DeserializeOwned + Send + Sync {
    /// Which handler it is for, like `account.mail`. Rows keep it, so it never changes.
    const KIND: &'static str;
}

/// The signal that jobs are waiting, inside this process. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct JobSignal {
    signal: Arc<Notify>,
}

impl JobSignal {
    /// Tells this instance's worker to look at once. `Txn` calls it after the commit; without it the worker finds the job
    /// when it looks the next time, two seconds later.
    pub fn wake(&self) {
        self.signal.notify_one();
    }

    /// Waits until somebody has called [`wake`](Self::wake) since this was waited for the last time.
    async fn woken(&self) {
        self.signal.notified().await;
    }
}

#[derive(Clone)]
pub struct JobQueue {
    pub db: Database,
    pub clock: Arc<dyn Clock>,
    /// Randomness, which spreads retries.
    pub random: Arc<dyn Random>,
    pub signal: JobSignal,
}

/// Writes a job down as part of the transaction `db`: it is done if that commits, and not otherwise.
#[tracing::instrument(name = "job::insert", level = "debug", skip_all, fields(kind = J::KIND), err(level = "debug"))]
pub(in crate::domain) async fn insert<J: Job>(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    random: &dyn Random,
    job: &J,
) -> Result<(), Fault> {
    let row = job_row::ActiveModel {
        id: Set(JobId(random.id(now))),
        kind: Set(J::KIND.to_owned()),
        payload: Set(serde_json::to_value(job).map_err(Fault::internal)?),
        created_at: Set(now),
        due_at: Set(now),
        attempts: Set(0),
        last_error: Set(None),
        dead_at: Set(None),
    };
    job_row::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}
