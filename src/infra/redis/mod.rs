//! Adapters for several instances, which share their state in Redis 6.2 or later.
//!
//! Keys are `<prefix><what>:{<name>}`: the braces keep all keys of one name on one node of a cluster. Events use the
//! channel `<prefix>events`.

mod attempt_counter;
mod cache;
mod event_bus;
mod rate_limiter;
mod session_store;

use std::time::Duration;

use async_trait::async_trait;
use redis::{
    Client, Cmd, FromRedisValue, Pipeline, RedisError, RedisResult, ScriptInvocation,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use secrecy::{ExposeSecret, SecretString};

pub use self::{
    attempt_counter::RedisAttemptCounter, cache::RedisCache, event_bus::RedisEventBus,
    rate_limiter::RedisRateLimiter, session_store::RedisSessionStore,
};
use crate::domain::kernel::{fault::Fault, ports::Service};

#[derive(Clone, Debug)]
pub struct RedisSettings {
    pub url: SecretString,
    pub key_prefix: String,
    /// Maximum time for one command, including a new connection; after it Redis counts as unavailable.
    pub timeout: Duration,
}

/// A connection that all requests share; it reconnects by itself.
#[derive(Clone)]
pub struct Redis {
    client: Client,
    connection: ConnectionManager,
    key_prefix: String,
    timeout: Duration,
}

impl Redis {
    /// Prepares the connection. It is opened at the first command, so that the server starts without Redis.
    pub fn connect(settings: &RedisSettings) -> RedisResult<Self> {
        let client = Client::open(settings.url.expose_secret())?;
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(settings.timeout))
            .set_response_timeout(Some(settings.timeout))
            .set_number_of_retries(1)
            .set_min_delay(Duration::from_millis(10))
            .set_max_delay(Duration::from_millis(20));
        let connection = ConnectionManager::new_lazy_with_config(client.clone(), config)?;
        Ok(Self { client, connection, key_prefix: settings.key_prefix.clone(), timeout: settings.timeout })
    }

    fn key(&self, what: &str, name: &str) -> String {
        format!("{}{what}:{{{name}}}", self.key_prefix)
    }

    async fn query<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, Fault> {
        let mut connection = self.connection.clone();
        self.within_timeout(command.query_async(&mut connection)).await
    }

    async fn run<T: FromRedisValue>(&self, pipeline: &Pipeline) -> Result<T, Fault> {
        let mut connection = self.connection.clone();
        self.within_timeout(pipeline.query_async(&mut connection)).await
    }

    async fn invoke<T: FromRedisValue>(&self, script: &ScriptInvocation<'_>) -> Result<T, Fault> {
        let mut connection = self.connection.clone();
        self.within_timeout(script.invoke_async(&mut connection)).await
    }

    async fn within_timeout<T>(&self, answer: impl Future<Output = RedisResult<T>>) -> Result<T, Fault> {
        match tokio::time::timeout(self.timeout, answer).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) if is_defect(&error) => Err(Fault::internal(error)),
            Ok(Err(error)) => Err(Fault::unavailable("redis", error)),
            Err(elapsed) => Err(Fault::unavailable("redis", elapsed)),
        }
    }
}

/// Whether the error is a defect of the program, not of the connection or the server.
fn is_defect(error: &RedisError) -> bool {
    use redis::ErrorKind::{InvalidClientConfig, Parse, UnexpectedReturnType};
    matches!(error.kind(), InvalidClientConfig | Parse | UnexpectedReturnType)
}

#[async_trait]
impl Service for Redis {
    fn name(&self) -> &'static str {
        "redis"
    }

    /// Asks twice: the first command on a connection that broke finds that out, and has it opened anew.
    async fn ping(&self) -> Result<(), Fault> {
        let ping = redis::cmd("PING");
        match self.query(&ping).await {
            Err(Fault::Unavailable { .. }) => self.query(&ping).await,
            answer => answer,
        }
    }
}
