//! Settings of the database.

use std::time::Duration;

use clap::Args;
use secrecy::SecretString;

use super::value::duration;
use crate::domain::database::DatabaseSettings;

/// Settings of the database.
#[derive(Args, Clone, Debug)]
pub struct DatabaseConfig {
    /// URL of the database: `sqlite:PATH` (the file is created if it is missing) or
    /// `postgres://USER:PASSWORD@HOST/NAME`
    #[arg(
        long,
        env = "DATABASE_URL",
        value_name = "URL",
        default_value = "sqlite:bodega.db",
        hide_env_values = true
    )]
    pub database_url: SecretString,

    /// Maximum number of connections to the database [default: 16 for PostgreSQL, 4 for SQLite]
    #[arg(long, env = "BODEGA_DATABASE_CONNECTIONS", value_name = "N", value_parser = clap::value_parser!(u32).range(2..))]
    pub database_connections: Option<u32>,

    /// Maximum time that an operation waits for a connection to the database
    #[arg(long, env = "BODEGA_DATABASE_TIMEOUT", value_name = "DURATION", default_value = "3s", value_parser = duration)]
    pub database_timeout: Duration,
}

impl DatabaseConfig {
    /// The settings as the domain takes them.
    pub fn settings(&self) -> DatabaseSettings {
        DatabaseSettings {
            url: self.database_url.clone(),
            max_connections: self.database_connections,
            acquire_timeout: self.database_timeout,
        }
    }
}
