//! What `domain::database` promises on both databases.

use std::{
    future::ready,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use bodega::domain::{
    context::Txn,
    database::{Database, is_duplicate},
    kernel::fault::Fault,
};
use entity::{StockLevelId, product, stock_level, variant_price};
use futures_util::future::{join, join_all};
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait,
    IntoActiveModel, PaginatorTrait, QueryFilter, QuerySelect, RuntimeErr, SqlxError, Statement,
    TransactionTrait,
};
use tokio::sync::Barrier;

use crate::support::{Stack, TestApp, TestDatabase, eventually, stack, within_a_minute};

async fn any_level(db: &Database) -> stock_level::Model {
    stock_level::Entity::find()
        .filter(stock_level::Column::OnHand.gt(0))
        .one(db.connection())
        .await
        .unwrap()
        .unwrap()
}

#[tokio::test]
async fn the_schema_goes_up_and_down_step_by_step() {
    let database = TestDatabase::blank().await;
    let db = database.connect().await;
    let steps: Vec<_> = db.migrations().await.unwrap();
    assert!(steps.len() >= 6 && steps.iter().all(|(_, applied)| !applied), "{steps:?}");
    let names: Vec<_> = steps.into_iter().map(|(name, _)| name).collect();

    assert_eq!(db.migrate_up().await.unwrap(), names);
    assert!(db.pending_migrations().await.unwrap().is_empty());
    assert!(db.migrate_up().await.unwrap().is_empty());

    assert_eq!(db.migrate_down(1).await.unwrap(), names[names.len() - 1..]);
    assert_eq!(db.pending_migrations().await.unwrap(), names[names.len() - 1..]);
    assert_eq!(db.migrate_down(100).await.unwrap().len(), names.len() - 1);
    assert_eq!(db.migrate_up().await.unwrap(), names, "what was taken back can be applied again");
}

#[tokio::test]
async fn migrators_that_start_together_do_not_clash() {
    let database = TestDatabase::blank().await;
    let pools = join_all((0..4).map(|_| database.connect())).await;
    let results = join_all(pools.iter().map(Database::migrate_up)).await;
    let applied: Vec<_> = results.into_iter().map(|result| result.unwrap().len()).collect();
    assert!(pools[0].pending_migrations().await.unwrap().is_empty());
    assert!(applied.iter().any(|count| *count >= 6), "{applied:?}");
}

#[tokio::test]
async fn a_unique_violation_names_its_column() {
    let app = TestApp::start().await;
    let db = &app.services().db;
    let first = product::Entity::find().one(db.connection()).await.unwrap().unwrap();
    let mut copy = first.into_active_model().reset_all();
    copy.id = Set(uuid::Uuid::now_v7().into());
    let error = copy.insert(db.connection()).await.unwrap_err();
    assert!(is_duplicate(&error, "product", "slug"), "{error}");
    assert!(!is_duplicate(&error, "product", "id"));
    assert!(!is_duplicate(&error, "variant", "slug"));
}

#[tokio::test]
async fn impossible_figures_do_not_get_in() {
    let app = TestApp::start().await;
    let db = app.services().db.connection();
    let mut level = any_level(&app.services().db).await.into_active_model();
    level.on_hand = Set(-1);
    assert!(level.clone().update(db).await.is_err());
    level.on_hand = Set(1);
    level.reserved = Set(-1);
    assert!(level.clone().update(db).await.is_err());
    level.reserved = Set(3);
    assert_eq!(level.update(db).await.unwrap().available, -2, "the database computes it");
    let mut price = variant_price::Entity::find().one(db).await.unwrap().unwrap().into_active_model();
    price.amount = Set(-1);
    assert!(price.clone().update(db).await.is_err());
    price.amount = Set(1);
    price.update(db).await.unwrap();
    assert!(product::Entity::delete_many().exec(db).await.is_err(), "what has moved keeps its variant");
}

