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
    http::{ConnectionLimits, Origins, Settings, SocketLimits},
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

    /// Number of reverse proxies in front of the server; their `X-Forwarded-For` then gives the client's address
    #[arg(long, env = "BODEGA_TRUSTED_PROXIES", value_name = "N", default_value_t = 0)]
    pub trusted_proxies: usize,

    /// Serve GraphiQL, the page to explore the API with, at `/`
    #[arg(long, env = "BODEGA_GRAPHIQL", value_name = "BOOL", default_value_t = true, action = clap::ArgAction::Set)]
    pub graphiql: bool,

    /// Maximum size of a request's body, in bytes
    #[arg(long, env = "BODEGA_MAX_BODY", value_name = "BYTES", default_value_t = 256 * 1024)]
    pub max_body: usize,

    /// Maximum time for a request's body to arrive
    #[arg(long, env = "BODEGA_BODY_TIMEOUT", value_name = "DURATION", default_value = "15s", value_parser = duration)]
    pub body_timeout: Duration,

    /// Maximum number of operations in one request, as Apollo's batch link sends them; 0 rejects batches
    #[arg(long, env = "BODEGA_MAX_BATCH", value_name = "N", default_value_t = 0)]
    pub max_batch: usize,

    /// File with operations that clients may run by id, as written by graphql-codegen, Relay or Apollo's tools
    #[arg(long, env = "BODEGA_TRUSTED_OPERATIONS", value_name = "FILE")]
    pub trusted_operations: Option<PathBuf>,

    /// Reject all operations that are not in the file of --trusted-operations
    #[arg(long, env = "BODEGA_ONLY_TRUSTED", value_parser = FalseyValueParser::new(), requires = "trusted_operations")]
    pub only_trusted: bool,

    /// Let clients read the schema; without it, error messages suggest no names either
    #[arg(long, env = "BODEGA_INTROSPECTION", value_name = "BOOL", default_value_t = true, action = clap::ArgAction::Set)]
    pub introspection: bool,

    /// Maximum number of tokens in a document
    #[arg(long, env = "BODEGA_MAX_TOKENS", value_name = "N", default_value_t = 10_000)]
    pub max_tokens: usize,

    /// Maximum depth of nested fields in an operation
    #[arg(long, env = "BODEGA_MAX_DEPTH", value_name = "N", default_value_t = 16)]
    pub max_depth: usize,

    /// Maximum number of fields and fragments in a document; those of a fragment count wherever it is spread
    #[arg(long, env = "BODEGA_MAX_SELECTIONS", value_name = "N", default_value_t = 5_000)]
    pub max_selections: usize,

    /// Maximum number of root fields in an operation
    #[arg(long, env = "BODEGA_MAX_ROOT_FIELDS", value_name = "N", default_value_t = 50)]
    pub max_root_fields: usize,

    /// Maximum number of aliases in an operation
    #[arg(long, env = "BODEGA_MAX_ALIASES", value_name = "N", default_value_t = 100)]
    pub max_aliases: usize,

    /// Maximum number of directives on one field or fragment of an operation
    #[arg(long, env = "BODEGA_MAX_DIRECTIVES", value_name = "N", default_value_t = 10)]
    pub max_directives: usize,

    /// Maximum cost of an operation, in points (see `@cost` and `@listSize` in the schema)
    #[arg(long, env = "BODEGA_MAX_COST", value_name = "POINTS", default_value_t = 10_000)]
    pub max_cost: usize,

    /// Maximum depth of nested lists and objects in the variables of an operation
    #[arg(long, env = "BODEGA_MAX_VARIABLE_DEPTH", value_name = "N", default_value_t = 10)]
    pub max_variable_depth: usize,

    /// Maximum number of objects that an operation gets from lists without pages, like a product's variants
    #[arg(long, env = "BODEGA_MAX_UNPAGED_OBJECTS", value_name = "N", default_value_t = 10_000)]
    pub max_unpaged_objects: usize,

    /// Maximum duration of an operation
    #[arg(long, env = "BODEGA_OPERATION_TIMEOUT", value_name = "DURATION", default_value = "10s", value_parser = duration)]
    pub operation_timeout: Duration,

    /// Maximum number of open WebSockets and event streams per account, or per network address without a session
    #[arg(long, env = "BODEGA_MAX_SOCKETS", value_name = "N", default_value_t = 100)]
    pub max_sockets: usize,

    /// Maximum number of concurrent operations on one WebSocket or event stream
    #[arg(long, env = "BODEGA_MAX_SOCKET_OPERATIONS", value_name = "N", default_value_t = 50)]
    pub max_socket_operations: usize,

    /// Maximum time from the opening of a WebSocket to its `connection_init` message
    #[arg(long, env = "BODEGA_SOCKET_INIT_TIMEOUT", value_name = "DURATION", default_value = "5s", value_parser = duration)]
    pub socket_init_timeout: Duration,

    /// Interval of keep-alive messages on WebSockets and event streams; a WebSocket client that is silent for two
    /// intervals is disconnected
    #[arg(long, env = "BODEGA_SOCKET_KEEP_ALIVE", value_name = "DURATION", default_value = "15s", value_parser = duration)]
    pub socket_keep_alive: Duration,

    /// Maximum time for a WebSocket client to receive one message
    #[arg(long, env = "BODEGA_SOCKET_SEND_TIMEOUT", value_name = "DURATION", default_value = "10s", value_parser = duration)]
    pub socket_send_timeout: Duration,

    /// Compress responses for clients that accept it; `false` where a proxy does it
    #[arg(long, env = "BODEGA_COMPRESSION", value_name = "BOOL", default_value_t = true, action = clap::ArgAction::Set)]
    pub compression: bool,

    /// Maximum number of connections at once; further ones wait
    #[arg(long, env = "BODEGA_MAX_CONNECTIONS", value_name = "N", default_value_t = 10_000, value_parser = positive)]
    pub max_connections: usize,

    /// Maximum time for a request's header to arrive
    #[arg(long, env = "BODEGA_HEADER_TIMEOUT", value_name = "DURATION", default_value = "10s", value_parser = duration)]
    pub header_timeout: Duration,

    /// Maximum time that a connection stays open while neither side sends anything
    #[arg(long, env = "BODEGA_IDLE_TIMEOUT", value_name = "DURATION", default_value = "75s", value_parser = duration)]
    pub idle_timeout: Duration,

    /// Maximum time for requests in flight to finish when the server stops
    #[arg(long, env = "BODEGA_GRACE", value_name = "DURATION", default_value = "10s", value_parser = duration)]
    pub grace: Duration,
}

