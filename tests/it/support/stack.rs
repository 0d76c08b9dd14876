//! The servers that the tests share, started once for the process and ended with it.

use std::sync::LazyLock;

use services::{Postgres, Redis};

/// On what the program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stack {
    /// SQLite, and nothing else.
    Embedded,
    /// PostgreSQL and Redis.
    Services,
}

/// The stack of this run.
pub(crate) fn stack() -> Stack {
    match std::env::var("BODEGA_TEST_STACK").as_deref() {
        Ok("services") => Stack::Services,
        Ok("embedded") | Err(_) => Stack::Embedded,
        Ok(other) => panic!("BODEGA_TEST_STACK must be `embedded` or `services`, not `{other}`"),
    }
}

/// The URL of a PostgreSQL server's database called `name`: a server of our own, or the one that `TEST_DATABASE_URL`
/// names (any of its databases; it belongs to the tests).
pub(crate) fn postgres_url(name: &str) -> String {
    static OWN: LazyLock<Postgres> = LazyLock::new(|| Postgres::start().unwrap());
    match std::env::var("TEST_DATABASE_URL") {
        Ok(url) => {
            let (server, rest) = url.rsplit_once('/').expect("TEST_DATABASE_URL ends in /NAME");
            let options = rest.split_once('?').map(|(_, options)| format!("?{options}")).unwrap_or_default();
            format!("{server}/{name}{options}")
        }
        Err(_) => OWN.url(name),
    }
}

/// The URL of a Redis server: one of our own, or the one that `TEST_REDIS_URL` names.
pub(crate) fn redis_url() -> String {
    static OWN: LazyLock<Redis> = LazyLock::new(|| Redis::start().unwrap());
    std::env::var("TEST_REDIS_URL").unwrap_or_else(|_| OWN.url())
}
