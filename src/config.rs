//! Everything that can be set, each with a flag, a variable, a default and a line of help. `bodega serve --help` shows
//! them all.

use std::{net::SocketAddr, time::Duration};

use clap::{Args, ValueEnum, builder::FalseyValueParser};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    domain::{
        account::{LoginQuotas, SessionLifetime},
        database::DatabaseSettings,
        quota::Quota,
    },
    graphql::Limits,
    http::{Origins, Settings, acceptor::ConnectionLimits},
    infra::redis::RedisSettings,
};

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

/// What is written to standard error.
#[derive(Args, Clone, Debug)]
pub struct LogConfig {
    /// What is logged: a level (`error`, `warn`, `info`, `debug`, `trace`) or directives like `warn,bodega=debug`
    #[arg(long, env = "BODEGA_LOG", value_name = "FILTER", default_value = "info", global = true)]
    pub log: String,

    /// How log lines are written
    #[arg(long, env = "BODEGA_LOG_FORMAT", value_name = "FORMAT", default_value = "text", global = true)]
    pub log_format: LogFormat,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, for programs.
    Json,
}

/// The settings of the server.
#[derive(Args, Clone, Debug)]
pub struct Config {
    #[command(flatten)]
    pub database: DatabaseConfig,

    /// The address and port to listen on; port 0 takes a free one
    #[arg(long, env = "BODEGA_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:8000")]
    pub listen: SocketAddr,

    /// Fill an empty shop with a small catalogue and two accounts of known password; only on a loopback address
    #[arg(long, env = "BODEGA_DEMO", value_parser = FalseyValueParser::new())]
    pub demo: bool,

    /// Where sessions and counters are kept, for many instances: `redis://…`; without it the database and memory serve
    #[arg(long, env = "REDIS_URL", value_name = "URL", hide_env_values = true)]
    pub redis_url: Option<SecretString>,

    /// What the names of all keys and channels in Redis begin with
    #[arg(long, env = "BODEGA_REDIS_PREFIX", value_name = "TEXT", default_value = "bodega:")]
    pub redis_prefix: String,

    /// A session ends when it is not used for this long
    #[arg(long, env = "BODEGA_SESSION_IDLE", value_name = "DURATION", default_value = "14d", value_parser = duration)]
    pub session_idle: Duration,

    /// A session ends after this long, however much it is used
    #[arg(long, env = "BODEGA_SESSION_LIFETIME", value_name = "DURATION", default_value = "90d", value_parser = duration)]
    pub session_lifetime: Duration,

    /// Failed logins that one account may have at once, whoever tries; then one more for each --login-interval. Logins
    /// under way count until they succeed
    #[arg(long, env = "BODEGA_LOGIN_BURST_ACCOUNT", value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    pub login_burst_account: u32,

    /// Failed logins that one network address may have at once; then one more for each --login-interval
    #[arg(long, env = "BODEGA_LOGIN_BURST_ADDRESS", value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    pub login_burst_address: u32,

    /// How long it takes until one more failed login is allowed
    #[arg(long, env = "BODEGA_LOGIN_INTERVAL", value_name = "DURATION", default_value = "30s", value_parser = duration)]
    pub login_interval: Duration,

    /// Another origin whose pages may use the API with their visitors' cookies, like `https://shop.example`; more than
    /// one with commas
    #[arg(long = "cors-origin", env = "BODEGA_CORS_ORIGINS", value_name = "ORIGIN", value_delimiter = ',', value_parser = origin)]
    pub cors_origins: Vec<String>,

    /// How many reverse proxies stand before the server; their `X-Forwarded-For` then tells a client's address
    #[arg(long, env = "BODEGA_TRUSTED_PROXIES", value_name = "N", default_value_t = 0)]
    pub trusted_proxies: usize,

    /// Whether `/` serves GraphiQL, the page to explore the API with
    #[arg(long, env = "BODEGA_GRAPHIQL", value_name = "BOOL", default_value_t = true, action = clap::ArgAction::Set)]
    pub graphiql: bool,

    /// The most bytes of a request's body
    #[arg(long, env = "BODEGA_MAX_BODY", value_name = "BYTES", default_value_t = 256 * 1024)]
    pub max_body: usize,

    /// How long a request's body may take to arrive
    #[arg(long, env = "BODEGA_BODY_TIMEOUT", value_name = "DURATION", default_value = "15s", value_parser = duration)]
    pub body_timeout: Duration,

    /// The most fields inside fields of an operation
    #[arg(long, env = "BODEGA_MAX_DEPTH", value_name = "N", default_value_t = 16)]
    pub max_depth: usize,

