//! Single statements on connections that are borrowed from sqlx's pool and kept for the next statement.
//!
//! sqlx pings the database each time a connection returns to its pool (0.9.0, `return_to_pool`): a second round trip
//! and a task for every statement. A connection is therefore returned only after it was idle or borrowed for long,
//! after a failed statement, or after a cancelled one; then sqlx's check is needed.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use sea_orm::{
    ConnAcquireErr, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult,
    RuntimeErr, SqlxError, Statement,
    sea_query::Values,
    sqlx::{self, AssertSqlSafe, Executor, Pool, Postgres, Sqlite, pool::PoolConnection},
};
use sea_query_sqlx::SqlxValues;
use tokio::{sync::Semaphore, time::Instant};
use tracing::{Instrument, Span, field::Empty};

use super::{
    error::{driver_error, is_shutting_down},
    statements::{self, Statements},
};

/// Idle time after which a connection is checked before its next use.
pub(super) const CHECK_AFTER_IDLE: Duration = Duration::from_secs(30);

/// Time after which a kept connection returns to the pool, which limits its lifetime.
const RETURN_AFTER: Duration = Duration::from_secs(10 * 60);

/// Runs single statements, as a [`ConnectionTrait`] for finders and active models.
#[derive(Clone)]
pub struct Connection {
    lender: Lender,
    statements: Arc<Statements>,
}

#[derive(Clone)]
enum Lender {
    Postgres(Arc<Kept<Postgres>>),
    Sqlite(Arc<Kept<Sqlite>>),
}

/// Connections to one kind of database that are kept between statements.
struct Kept<DB: sqlx::Database> {
    pool: Pool<DB>,
    permits: Semaphore,
    wait: Duration,
    idle: Mutex<VecDeque<Lent<DB>>>,
    /// Transactions that wait for a connection: idle ones are returned for them.
    waiting: AtomicUsize,
}

#[derive(Clone, Copy, Debug)]
pub struct Connections {
    pub used: u32,
    pub idle: u32,
    pub max: u32,
}

struct Lent<DB: sqlx::Database> {
    connection: PoolConnection<DB>,
    since: Instant,
    used: Instant,
}

impl Connection {
    /// Borrows at most three quarters of the pool's connections, so that transactions can get one; idle ones are
    /// returned for a waiting transaction. A statement waits at most for `wait`.
    pub(super) fn new(
        pool: &DatabaseConnection,
        max: u32,
        wait: Duration,
        statements: Arc<Statements>,
    ) -> Self {
        let permits = (max as usize * 3 / 4).max(1);
        let lender = match pool.get_database_backend() {
            DbBackend::Postgres => {
                Lender::Postgres(Kept::new(pool.get_postgres_connection_pool().clone(), permits, wait))
            }
            _ => Lender::Sqlite(Kept::new(pool.get_sqlite_connection_pool().clone(), permits, wait)),
        };
        Self { lender, statements }
    }

    /// Trace span of a statement, with the names that SeaORM uses for statements of transactions, and the text with
    /// placeholders for values. Statements that run at intervals, outside of any operation, have none.
    fn span(&self, sql: &str) -> Span {
        if statements::is_in_background() && Span::current().is_none() {
            return Span::none();
        }
        let system = match self.lender {
            Lender::Postgres(_) => "postgresql",
            Lender::Sqlite(_) => "sqlite",
        };
        tracing::debug_span!(
            "sql",
            otel.name = sql.split_whitespace().next(),
            otel.kind = "client",
            otel.status_code = Empty,
            db.system = system,
            db.statement = sql,
        )
    }

    /// Number of connections, including those of transactions.
    pub(super) fn connections(&self) -> Connections {
        match &self.lender {
            Lender::Postgres(kept) => kept.connections(),
            Lender::Sqlite(kept) => kept.connections(),
        }
    }

    /// Returns idle connections to the pool for a transaction, until the result is dropped.
    pub(super) fn make_room(&self) -> impl Send + use<> {
        match &self.lender {
            Lender::Postgres(kept) => (Some(Kept::make_room(kept)), None),
            Lender::Sqlite(kept) => (None, Some(Kept::make_room(kept))),
        }
    }

    /// Returns all connections to the pool, to close it.
    pub(super) fn give_all_back(&self) {
        match &self.lender {
            Lender::Postgres(kept) => kept.give_all_back(),
            Lender::Sqlite(kept) => kept.give_all_back(),
        }
    }
}

impl<DB: sqlx::Database> Kept<DB> {
    fn new(pool: Pool<DB>, permits: usize, wait: Duration) -> Arc<Self> {
        Arc::new(Self {
            pool,
            permits: Semaphore::new(permits),
            wait,
            idle: Mutex::default(),
            waiting: AtomicUsize::new(0),
        })
    }

