//! State that the endpoints share, and the settings of the HTTP layer.

use std::{sync::Arc, time::Duration};

use poem::http::HeaderName;

use super::{connections::ConnectionRegistry, origin::Origins};
use crate::{
    domain::{context::Services, kernel::ports::Service},
    graphql::engine::Executor,
};

/// State that the endpoints share.
#[derive(Clone)]
pub struct State {
    /// Runs operations.
    pub executor: Arc<Executor>,
    /// Services of the domain.
    pub services: Arc<Services>,
    /// Services that `/readyz` checks in addition to the database.
    pub backing_services: Vec<Arc<dyn Service>>,
    /// Open WebSockets and event streams.
    pub connections: ConnectionRegistry,
    /// Settings of the HTTP layer.
    pub settings: Settings,
}

/// Settings of the HTTP layer.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Maximum size of a request body, in bytes.
    pub max_body: usize,
    /// Maximum time for a request body to arrive.
    pub body_timeout: Duration,
    /// Other origins whose pages may use the API with their visitors' cookies.
    pub origins: Origins,
    /// Further request headers that those pages may send.
    pub cors_headers: Vec<HeaderName>,
    /// Number of reverse proxies in front of the server that add to `X-Forwarded-For`.
    pub trusted_proxies: usize,
    /// Whether `/` serves GraphiQL.
    pub graphiql: bool,
    /// Maximum number of operations in a batch; 0 rejects batches.
    pub max_batch: usize,
    /// Limits of WebSockets and event streams.
    pub sockets: SocketLimits,
    /// Whether responses are compressed for clients that accept it.
    pub compression: bool,
}

/// Limits of one WebSocket or event stream.
#[derive(Clone, Copy, Debug)]
pub struct SocketLimits {
    /// Maximum number of operations at once.
    pub max_operations: usize,
    /// Maximum time from the opening of a WebSocket to its `connection_init` message.
    pub init_timeout: Duration,
    /// Interval of keep-alive messages. A WebSocket client that is silent for two intervals is disconnected.
    pub keep_alive: Duration,
    /// Maximum time for a WebSocket client to receive one message.
    pub send_timeout: Duration,
}
