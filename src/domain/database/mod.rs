//! Differences between SQLite and PostgreSQL: connections, safe writes, and the meaning of errors. No other module
//! distinguishes the two databases.
//!
//! | | SQLite | PostgreSQL |
//! | --- | --- | --- |
//! | read-then-write | `BEGIN IMMEDIATE`: a deferred transaction that turns into a writer fails at once | row locks, conditional updates |
//! | retryable errors | `SQLITE_BUSY` (5), `SQLITE_BUSY_SNAPSHOT` (517) | `40001`, `40P01` |
//! | claiming rows of a queue | one writer at a time | `FOR UPDATE SKIP LOCKED`, which SeaORM omits for SQLite |
//! | many keys | `IN (?, ?, …)` | `= ANY($1)`, one prepared statement for every length |
//! | one migrator, one change of the category tree at a time | the immediate transaction | a transaction-level advisory lock |

mod connection;
mod error;
mod listing;
mod statements;

pub use connection::{Connection, Connections};
pub use error::{is_conflict, is_duplicate, is_referenced};
pub use listing::{Listable, Listing, ListingCount, MAX_COUNT, SortKind};
pub use statements::{counted, in_background};

use std::{fs::OpenOptions, os::unix::fs::OpenOptionsExt, path::PathBuf, sync::Arc, time::Duration};

use async_trait::async_trait;
use connection::CHECK_AFTER_IDLE;
use migration::{Migrator, MigratorTrait};
use sea_orm::{
    ColumnTrait, ConnectOptions, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    SqliteTransactionMode, SqlxError, TransactionOptions, TransactionTrait, Value,
    sea_query::{Expr, ExprTrait, Func, ValueType, postgres_array::NotU8},
    sqlx::{
        Executor, PgConnection,
        sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
    },
};
use secrecy::{ExposeSecret, SecretString};
use statements::Statements;

use crate::domain::kernel::{fault::Fault, ports::Service};

/// Maximum number of attempts of a transaction that conflicts with others.
pub(in crate::domain) const ATTEMPTS: u32 = 8;

/// Locks that belong to no row, as advisory locks of PostgreSQL. SQLite has one writer at a time and needs none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i64)]
pub(in crate::domain) enum AdvisoryLock {
    /// Migrations ("bodega" in ASCII).
    Migration = 0x62_6f_64_65_67_61,
    /// The shape of the tree of categories.
    CategoryTree = 0x62_6f_64_65_67_62,
}

/// Takes a lock until the end of the transaction.
pub(in crate::domain) async fn lock_until_commit(
    transaction: &impl ConnectionTrait,
    lock: AdvisoryLock,
) -> Result<(), DbErr> {
    if transaction.get_database_backend() == DbBackend::Postgres {
        let sql = format!("SELECT pg_advisory_xact_lock({})", lock as i64);
        transaction.execute_unprepared(&sql).await?;
    }
    Ok(())
}

#[derive(Clone, Debug)]
pub struct DatabaseSettings {
    /// `sqlite:PATH` or `postgres://…`.
    pub url: SecretString,
    /// Maximum number of connections; `None` for the default of the database.
    pub max_connections: Option<u32>,
    /// Maximum time that an operation waits for a connection.
    pub acquire_timeout: Duration,
}

#[derive(Clone)]
pub struct Database {
    pool: DatabaseConnection,
    connection: Connection,
    statements: Arc<Statements>,
}

/// The URL is not one of SQLite or PostgreSQL.
#[derive(Debug, thiserror::Error)]
#[error("the database URL must begin with sqlite: or postgres://")]
pub struct UnknownDatabase;

impl DatabaseSettings {
    /// Rejects a URL of another kind of database before anything is opened. The URL may hold a password and is not part
    /// of the error.
    pub fn check(&self) -> Result<(), UnknownDatabase> {
        let url = self.url.expose_secret();
        ["sqlite:", "postgres://", "postgresql://"]
            .iter()
            .any(|scheme| url.starts_with(scheme))
            .then_some(())
            .ok_or(UnknownDatabase)
    }

