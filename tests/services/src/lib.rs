//! Private PostgreSQL and Redis servers for tests and benchmarks: started from the installed binaries on free ports in a
//! temporary directory, and ended with the process that started them, however that ends.

mod daemon;
mod postgres;
mod redis;

pub use postgres::Postgres;
pub use redis::Redis;
