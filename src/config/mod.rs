//! Everything that can be set, each with a flag, a variable, a default and a line of help. `bodega serve --help` shows
//! them all.

mod account;
mod database;
mod mail;
mod telemetry;
mod value;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::{Args, builder::FalseyValueParser};
use secrecy::{ExposeSecret, SecretString};

use self::value::{duration, listen, origin, positive, rate};
pub use self::{
    account::AccountConfig,
    database::DatabaseConfig,
    mail::{MailConfig, MailConfigError},
    telemetry::{LogConfig, LogFormat, TraceConfig},
    value::{Listen, Rate},
};
use crate::{
    domain::traffic::{Networks, TrafficLimits},
    graphql::{Limits, TrustedOperations, persisted::UnknownManifest},
    http::{Origins, Settings, SocketLimits, acceptor::ConnectionLimits},
    infra::redis::RedisSettings,
};

/// The settings of the server.
#[derive(Args, Clone, Debug)]
pub struct Config {
    #[command(flatten)]
    pub database: DatabaseConfig,

    /// The address and port to listen on; port 0 takes a free one
    #[arg(long, env = "BODEGA_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:8000")]
    pub listen: SocketAddr,

    /// Where Prometheus reads metrics, at `/metrics`: an address that the public does not reach; `off` for nowhere
    #[arg(long, env = "BODEGA_METRICS_LISTEN", value_name = "ADDRESS", default_value = "off", value_parser = listen)]
    pub metrics_listen: Listen,

    #[command(flatten)]
    pub traces: TraceConfig,

    /// Fill an empty shop with a small catalogue and three accounts of known password; only on a loopback address
    #[arg(long, env = "BODEGA_DEMO", value_parser = FalseyValueParser::new())]
    pub demo: bool,

    /// Where sessions and counters are kept, for many instances: `redis://…`; without it the database and memory serve
    #[arg(long, env = "REDIS_URL", value_name = "URL", hide_env_values = true)]
    pub redis_url: Option<SecretString>,

    /// What the names of all keys and channels in Redis begin with
    #[arg(long, env = "BODEGA_REDIS_PREFIX", value_name = "TEXT", default_value = "bodega:")]
    pub redis_prefix: String,

    #[command(flatten)]
    pub accounts: AccountConfig,

    #[command(flatten)]
    pub mail: MailConfig,

    /// Another origin whose pages may use the API with their visitors' cookies, like `https://shop.example`; more than
    /// one with commas
    #[arg(long = "cors-origin", env = "BODEGA_CORS_ORIGINS", value_name = "ORIGIN", value_delimiter = ',', value_parser = origin)]
    pub cors_origins: Vec<String>,

    /// What one network address may ask for without a session: so many points of cost at once, which come back over the
    /// duration; 0 for any number. A point is a field, counted as for --max-cost
    #[arg(long, env = "BODEGA_RATE_ANONYMOUS", value_name = "POINTS/DURATION", default_value = "120000/1m", value_parser = rate)]
    pub rate_anonymous: Rate,

    /// What one account may ask for, in the same way
    #[arg(long, env = "BODEGA_RATE_ACCOUNT", value_name = "POINTS/DURATION", default_value = "300000/1m", value_parser = rate)]
    pub rate_account: Rate,

    /// The most requests of one account, or of one network address without a session, under way at once on one instance
    #[arg(long, env = "BODEGA_MAX_CONCURRENT", value_name = "N", default_value_t = 100, value_parser = positive)]
    pub max_concurrent: usize,

    /// From where requests are not counted, more than one with commas. Loopback is among them because all clients have
    /// that address behind a proxy on this machine that --trusted-proxies does not tell of
    #[arg(long, env = "BODEGA_RATE_EXEMPT", value_name = "NETWORK", default_value = "127.0.0.0/8,::1/128")]
    pub rate_exempt: Networks,

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

    /// The most operations that one request may ask for in a list, as Apollo's batch link sends it; 0 refuses lists
    #[arg(long, env = "BODEGA_MAX_BATCH", value_name = "N", default_value_t = 0)]
    pub max_batch: usize,

    /// A list of operations that may run by their ids alone, as graphql-codegen, Relay and Apollo's tools write it
    #[arg(long, env = "BODEGA_TRUSTED_OPERATIONS", value_name = "FILE")]
    pub trusted_operations: Option<PathBuf>,

    /// Refuse all operations that are not on the list of --trusted-operations
    #[arg(long, env = "BODEGA_ONLY_TRUSTED", value_parser = FalseyValueParser::new(), requires = "trusted_operations")]
    pub only_trusted: bool,

    /// Whether clients may read the schema; without it, refusals do not say either which names there are
    #[arg(long, env = "BODEGA_INTROSPECTION", value_name = "BOOL", default_value_t = true, action = clap::ArgAction::Set)]
    pub introspection: bool,