impl Config {
    /// Settings of Redis, if it is used.
    pub fn redis(&self) -> Option<RedisSettings> {
        let url = self.redis_url.clone().filter(|url| !url.expose_secret().is_empty())?;
        Some(RedisSettings { url, key_prefix: self.redis_prefix.clone(), timeout: self.redis_timeout })
    }

    /// Rate limits of callers.
    pub fn rate_limits(&self) -> RateLimitConfig {
        RateLimitConfig {
            anonymous: self.rate_anonymous,
            account: self.rate_account,
            max_concurrent: self.max_concurrent,
            exempt: self.rate_exempt.clone(),
        }
    }

    /// Limits of operations.
    pub fn limits(&self) -> Limits {
        Limits {
            tokens: self.max_tokens,
            depth: self.max_depth,
            selections: self.max_selections,
            root_fields: self.max_root_fields,
            aliases: self.max_aliases,
            directives: self.max_directives,
            cost: self.max_cost,
            variable_depth: self.max_variable_depth,
            unpaged_rows: self.max_unpaged_objects,
            time: self.operation_timeout,
            introspection: self.introspection,
        }
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

    /// Limits of connections.
    pub fn connection_limits(&self) -> ConnectionLimits {
        ConnectionLimits {
            max_connections: self.max_connections,
            header_timeout: self.header_timeout,
            idle_timeout: self.idle_timeout,
        }
    }

    /// Settings of the HTTP layer.
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
            cors_headers: self.cors_headers.iter().filter_map(|name| name.parse().ok()).collect(),
            trusted_proxies: self.trusted_proxies,
            graphiql: self.graphiql,
            max_batch: self.max_batch,
            sockets: SocketLimits {
                max_operations: self.max_socket_operations,
                init_timeout: self.socket_init_timeout,
                keep_alive: self.socket_keep_alive,
                send_timeout: self.socket_send_timeout,
            },
            compression: self.compression,
        }
    }
}

/// The file of trusted operations cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TrustedOperationsError {
    /// The file cannot be read.
    #[error("--trusted-operations (BODEGA_TRUSTED_OPERATIONS): cannot read {}", .0.display())]
    Read(PathBuf, #[source] std::io::Error),
    /// The format of the file is unknown.
    #[error("--trusted-operations (BODEGA_TRUSTED_OPERATIONS): cannot understand {}", .0.display())]
    Unknown(PathBuf, #[source] UnknownManifest),
}
