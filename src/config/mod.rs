//! All settings, each with a flag, an environment variable, a default and a line of help. `bodega serve --help` lists
//! them.

mod account;
mod database;
mod mail;
mod telemetry;
mod value;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::{Args, builder::FalseyValueParser};
use secrecy::{ExposeSecret, SecretString};

use self::value::{duration, header, listen, origin, positive, rate};
pub use self::{
    account::AccountConfig,
    database::DatabaseConfig,
    mail::{MailConfig, MailConfigError},
    telemetry::{LogConfig, LogFormat, TraceConfig},
    value::{Listen, Rate},
};
use crate::{
    domain::rate_limit::{Networks, RateLimitConfig},
    graphql::engine::{Limits, TrustedOperations, UnknownManifest},
    http::{ConnectionLimits, Settings},
    infra::redis::RedisSettings,
};

/// The settings of the server.
#[derive(Args, Clone, Debug)]
pub struct Config {
    #[command(flatten)]
    pub database: DatabaseConfig,

    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, env = "BODEGA_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:8000")]
    pub listen: SocketAddr,

    /// Address and port that serve Prometheus metrics at `/metrics`, which should not be public; `off` for none
    #[arg(long, env = "BODEGA_METRICS_LISTEN", value_name = "ADDRESS", default_value = "off", value_parser = listen)]
    pub metrics_listen: Listen,

    #[command(flatten)]
    pub traces: TraceConfig,

    /// Fill an empty shop with a demo catalogue and three accounts with a public password; only on a loopback address
    #[arg(long, env = "BODEGA_DEMO", value_parser = FalseyValueParser::new())]
    pub demo: bool,

    /// URL of Redis, which keeps sessions and counters for several instances: `redis://…`. Without it they are kept in
    /// the database and in memory
    #[arg(long, env = "REDIS_URL", value_name = "URL", hide_env_values = true)]
    pub redis_url: Option<SecretString>,

    /// Prefix of all keys and channels in Redis
    #[arg(long, env = "BODEGA_REDIS_PREFIX", value_name = "TEXT", default_value = "bodega:")]
    pub redis_prefix: String,

    /// How long Redis may take to answer one command
    #[arg(long, env = "BODEGA_REDIS_TIMEOUT", value_name = "DURATION", default_value = "200ms", value_parser = duration)]
    pub redis_timeout: Duration,

    #[command(flatten)]
    pub accounts: AccountConfig,

    #[command(flatten)]
    pub mail: MailConfig,

    /// Another origin whose pages may use the API with their visitors' cookies, like `https://shop.example`; separate
    /// several with commas
    #[arg(long = "cors-origin", env = "BODEGA_CORS_ORIGINS", value_name = "ORIGIN", value_delimiter = ',', value_parser = origin)]
    pub cors_origins: Vec<String>,

    /// Another request header that pages of those origins may send, besides the usual ones; separate several with commas
    #[arg(long, env = "BODEGA_CORS_HEADERS", value_name = "NAME", value_delimiter = ',', value_parser = header)]
    pub cors_headers: Vec<String>,

    /// Rate limit per network address without a session: cost points at once, and the duration in which they are
    /// restored; 0 for no limit. A point is a field, counted as for --max-cost
    #[arg(long, env = "BODEGA_RATE_ANONYMOUS", value_name = "POINTS/DURATION", default_value = "120000/1m", value_parser = rate)]
    pub rate_anonymous: Rate,

    /// Rate limit per account, in the same form
    #[arg(long, env = "BODEGA_RATE_ACCOUNT", value_name = "POINTS/DURATION", default_value = "300000/1m", value_parser = rate)]
    pub rate_account: Rate,

    /// Maximum number of concurrent requests per account, or per network address without a session, on one instance
    #[arg(long, env = "BODEGA_MAX_CONCURRENT", value_name = "N", default_value_t = 100, value_parser = positive)]
    pub max_concurrent: usize,

    /// Networks whose requests are not counted; separate several with commas. Loopback is included because behind a
    /// proxy on this machine all clients have that address unless --trusted-proxies is set
    #[arg(long, env = "BODEGA_RATE_EXEMPT", value_name = "NETWORK", default_value = "127.0.0.0/8,::1/128")]
    pub rate_exempt: Networks,

    #[command(flatten)]
    pub http: Settings,

    /// File with operations that clients may run by id, as written by graphql-codegen, Relay or Apollo's tools
    #[arg(long, env = "BODEGA_TRUSTED_OPERATIONS", value_name = "FILE")]
    pub trusted_operations: Option<PathBuf>,

    /// Reject all operations that are not in the file of --trusted-operations
    #[arg(long, env = "BODEGA_ONLY_TRUSTED", value_parser = FalseyValueParser::new(), requires = "trusted_operations")]
    pub only_trusted: bool,

    #[command(flatten)]
    pub limits: Limits,

    /// Maximum duration of an operation
    #[arg(long, env = "BODEGA_OPERATION_TIMEOUT", value_name = "DURATION", default_value = "10s", value_parser = duration)]
    pub operation_timeout: Duration,

    /// Maximum number of connections at once; further ones wait
    #[arg(long, env = "BODEGA_MAX_CONNECTIONS", value_name = "N", default_value_t = 10_000, value_parser = positive)]
    pub max_connections: usize,

    /// Timeouts of connections.
    #[arg(skip)]
    pub connections: ConnectionLimits,

    /// Maximum time for requests in flight to finish when the server stops
    #[arg(long, env = "BODEGA_GRACE", value_name = "DURATION", default_value = "10s", value_parser = duration)]
    pub grace: Duration,
}

impl Config {
    pub fn redis(&self) -> Option<RedisSettings> {
        let url = self.redis_url.clone().filter(|url| !url.expose_secret().is_empty())?;
        Some(RedisSettings { url, key_prefix: self.redis_prefix.clone(), timeout: self.redis_timeout })
    }

    pub fn rate_limits(&self) -> RateLimitConfig {
        RateLimitConfig {
            anonymous: self.rate_anonymous,
            account: self.rate_account,
            max_concurrent: self.max_concurrent,
            exempt: self.rate_exempt.clone(),
        }
    }

    pub fn limits(&self) -> Limits {
        Limits { time: self.operation_timeout, ..self.limits }
    }

    /// The trusted operations; none without a file.
    pub fn trusted_operations(&self) -> Result<TrustedOperations, TrustedOperationsError> {
        let Some(file) = &self.trusted_operations else { return Ok(TrustedOperations::default()) };
        let text = std::fs::read_to_string(file)
            .map_err(|error| TrustedOperationsError::Read(file.clone(), error))?;
        let trusted = TrustedOperations::parse(&text)
            .map_err(|error| TrustedOperationsError::Unknown(file.clone(), error))?;
        Ok(trusted.only(self.only_trusted))
    }

    pub fn connection_limits(&self) -> ConnectionLimits {
        ConnectionLimits { max_connections: self.max_connections, ..self.connections }
    }

    pub fn http(&self) -> Settings {
        let origins = self.cors_origins.iter().filter(|origin| !origin.is_empty()).cloned().collect();
        let cors_headers = self.cors_headers.iter().filter_map(|name| name.parse().ok()).collect();
        Settings { origins, cors_headers, ..self.http.clone() }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum TrustedOperationsError {
    #[error("--trusted-operations (BODEGA_TRUSTED_OPERATIONS): cannot read {}", .0.display())]
    Read(PathBuf, #[source] std::io::Error),
    #[error("--trusted-operations (BODEGA_TRUSTED_OPERATIONS): cannot parse {}", .0.display())]
    Unknown(PathBuf, #[source] UnknownManifest),
}