    /// The most names, numbers, texts and punctuation marks of a document
    #[arg(long, env = "BODEGA_MAX_TOKENS", value_name = "N", default_value_t = 10_000)]
    pub max_tokens: usize,

    /// The most fields inside fields of an operation
    #[arg(long, env = "BODEGA_MAX_DEPTH", value_name = "N", default_value_t = 16)]
    pub max_depth: usize,

    /// The most fields and fragments of a document, those of a fragment counted wherever it is spread
    #[arg(long, env = "BODEGA_MAX_SELECTIONS", value_name = "N", default_value_t = 5_000)]
    pub max_selections: usize,

    /// The most fields at the root of an operation
    #[arg(long, env = "BODEGA_MAX_ROOT_FIELDS", value_name = "N", default_value_t = 50)]
    pub max_root_fields: usize,

    /// The most aliases of an operation
    #[arg(long, env = "BODEGA_MAX_ALIASES", value_name = "N", default_value_t = 100)]
    pub max_aliases: usize,

    /// The most directives on one field or fragment of an operation
    #[arg(long, env = "BODEGA_MAX_DIRECTIVES", value_name = "N", default_value_t = 10)]
    pub max_directives: usize,

    /// The most points that an operation may cost (`@cost` and `@listSize` in the schema tell what fields do)
    #[arg(long, env = "BODEGA_MAX_COST", value_name = "POINTS", default_value_t = 10_000)]
    pub max_cost: usize,

    /// The most lists and objects inside each other in the variables of an operation
    #[arg(long, env = "BODEGA_MAX_VARIABLE_DEPTH", value_name = "N", default_value_t = 10)]
    pub max_variable_depth: usize,

    /// The most objects that an operation may get of lists that have no page, like a product's variants
    #[arg(long, env = "BODEGA_MAX_UNPAGED_OBJECTS", value_name = "N", default_value_t = 10_000)]
    pub max_unpaged_objects: usize,

    /// How long an operation may take
    #[arg(long, env = "BODEGA_OPERATION_TIMEOUT", value_name = "DURATION", default_value = "10s", value_parser = duration)]
    pub operation_timeout: Duration,

    /// The most WebSockets and event streams that one account has open at once, or one network address without a session
    #[arg(long, env = "BODEGA_MAX_SOCKETS", value_name = "N", default_value_t = 100)]
    pub max_sockets: usize,

    /// The most operations at once on one WebSocket or event stream
    #[arg(long, env = "BODEGA_MAX_SOCKET_OPERATIONS", value_name = "N", default_value_t = 50)]
    pub max_socket_operations: usize,

    /// How long a WebSocket's client may take to say who it is
    #[arg(long, env = "BODEGA_SOCKET_INIT_TIMEOUT", value_name = "DURATION", default_value = "5s", value_parser = duration)]
    pub socket_init_timeout: Duration,

    /// How often open WebSockets and event streams are given a sign of life; a WebSocket that gives none twice is closed
    #[arg(long, env = "BODEGA_SOCKET_KEEP_ALIVE", value_name = "DURATION", default_value = "15s", value_parser = duration)]
    pub socket_keep_alive: Duration,

    /// How long a WebSocket's client may take to receive one message
    #[arg(long, env = "BODEGA_SOCKET_SEND_TIMEOUT", value_name = "DURATION", default_value = "10s", value_parser = duration)]
    pub socket_send_timeout: Duration,

    /// Whether answers are compressed for clients that accept it; `false` where a proxy does it
    #[arg(long, env = "BODEGA_COMPRESSION", value_name = "BOOL", default_value_t = true, action = clap::ArgAction::Set)]
    pub compression: bool,

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

    /// How much callers may ask for.
    pub fn traffic_limits(&self) -> TrafficLimits {
        TrafficLimits {
            anonymous: self.rate_anonymous,
            account: self.rate_account,
            max_concurrent: self.max_concurrent,
            exempt: self.rate_exempt.clone(),
        }
    }

    /// How large operations may be.
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

    /// The operations on the list, none without one.
    pub fn trusted_operations(&self) -> Result<TrustedOperations, TrustedOperationsError> {
        let Some(file) = &self.trusted_operations else { return Ok(TrustedOperations::default()) };
        let text = std::fs::read_to_string(file)
            .map_err(|error| TrustedOperationsError::Read(file.clone(), error))?;
        let trusted = TrustedOperations::parse(&text)
            .map_err(|error| TrustedOperationsError::Unknown(file.clone(), error))?;
        Ok(trusted.only(self.only_trusted))
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

/// The list of trusted operations cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TrustedOperationsError {
    /// The file cannot be read.
    #[error("--trusted-operations (BODEGA_TRUSTED_OPERATIONS): cannot read {}", .0.display())]
    Read(PathBuf, #[source] std::io::Error),
    /// The file is no list that we know.
    #[error("--trusted-operations (BODEGA_TRUSTED_OPERATIONS): cannot understand {}", .0.display())]
    Unknown(PathBuf, #[source] UnknownManifest),
}
