//! A transaction of an operation, and its follow-up work after the commit.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use entity::{AccountId, account};
use scoped_futures::ScopedBoxFuture;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait, ExecResult,
    QueryFilter, QueryResult, Statement,
    sea_query::{Expr, ExprTrait},
};

use super::{Services, session};
use crate::domain::{
    audit::{self, Actor},
    database::{ATTEMPTS, pause_after},
    job::{self, Job},
    kernel::{
        fault::{AsFault, Fault},
        ports::Random,
    },
};

/// A transaction: a connection for statements, and calls whose follow-up work runs after the commit.
///
/// Follow-up work also runs if the outcome of the commit is unknown; if nothing was committed, an owner may have to log
/// in again. Correctness does not depend on it: the worker finds jobs at its next poll, and sessions of an older epoch
/// are invalid in every store.
pub struct Txn<'a> {
    services: &'a Services,
    actor: Actor,
    transaction: DatabaseTransaction,
    follow_up: Mutex<FollowUp>,
}

/// Follow-up work after the commit. Empty at the start of each retry.
#[derive(Default)]
struct FollowUp {
    has_jobs: bool,
    ended_sessions: BTreeSet<AccountId>,
}

impl Txn<'_> {
    pub fn services(&self) -> &Services {
        self.services
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.services.clock.now()
    }

    /// On whose behalf it runs.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    pub fn random(&self) -> &dyn Random {
        &*self.services.random
    }

    pub async fn audit(&self, entry: audit::AuditEntry) -> Result<(), Fault> {
        audit::record(self, self.now(), self.random(), &self.actor, entry).await
    }

    /// Adds a job, which runs only after the commit.
    pub async fn enqueue<J: Job>(&self, job: &J) -> Result<(), Fault> {
        job::insert(self, self.now(), self.random(), job).await?;
        self.follow_up().has_jobs = true;
        Ok(())
    }

    /// Wakes the worker after the commit.
    pub fn wake_jobs(&self) {
        self.follow_up().has_jobs = true;
    }

    /// Increments the epoch of an account: with the commit all its sessions are invalid, in every store. Removing them
    /// from their store and notifying subscribers follows.
    pub async fn end_sessions(&self, account: AccountId) -> Result<(), Fault> {
        account::Entity::update_many()
            .col_expr(account::Column::SessionEpoch, Expr::col(account::Column::SessionEpoch).add(1))
            .filter(account::Column::Id.eq(account))
            .exec(self)
            .await?;
        self.forget_sessions(account);
        Ok(())
    }

    /// Removes the sessions of a deleted account after the commit.
    pub fn forget_sessions(&self, account: AccountId) {
        self.follow_up().ended_sessions.insert(account);
    }

    fn follow_up(&self) -> std::sync::MutexGuard<'_, FollowUp> {
        self.follow_up.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn commit(self) -> Result<(), Fault> {
        let committed = self.transaction.commit().await.map_err(Fault::from);
        if matches!(committed, Err(Fault::Conflict(_))) {
            // The transaction was rolled back and is retried.
            return committed;
        }
        let FollowUp { has_jobs, ended_sessions } =
            self.follow_up.into_inner().unwrap_or_else(PoisonError::into_inner);
        if has_jobs {
            self.services.jobs.wake();
        }
        for account in ended_sessions {
            session::purge(self.services, account).await;
        }
        committed
    }
}

/// Runs `work` in a transaction, and retries it after a conflict.
pub(super) async fn write<'a, T, E>(
    services: &'a Services,
    actor: Actor,
    work: impl for<'t> Fn(&'t Txn<'a>) -> ScopedBoxFuture<'a, 't, Result<T, E>>,
) -> Result<T, E>
where
    E: From<Fault> + AsFault,
{
    let mut attempt = 1;
    loop {
        match write_once(services, &actor, &work).await {
            Err(error) if attempt < ATTEMPTS && matches!(error.as_fault(), Some(Fault::Conflict(_))) => {
                pause_after(attempt).await;
                attempt += 1;
            }
            result => return result,
        }
    }
}

async fn write_once<'a, T, E>(
    services: &'a Services,
    actor: &Actor,
    work: &impl for<'t> Fn(&'t Txn<'a>) -> ScopedBoxFuture<'a, 't, Result<T, E>>,
) -> Result<T, E>
where
    E: From<Fault>,
{
    let transaction = services.db.begin().await.map_err(Fault::from)?;
    let txn = Txn { services, actor: actor.clone(), transaction, follow_up: Mutex::default() };
    let value = work(&txn).await?;
    txn.commit().await?;
    Ok(value)
}

#[async_trait]
impl ConnectionTrait for Txn<'_> {
    fn get_database_backend(&self) -> DbBackend {
        self.transaction.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.transaction.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.transaction.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.transaction.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.transaction.query_all_raw(statement).await
    }
}