    /// The most fields of an operation, those of a list counted once for each row of its page
    #[arg(long, env = "BODEGA_MAX_COMPLEXITY", value_name = "N", default_value_t = 10_000)]
    pub max_complexity: usize,

    /// The most aliases of an operation
    #[arg(long, env = "BODEGA_MAX_ALIASES", value_name = "N", default_value_t = 100)]
    pub max_aliases: usize,

    /// The most directives on one field of an operation
    #[arg(long, env = "BODEGA_MAX_DIRECTIVES", value_name = "N", default_value_t = 10)]
    pub max_directives: usize,

    /// The most objects that an operation may get of lists that have no page, like a product's variants
    #[arg(long, env = "BODEGA_MAX_UNPAGED_OBJECTS", value_name = "N", default_value_t = 10_000)]
    pub max_unpaged_objects: usize,

    /// How long an operation may take
    #[arg(long, env = "BODEGA_OPERATION_TIMEOUT", value_name = "DURATION", default_value = "10s", value_parser = duration)]
    pub operation_timeout: Duration,

    /// The most connections at once; further ones wait
    #[arg(long, env = "BODEGA_MAX_CONNECTIONS", value_name = "N", default_value_t = 10_000, value_parser = positive)]
    pub max_connections: usize,

    /// How long a request's header may take to arrive
    #[arg(long, env = "BODEGA_HEADER_TIMEOUT", value_name = "DURATION", default_value = "10s", value_parser = duration)]
    pub header_timeout: Duration,

    /// How long a connection may stay open while neither side sends anything
    #[arg(long, env = "BODEGA_IDLE_TIMEOUT", value_name = "DURATION", default_value = "75s", value_parser = duration)]
    pub idle_timeout: Duration,

    /// How long requests in flight may take when the server is told to stop
    #[arg(long, env = "BODEGA_GRACE", value_name = "DURATION", default_value = "10s", value_parser = duration)]
    pub grace: Duration,
}

impl Config {
    /// Redis, if it is used.
    pub fn redis(&self) -> Option<RedisSettings> {
        let url = self.redis_url.clone().filter(|url| !url.expose_secret().is_empty())?;
        Some(RedisSettings { url, key_prefix: self.redis_prefix.clone() })
    }

    /// How sessions end.
    pub fn session_lifetime(&self) -> SessionLifetime {
        SessionLifetime { idle: self.session_idle, absolute: self.session_lifetime }
    }

    /// How often logins may fail.
    pub fn login_quotas(&self) -> LoginQuotas {
        let quota = |burst| Quota { burst, interval: self.login_interval };
        LoginQuotas { account: quota(self.login_burst_account), address: quota(self.login_burst_address) }
    }

    /// How large operations may be.
    pub fn limits(&self) -> Limits {
        Limits {
            depth: self.max_depth,
            complexity: self.max_complexity,
            aliases: self.max_aliases,
            directives: self.max_directives,
            unpaged_rows: self.max_unpaged_objects,
            time: self.operation_timeout,
        }
    }

    /// What connections may do.
    pub fn connection_limits(&self) -> ConnectionLimits {
        ConnectionLimits {
            max_connections: self.max_connections,
            header_timeout: self.header_timeout,
            idle_timeout: self.idle_timeout,
        }
    }

    /// How requests are treated.
    pub fn http(&self) -> Settings {
        Settings {
            max_body: self.max_body,
            body_timeout: self.body_timeout,
            origins: self
                .cors_origins
                .iter()
                .filter(|origin| !origin.is_empty())
                .cloned()
                .collect::<Origins>(),
            trusted_proxies: self.trusted_proxies,
            graphiql: self.graphiql,
        }
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(Duration::ZERO) => Err("must be longer than nothing".to_owned()),
        Ok(duration) if duration > Duration::from_secs(10 * 366 * 24 * 3600) => {
            Err("must be shorter than ten years".to_owned())
        }
        Ok(duration) => Ok(duration),
        Err(error) => Err(format!("{error}; write it like 500ms, 30s, 15m or 14d")),
    }
}

fn positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        // Tokio's semaphores hold no more.
        Ok(number) if (1..=usize::MAX >> 3).contains(&number) => Ok(number),
        _ => Err("must be a whole number above 0".to_owned()),
    }
}

fn origin(text: &str) -> Result<String, String> {
    // A variable that is set to nothing means none.
    if text.is_empty() {
        return Ok(String::new());
    }
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match rest {
        Some(host) if !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ', '*']) => {
            Ok(text.to_lowercase())
        }
        _ => Err("must be a scheme and a host like https://shop.example, with nothing behind".to_owned()),
    }
}