    /// SQLite runs its statements on one thread per connection and has one writer: more connections only cost memory.
    fn max_connections(&self) -> u32 {
        let default = if self.url.expose_secret().starts_with("sqlite:") { 4 } else { 16 };
        self.max_connections.unwrap_or(default)
    }
}

impl Database {
    /// Opens the pool, and creates the SQLite file if it is missing.
    pub async fn connect(settings: &DatabaseSettings) -> Result<Self, DbErr> {
        let mut options = ConnectOptions::new(settings.url.expose_secret());
        options
            .max_connections(settings.max_connections())
            .acquire_timeout(settings.acquire_timeout)
            .sqlx_logging(false)
            .test_before_acquire_if_idle_for(CHECK_AFTER_IDLE)
            .map_sqlx_sqlite_opts(|sqlite| {
                sqlite
                    .create_if_missing(true)
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Full)
                    .busy_timeout(Duration::from_secs(5))
                    .foreign_keys(true)
            })
            .map_sqlx_postgres_opts(|postgres| postgres.application_name("bodega"))
            .map_sqlx_postgres_pool_opts(|pool| {
                pool.after_connect(|postgres, _| Box::pin(keep_plans(postgres)))
            });
        make_file(settings.url.expose_secret());
        // Boxed, or the futures of everything that connects grow deeper than the compiler looks.
        let mut pool = Box::pin(open(options)).await?;
        let statements = Arc::new(Statements::default());
        let counter = statements.clone();
        pool.set_metric_callback(move |_| {
            statements::count(&counter);
        });
        let connection =
            Connection::new(&pool, settings.max_connections(), settings.acquire_timeout, statements.clone());
        Ok(Self { pool, connection, statements })
    }

    /// The database file of SQLite, unless it is in memory; `None` for PostgreSQL.
    pub fn file(&self) -> Option<PathBuf> {
        if self.pool.get_database_backend() != DbBackend::Sqlite {
            return None;
        }
        let options = self.pool.get_sqlite_connection_pool().connect_options();
        Some(options.get_filename().to_owned()).filter(|file| file.is_file())
    }

    /// Connection for single statements, each in its own transaction.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Number of SQL statements that this pool has run, without [`background_statements`](Self::background_statements).
    pub fn statements(&self) -> u64 {
        self.statements.asked_for()
    }

    pub fn background_statements(&self) -> u64 {
        self.statements.in_background()
    }

    pub fn connections(&self) -> Connections {
        self.connection.connections()
    }

    /// Begins a transaction; `context` runs and retries them.
    pub(in crate::domain) async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let room = self.connection.make_room();
        let begun = self.pool.begin_with_options(options).await;
        drop(room);
        begun
    }

    /// Condition that `column` is one of `values`.
    pub fn any_of<V>(&self, column: impl ColumnTrait, values: impl IntoIterator<Item = V>) -> Expr
    where
        V: Into<Value> + ValueType + NotU8,
    {
        match self.connection.get_database_backend() {
            DbBackend::Postgres => column.eq_any(values),
            _ => column.is_in(values),
        }
    }

    /// Condition that `column` contains `text`, case-insensitive as far as the database folds case: all letters of its
    /// locale on PostgreSQL, ASCII letters on SQLite.
    pub fn contains(&self, column: impl ColumnTrait, text: &str) -> Expr {
        let position = match self.connection.get_database_backend() {
            DbBackend::Postgres => Func::cust("strpos"),
            _ => Func::cust("instr"),
        };
        let (name, text) = (Func::lower(Expr::col(column.as_column_ref())), Func::lower(text));
        Expr::expr(position.arg(name).arg(text)).gt(0)
    }

    /// Applies all pending migrations and returns their names. A concurrent process waits, and then finds none pending.
    pub async fn migrate_up(&self) -> Result<Vec<String>, DbErr> {
        if self.pending_migrations().await?.is_empty() {
            return Ok(Vec::new());
        }
        let txn = self.begin_migration().await?;
        let pending = names(Migrator::get_pending_migrations_read_only(&txn).await?);
        Migrator::up(&txn, None).await?;
        txn.commit().await?;
        Ok(pending)
    }

    /// Reverts the last `steps` migrations, with the data in what they created, and returns their names.
    pub async fn migrate_down(&self, steps: u32) -> Result<Vec<String>, DbErr> {
        let txn = self.begin_migration().await?;
        let applied = names(Migrator::get_applied_migrations_read_only(&txn).await?);
        Migrator::down(&txn, Some(steps)).await?;
        txn.commit().await?;
        Ok(applied.into_iter().rev().take(steps as usize).collect())
    }

    /// All migrations in order, with whether they are applied.
    pub async fn migrations(&self) -> Result<Vec<(String, bool)>, DbErr> {
        let steps = Migrator::get_migration_with_status_read_only(&self.pool).await?;
        let applied = |step: &migration::Migration| step.status() == migration::MigrationStatus::Applied;
        Ok(steps.iter().map(|step| (step.name().to_owned(), applied(step))).collect())
    }

    pub async fn pending_migrations(&self) -> Result<Vec<String>, DbErr> {
        Ok(names(Migrator::get_pending_migrations_read_only(&self.pool).await?))
    }

    async fn begin_migration(&self) -> Result<DatabaseTransaction, DbErr> {
        let txn = self.begin().await?;
        lock_until_commit(&txn, AdvisoryLock::Migration).await?;
        Ok(txn)
    }

    /// Closes all connections after their current statement.
    pub async fn close(self) -> Result<(), DbErr> {
        self.connection.give_all_back();
        self.pool.close().await
    }
}