async fn add_one(id: StockLevelId, txn: &Txn<'_>) -> Result<(), Fault> {
    let row = stock_level::Entity::find_by_id(id).lock_exclusive().one(txn).await?.unwrap();
    let on_hand = row.on_hand + 1;
    let mut row = row.into_active_model();
    row.on_hand = Set(on_hand);
    row.update(txn).await?;
    Ok(())
}

/// Read, decide, write: with deferred transactions on SQLite most of these would fail.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_at_the_same_time_lose_nothing() {
    let app = TestApp::start().await;
    let services = app.services();
    let db = services.db.connection();
    let id = any_level(&services.db).await.id;
    let before = stock_level::Entity::find_by_id(id).one(db).await.unwrap().unwrap().on_hand;
    let tasks = (0..8).map(|_| {
        let services = services.clone();
        tokio::spawn(async move {
            for _ in 0..10 {
                services.write(|txn| add_one(id, txn).scope_boxed()).await.unwrap();
            }
        })
    });
    join_all(tasks).await.into_iter().for_each(|task| task.unwrap());
    let after = stock_level::Entity::find_by_id(id).one(db).await.unwrap().unwrap().on_hand;
    assert_eq!(after, before + 80);
}

/// Up to three quarters of the pool stay with single statements between them; transactions get these as well. SQLite has one
/// writer at a time, so that its transactions come one after the other anyway.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_transaction_gets_a_connection_that_statements_keep() {
    if stack() == Stack::Embedded {
        return;
    }
    let app = TestApp::with_flags(&["--database-connections", "8"]).await;
    let services = app.services();
    // Six statements at once: each waits for this lock, and all are seen to wait before it is given back.
    let holder = app.connect().await;
    let lock = holder.begin().await.unwrap();
    lock.execute_unprepared("SELECT pg_advisory_xact_lock(1)").await.unwrap();
    let db = services.db.connection();
    let statements =
        join_all((0..6).map(|_| db.execute_unprepared("SELECT pg_advisory_xact_lock_shared(1)")));
    let release = async {
        let waiting = "SELECT count(*) AS number FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
        let waiting = Statement::from_string(DbBackend::Postgres, waiting);
        eventually("six statements wait", async || {
            let row = lock.query_one_raw(waiting.clone()).await.unwrap().unwrap();
            row.try_get::<i64>("", "number").unwrap() == 6
        })
        .await;
        lock.rollback().await.unwrap();
    };
    let (kept, ()) = join(statements, release).await;
    assert!(kept.iter().all(Result::is_ok), "{kept:?}");
    let barrier = Barrier::new(8);
    let transactions = (0..8).map(|_| {
        services.write(|txn| {
            async {
                txn.execute_unprepared("SELECT 1").await?;
                barrier.wait().await;
                Ok::<_, Fault>(())
            }
            .scope_boxed()
        })
    });
    let done = within_a_minute("eight transactions at once", join_all(transactions)).await;
    assert!(done.iter().all(Result::is_ok), "{done:?}");
}

/// A client that goes away, or a time limit, drops a statement half-way: its connection must not answer the next one.
#[tokio::test]
async fn a_statement_that_was_cancelled_does_not_spoil_the_next() {
    let app = TestApp::start().await;
    let db = app.services().db.connection();
    let endless = match stack() {
        Stack::Services => "SELECT pg_sleep(3600)",
        Stack::Embedded => "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n",
    };
    let products = product::Entity::find().count(db).await.unwrap();
    for _ in 0..10 {
        let cancelled = tokio::time::timeout(Duration::from_millis(2), db.execute_unprepared(endless)).await;
        assert!(cancelled.is_err());
        let count = within_a_minute("the next statement", product::Entity::find().count(db)).await;
        assert_eq!(count.unwrap(), products);
    }
}

