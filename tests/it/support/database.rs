//! A fresh, migrated database for each test, copied from a template that is made once for the process.

use std::{
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use bodega::{
    app::embedded_services,
    domain::{
        database::{Database, DatabaseSettings},
        sample,
    },
};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::{
    MINUTE,
    stack::{Stack, postgres_url, stack},
};

/// A database that is removed with this value.
pub(crate) struct TestDatabase {
    pub(crate) url: String,
    name: String,
    _dir: Option<TempDir>,
}

impl TestDatabase {
    /// With the demo shop in it.
    pub(crate) async fn demo() -> Self {
        static TEMPLATE: OnceCell<TestDatabase> = OnceCell::const_new();
        let template = TEMPLATE.get_or_init(|| async {
            let template = Self::migrated().await;
            let db = template.connect().await;
            let services = embedded_services(db.clone());
            sample::fill_demo(&services).await.unwrap();
            drop(services);
            seal(db).await;
            template
        });
        template.await.copy().await
    }

    /// With all tables, empty.
    pub(crate) async fn migrated() -> Self {
        static TEMPLATE: OnceCell<TestDatabase> = OnceCell::const_new();
        let template = TEMPLATE.get_or_init(|| async {
            let template = Self::blank().await;
            let db = template.connect().await;
            db.migrate_up().await.unwrap();
            seal(db).await;
            template
        });
        template.await.copy().await
    }

    /// Without any table.
    pub(crate) async fn blank() -> Self {
        let database = Self::named();
        if stack() == Stack::Services {
            administrate(&format!("CREATE DATABASE {}", database.name)).await;
        }
        database
    }

    /// Another pool on it, beside the program's.
    pub(crate) async fn connect(&self) -> Database {
        connect(&self.url).await
    }

    async fn copy(&self) -> Self {
        let copy = Self::named();
        match stack() {
            Stack::Embedded => {
                std::fs::copy(sqlite_file(&self.url), sqlite_file(&copy.url)).unwrap();
            }
            Stack::Services => {
                administrate(&format!("CREATE DATABASE {} TEMPLATE {}", copy.name, self.name)).await
            }
        }
        copy
    }

    fn named() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("bodega_test_{}_{count}", std::process::id());
        match stack() {
            Stack::Embedded => {
                let dir = TempDir::new().unwrap();
                let url = format!("sqlite:{}", dir.path().join("shop.db").display());
                Self { url, name, _dir: Some(dir) }
            }
            Stack::Services => Self { url: postgres_url(&name), name, _dir: None },
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if stack() == Stack::Embedded {
            return;
        }
        let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        let dropping = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(administrate(&statement));
        });
        dropping.join().unwrap();
    }
}

/// Closes a template. SQLite moves its log into the file when the last connection closes, unless two close at the same
/// moment and each takes the other for the last; so it is told to.
async fn seal(db: Database) {
    if stack() == Stack::Embedded {
        let checkpoint = Statement::from_string(DbBackend::Sqlite, "PRAGMA wal_checkpoint(TRUNCATE)");
        let row = db.connection().query_one_raw(checkpoint).await.unwrap().unwrap();
        assert_eq!(row.try_get_by_index::<i32>(0).unwrap(), 0, "nobody else uses the template");
    }
    db.close().await.unwrap();
}

fn sqlite_file(url: &str) -> PathBuf {
    url.strip_prefix("sqlite:").unwrap().into()
}

async fn administrate(statement: &str) {
    let server = connect(&postgres_url("postgres")).await;
    server.connection().execute_unprepared(statement).await.unwrap();
    server.close().await.unwrap();
}

pub(super) async fn connect(url: &str) -> Database {
    let settings = DatabaseSettings { url: url.into(), max_connections: Some(4), acquire_timeout: MINUTE };
    Database::connect(&settings).await.unwrap()
}
