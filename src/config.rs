//! Everything that can be set, each with a flag, a variable, a default and a line of help. `bodega serve --help` shows
//! them all.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::{Args, ValueEnum, builder::FalseyValueParser};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    domain::{
        account::{LoginQuotas, SessionLifetime},
        database::DatabaseSettings,
        quota::Quota,
        traffic::{Networks, TrafficLimits},
    },
    graphql::{Limits, TrustedOperations, persisted::UnknownManifest},
    http::{Origins, Settings, SocketLimits, acceptor::ConnectionLimits},
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

/// Where traces are sent.
#[derive(Args, Clone, Debug)]
pub struct TraceConfig {
    /// The OpenTelemetry collector that traces are sent to over HTTP, like `http://localhost:4318`; without it there are
    /// none
    #[arg(
        long,
        env = "OTEL_EXPORTER_OTLP_ENDPOINT",
        value_name = "URL",
        hide_env_values = true,
        value_parser = collector
    )]
    pub otlp_endpoint: Option<String>,

    /// How many of the requests that nobody has decided about yet are traced: 1.0 for all, 0.1 for a tenth
    #[arg(long, env = "BODEGA_OTLP_SAMPLE", value_name = "RATIO", default_value_t = 1.0, value_parser = ratio)]
    pub otlp_sample: f64,

    /// What the server is called in traces
    #[arg(long, env = "OTEL_SERVICE_NAME", value_name = "NAME", default_value = "bodega")]
    pub otlp_service: String,
}

impl TraceConfig {
    /// Where traces are sent, if they are. A variable that is set to nothing means nowhere.
    pub fn endpoint(&self) -> Option<&str> {
        self.otlp_endpoint.as_deref().filter(|url| !url.is_empty())
    }
}

/// Where to listen, or nowhere.
pub type Listen = Option<SocketAddr>;

/// So much at once and over a time, or any amount.
pub type Rate = Option<Quota>;

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

    /// How sessions end.
    pub fn session_lifetime(&self) -> SessionLifetime {
        SessionLifetime { idle: self.session_idle, absolute: self.session_lifetime }
    }

    /// How often logins may fail.
    pub fn login_quotas(&self) -> LoginQuotas {
        let quota = |burst| Quota { burst, interval: self.login_interval };
        LoginQuotas { account: quota(self.login_burst_account), address: quota(self.login_burst_address) }
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

fn listen(text: &str) -> Result<Listen, std::net::AddrParseError> {
    // A variable that is set to nothing means nowhere, too.
    if text.is_empty() || text == "off" { Ok(None) } else { text.parse().map(Some) }
}

fn collector(text: &str) -> Result<String, &'static str> {
    let has_scheme = ["http://", "https://"].iter().any(|scheme| text.starts_with(scheme));
    match has_scheme || text.is_empty() {
        true => Ok(text.to_owned()),
        false => Err("must be a URL like http://localhost:4318"),
    }
}

fn ratio(text: &str) -> Result<f64, &'static str> {
    match text.parse() {
        Ok(ratio) if (0.0..=1.0).contains(&ratio) => Ok(ratio),
        _ => Err("must be a number from 0 to 1"),
    }
}

fn rate(text: &str) -> Result<Rate, String> {
    if text == "0" {
        return Ok(None);
    }
    let (points, time) = text
        .split_once('/')
        .ok_or("must be points and the time in which they come back, like 120000/1m, or 0 for any number")?;
    let burst = points
        .parse::<u32>()
        .ok()
        .filter(|points| *points > 0)
        .ok_or_else(|| format!("the points must be a whole number from 1 to {}", u32::MAX))?;
    let interval = duration(time)? / burst;
    if interval.is_zero() {
        return Err("is more than a point in a nanosecond".to_owned());
    }
    Ok(Some(Quota { burst, interval }))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_points_and_the_time_in_which_they_come_back() {
        let quota = Quota { burst: 120_000, interval: Duration::from_micros(500) };
        assert_eq!(rate("120000/1m"), Ok(Some(quota)));
        assert_eq!(rate("0"), Ok(None));
        for (text, message) in [
            ("", "like 120000/1m"),
            ("120000", "like 120000/1m"),
            ("0/1m", "from 1 to"),
            ("-1/1m", "from 1 to"),
            ("5000000000/1m", "from 1 to"),
            ("many/1m", "from 1 to"),
            ("10/", "like 500ms"),
            ("10/1", "like 500ms"),
            ("10/0s", "longer than nothing"),
            ("10/20y", "shorter than ten years"),
            ("4000000000/1s", "nanosecond"),
        ] {
            let error = rate(text).unwrap_err();
            assert!(error.contains(message), "{text}: {error}");
        }
    }
}