    /// The most recently used connection, if it needs no check, or one from the pool.
    async fn lend(&self) -> Result<Lent<DB>, DbErr> {
        let now = Instant::now();
        let kept = self.idle().pop_back();
        let fit = |lent: &Lent<DB>| now - lent.used < CHECK_AFTER_IDLE && now - lent.since < RETURN_AFTER;
        if let Some(lent) = kept.filter(fit) {
            return Ok(lent);
        }
        // Boxed: the future holds 15 KB, which would be moved with that of every statement.
        let connection = Box::pin(self.pool.acquire()).await.map_err(acquire_error)?;
        Ok(Lent { connection, since: now, used: now })
    }

    /// Keeps the connection after a statement that the database answered, even with an error. Without an answer all are
    /// returned to be checked: the cause may affect all.
    fn settle<T>(&self, mut lent: Lent<DB>, result: &Result<T, DbErr>) {
        if self.waiting.load(Ordering::Acquire) > 0 {
            // Dropped, it returns to the pool and from there to the transaction.
            drop(lent);
        } else if result.as_ref().err().is_none_or(is_answer) {
            lent.used = Instant::now();
            self.idle().push_back(lent);
        } else {
            self.give_all_back();
        }
    }

    fn connections(&self) -> Connections {
        let idle = self.pool.num_idle() + self.idle().len();
        let idle = idle.try_into().unwrap_or(u32::MAX);
        let max = self.pool.options().get_max_connections();
        Connections { used: self.pool.size().saturating_sub(idle), idle, max }
    }

    fn give_all_back(&self) {
        drop(std::mem::take(&mut *self.idle()));
    }

    /// Returns the longest idle connection to the pool if the pool has none left for a transaction, and those that
    /// become idle while the guard lives.
    fn make_room(this: &Arc<Self>) -> WaitingTransaction<DB> {
        this.waiting.fetch_add(1, Ordering::AcqRel);
        if this.pool.num_idle() == 0 {
            drop(this.idle().pop_front());
        }
        WaitingTransaction(this.clone())
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, VecDeque<Lent<DB>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Guard of a transaction that waits for a connection.
struct WaitingTransaction<DB: sqlx::Database>(Arc<Kept<DB>>);

impl<DB: sqlx::Database> Drop for WaitingTransaction<DB> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Runs an expression with a borrowed connection, for either kind of database.
macro_rules! with_connection {
    ($self:ident, $sql:expr, |$connection:ident| $statement:expr) => {{
        statements::count(&$self.statements);
        let span = $self.span($sql);
        let run = async {
            match &$self.lender {
                Lender::Postgres(kept) => with_connection!(kept, $connection, $statement),
                Lender::Sqlite(kept) => with_connection!(kept, $connection, $statement),
            }
        };
        let result = run.instrument(span.clone()).await;
        if result.is_err() {
            span.record("otel.status_code", "ERROR");
        }
        result
    }};
    ($kept:ident, $connection:ident, $statement:expr) => {{
        let permit = tokio::time::timeout($kept.wait, $kept.permits.acquire()).await;
        let Ok(Ok(_permit)) = permit else { return Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)) };
        let mut lent = $kept.lend().await?;
        let $connection = &mut *lent.connection;
        let result = $statement;
        $kept.settle(lent, &result);
        result
    }};
}

#[async_trait]
impl ConnectionTrait for Connection {
    fn get_database_backend(&self) -> DbBackend {
        match self.lender {
            Lender::Postgres(_) => DbBackend::Postgres,
            Lender::Sqlite(_) => DbBackend::Sqlite,
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let (sql, values) = parts(statement);
        with_connection!(self, sql.0.as_str(), |connection| {
            sqlx::query_with(sql, values).execute(connection).await.map(ExecResult::from).map_err(exec_error)
        })
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let sql = AssertSqlSafe(sql.to_owned());
        with_connection!(self, sql.0.as_str(), |connection| {
            connection.execute(sql).await.map(ExecResult::from).map_err(exec_error)
        })
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let (sql, values) = parts(statement);
        with_connection!(self, sql.0.as_str(), |connection| {
            let row = sqlx::query_with(sql, values).fetch_optional(connection).await;
            row.map(|row| row.map(QueryResult::from)).map_err(query_error)
        })
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let (sql, values) = parts(statement);
        with_connection!(self, sql.0.as_str(), |connection| {
            let rows = sqlx::query_with(sql, values).fetch_all(connection).await;
            rows.map(|rows| rows.into_iter().map(QueryResult::from).collect()).map_err(query_error)
        })
    }
}

/// The text comes from SeaORM's builder, which passes all values as parameters.
fn parts(statement: Statement) -> (AssertSqlSafe<String>, SqlxValues) {
    (AssertSqlSafe(statement.sql), SqlxValues(statement.values.unwrap_or(Values(Vec::new()))))
}

fn is_answer(error: &DbErr) -> bool {
    driver_error(error).is_some() && !is_shutting_down(error)
}

fn exec_error(error: SqlxError) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(Arc::new(error)))
}

fn query_error(error: SqlxError) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(Arc::new(error)))
}

fn acquire_error(error: SqlxError) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error)))
}
