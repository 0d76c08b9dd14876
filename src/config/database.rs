//! Where the data is.

use std::time::Duration;

use clap::Args;
use secrecy::SecretString;

use super::value::duration;
use crate::domain::database::DatabaseSettings;

/// Where the data is.
#[derive(Args, Clone, Debug)]
pub struct DatabaseConfig {
    /// Where the data is: `sqlite:PATH` (the file is made where there is none) or `postgres://USER:PASSWORD@HOST/NAME`
    #[arg(
        long,
        env = "DATABASE_URL",
        value_name = "URL",
        default_value = "sqlite:bodega.db",
        hide_env_values = true
    )]
    pub database_url: SecretString,

    /// The most connections to the database [default: 16 for PostgreSQL, 4 for SQLite]
    #[arg(long, env = "BODEGA_DATABASE_CONNECTIONS", value_name = "N", value_parser = clap::value_parser!(u32).range(2..))]
    pub database_connections: Option<u32>,

    /// How long an operation waits for a connection to the database
    #[arg(long, env = "BODEGA_DATABASE_TIMEOUT", value_name = "DURATION", default_value = "3s", value_parser = duration)]
    pub database_timeout: Duration,
}

impl DatabaseConfig {
    /// The settings of the database.
    pub fn settings(&self) -> DatabaseSettings {
        DatabaseSettings {
            url: self.database_url.clone(),
            max_connections: self.database_connections,
            acquire_timeout: self.database_timeout,
        }
    }
}