#[tokio::test]
async fn a_transaction_that_fails_leaves_no_trace() {
    let app = TestApp::start().await;
    let db = &app.services().db;
    let before = any_level(db).await;
    let result: Result<(), Fault> = app
        .services()
        .write(|txn| {
            let work = async {
                stock_level::Entity::delete_many().exec(txn).await?;
                Err(Fault::internal("no"))
            };
            work.scope_boxed()
        })
        .await;
    assert!(matches!(result, Err(Fault::Internal(_))));
    assert_eq!(any_level(db).await, before);
}

/// A driver's error with this code, as both databases give up transactions.
#[derive(Debug)]
struct GivenUp;

impl std::fmt::Display for GivenUp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("could not serialize access")
    }
}

impl std::error::Error for GivenUp {}

impl sea_orm::sqlx::error::DatabaseError for GivenUp {
    fn message(&self) -> &str {
        "could not serialize access"
    }
    fn code(&self) -> Option<std::borrow::Cow<'_, str>> {
        Some("40001".into())
    }
    fn as_error(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
        self
    }
    fn as_error_mut(&mut self) -> &mut (dyn std::error::Error + Send + Sync + 'static) {
        self
    }
    fn into_error(self: Box<Self>) -> Box<dyn std::error::Error + Send + Sync + 'static> {
        self
    }
    fn kind(&self) -> sea_orm::sqlx::error::ErrorKind {
        sea_orm::sqlx::error::ErrorKind::Other
    }
}

fn given_up() -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(Arc::new(SqlxError::Database(Box::new(GivenUp)))))
}

#[tokio::test]
async fn a_transaction_that_was_given_up_is_run_again_but_not_for_ever() {
    let app = TestApp::start().await;
    let services = app.services();
    let runs = AtomicU32::new(0);
    let result: Result<u32, Fault> = services
        .write(|_| {
            let result = match runs.fetch_add(1, Ordering::Relaxed) + 1 {
                run if run < 4 => Err(given_up().into()),
                run => Ok(run),
            };
            ready(result).scope_boxed()
        })
        .await;
    assert_eq!(result.unwrap(), 4);

    runs.store(0, Ordering::Relaxed);
    let result: Result<(), Fault> = services
        .write(|_| {
            runs.fetch_add(1, Ordering::Relaxed);
            ready(Err(given_up().into())).scope_boxed()
        })
        .await;
    assert!(matches!(result, Err(Fault::Conflict(_))));
    assert_eq!(runs.load(Ordering::Relaxed), 8);
}

/// Two readers that both write what they read: PostgreSQL lets one win, and the retry lets the other. (On SQLite the
/// second waits for the first before it reads.)
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_real_conflict_is_run_again() {
    if stack() == Stack::Embedded {
        return;
    }
    let app = TestApp::start().await;
    let services = app.services();
    let before = any_level(&services.db).await;
    let both_have_read = tokio::sync::Barrier::new(2);
    let runs = AtomicU32::new(0);
    let one = || {
        services.write(|txn| {
            let work = async {
                txn.execute_unprepared("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE").await?;
                stock_level::Entity::find_by_id(before.id).one(txn).await?;
                if runs.fetch_add(1, Ordering::Relaxed) < 2 {
                    both_have_read.wait().await;
                }
                add_one(before.id, txn).await
            };
            work.scope_boxed()
        })
    };
    let (first, second) = tokio::join!(one(), one());
    assert_eq!((first.is_ok(), second.is_ok()), (true, true));
    let row = stock_level::Entity::find_by_id(before.id).one(services.db.connection()).await.unwrap();
    assert_eq!((row.unwrap().on_hand, runs.into_inner()), (before.on_hand + 2, 3));
}

/// What people entrust to the shop is for the server's user alone.
#[tokio::test]
async fn the_files_of_sqlite_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    if stack() != Stack::Embedded {
        return;
    }
    let database = TestDatabase::blank().await;
    let db = database.connect().await;
    db.migrate_up().await.unwrap();
    let file = db.file().unwrap();
    for suffix in ["", "-wal", "-shm"] {
        let file = std::path::PathBuf::from(format!("{}{suffix}", file.display()));
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{}", file.display());
    }
}