#[async_trait]
impl Service for Database {
    fn name(&self) -> &'static str {
        "database"
    }

    async fn ping(&self) -> Result<(), Fault> {
        Ok(self.pool.ping().await?)
    }
}

/// Creates a missing SQLite file with access for its owner only. SQLite gives the files beside it the same mode. A URL
/// with options is left to SQLite, which also reports errors in it.
fn make_file(url: &str) {
    if !url.starts_with("sqlite:") || url.contains('?') || url.contains(":memory:") {
        return;
    }
    if let Ok(options) = url.parse::<SqliteConnectOptions>() {
        let _ = OpenOptions::new().write(true).create_new(true).mode(0o600).open(options.get_filename());
    }
}

/// Opens the pool. The first connection to a new SQLite file switches it to a write-ahead log; meanwhile SQLite rejects
/// other connections without waiting.
async fn open(options: ConnectOptions) -> Result<DatabaseConnection, DbErr> {
    let mut attempt = 1;
    loop {
        match sea_orm::Database::connect(options.clone()).await {
            Err(error) if attempt < ATTEMPTS && is_conflict(&error) => {
                pause_after(attempt).await;
                attempt += 1;
            }
            result => return result,
        }
    }
}

/// 5 ms after the first attempt, growing up to 700 ms in all.
pub(in crate::domain) async fn pause_after(attempt: u32) {
    tokio::time::sleep(Duration::from_millis(5) * attempt * attempt).await;
}

/// Every filter and sort is a statement of its own, so one plan suits all its values; without this the parameter in LIMIT
/// makes PostgreSQL plan each page anew. Such a plan expects a tenth of the table instead of a page, for which it would start
/// parallel workers: they take longer than the page. (Statements and not startup parameters: poolers refuse unknown ones.)
async fn keep_plans(postgres: &mut PgConnection) -> Result<(), SqlxError> {
    postgres.execute("SET plan_cache_mode = force_generic_plan").await?;
    postgres.execute("SET max_parallel_workers_per_gather = 0").await?;
    Ok(())
}

fn names(steps: Vec<migration::Migration>) -> Vec<String> {
    steps.iter().map(|step| step.name().to_owned()).collect()
}
