//! Jobs: work that must follow a commit and must not happen without it (mail, later webhooks).
//!
//! An operation adds a job with `Txn::enqueue` in its transaction; after the commit the [`Worker`] of the instance is
//! woken. Every instance runs a worker with the same handlers, and all share the table. A job runs **at least once**:
//! an instance may crash after the handler succeeded and before the row was deleted. A handler is therefore idempotent,
//! or passes the job's id to a receiver that recognises repetitions.

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

/// Work to do after a commit.
///
/// Stored as JSON that is readable to anyone with access to the database, so it **contains no secrets**: a handler
/// creates the token of a mail when it sends the mail. Instances of different versions read it: a field may be added
/// with a default, none may be removed or renamed. PostgreSQL cannot store text with a NUL.
pub trait Job: Serialize + DeserializeOwned + Send + Sync {
    /// Kind of job, like `account.mail`, which selects the handler. Stored in rows, so it never changes.
    const KIND: &'static str;
}

/// Signal of waiting jobs inside this process. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct JobSignal {
    signal: Arc<Notify>,
}

impl JobSignal {
    /// Wakes this instance's worker. `Txn` calls it after the commit; otherwise the worker finds the job at its next
    /// poll, within two seconds.
    pub fn wake(&self) {
        self.signal.notify_one();
    }

    /// Waits for a call of [`wake`](Self::wake) since the last wait.
    async fn woken(&self) {
        self.signal.notified().await;
    }
}

#[derive(Clone)]
pub struct JobQueue {
    pub db: Database,
    pub clock: Arc<dyn Clock>,
    /// Randomness for the spread of retries.
    pub random: Arc<dyn Random>,
    pub signal: JobSignal,
}

/// Inserts a job as part of the transaction `db`: it runs only if that commits.
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
