//! State that the endpoints share, and the settings of the HTTP layer.

use std::{sync::Arc, time::Duration};

use clap::{ArgAction, Args};
use poem::http::HeaderName;

use super::{connections::ConnectionRegistry, origin::Origins};
use crate::{
    domain::{context::Services, kernel::ports::Service},
    graphql::engine::Executor,
};

#[derive(Clone)]
pub struct State {
    pub executor: Arc<Executor>,
    pub services: Arc<Services>,
    /// Services that `/readyz` checks in addition to the database.
    pub backing_services: Vec<Arc<dyn Service>>,
    pub connections: ConnectionRegistry,
    pub settings: Settings,
}

/// Settings of the HTTP layer. What has no flag is constant.
#[derive(Args, Clone, Debug)]
pub struct Settings {
    /// Number of reverse proxies in front of the server; their `X-Forwarded-For` then gives the client's address
    #[arg(long, env = "BODEGA_TRUSTED_PROXIES", value_name = "N", default_value_t = 0)]
    pub trusted_proxies: usize,
    /// Serve GraphiQL, the page to explore the API with, at `/`
    #[arg(long, env = "BODEGA_GRAPHIQL", value_name = "BOOL", default_value_t = true, action = ArgAction::Set)]
    pub graphiql: bool,
    /// Maximum size of a request's body, in bytes
    #[arg(long, env = "BODEGA_MAX_BODY", value_name = "BYTES", default_value_t = 256 * 1024)]
    pub max_body: usize,
    /// Maximum number of operations in one request, as Apollo's batch link sends them; 0 rejects batches
    #[arg(long, env = "BODEGA_MAX_BATCH", value_name = "N", default_value_t = 0)]
    pub max_batch: usize,
    /// Compress responses for clients that accept it; `false` where a proxy does it
    #[arg(long, env = "BODEGA_COMPRESSION", value_name = "BOOL", default_value_t = true, action = ArgAction::Set)]
    pub compression: bool,
    /// Maximum number of open WebSockets and event streams per account, or per network address without a session
    #[arg(long, env = "BODEGA_MAX_SOCKETS", value_name = "N", default_value_t = 100)]
    pub max_sockets: usize,
    /// Other origins whose pages may use the API with their visitors' cookies.
    #[arg(skip)]
    pub origins: Origins,

    /// Further request headers that those pages may send.
    #[arg(skip)]
    pub cors_headers: Vec<HeaderName>,

    /// Maximum time for a request's body to arrive.
    #[arg(skip = Duration::from_secs(15))]
    pub body_timeout: Duration,
    #[arg(skip)]
    pub sockets: SocketLimits,
}

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

impl Default for SocketLimits {
    fn default() -> Self {
        let [init_timeout, keep_alive, send_timeout] = [5, 15, 10].map(Duration::from_secs);
        Self { max_operations: 50, init_timeout, keep_alive, send_timeout }
    }
}
