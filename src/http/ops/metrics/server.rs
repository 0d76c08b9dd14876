//! The server that Prometheus scrapes.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use poem::{
    Endpoint, EndpointExt, Request, Response, Result, Server,
    http::{Method, StatusCode, header},
};
use tokio::net::TcpListener;

use super::{
    Metrics,
    sample::{self, Sources},
};
use crate::http::{
    host::with_host,
    server::{ConnectionLimits, LimitedAcceptor, OpenConnections},
    state::State,
};

const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Maximum number of connections; only a few programs read metrics.
const MAX_CONNECTIONS: usize = 100;

/// Maximum time for a scrape in flight to end when the server stops.
const GRACE: Duration = Duration::from_secs(1);

pub struct MetricsServer {
    address: SocketAddr,
    acceptor: LimitedAcceptor,
}

impl MetricsServer {
    pub async fn listen(address: SocketAddr, limits: ConnectionLimits) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let limits = ConnectionLimits { max_connections: MAX_CONNECTIONS, ..limits };
        Ok(Self { address: listener.local_addr()?, acceptor: LimitedAcceptor::new(listener, limits)? })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves these metrics and the state of the server at the time of each scrape, until `stop`.
    pub fn run(
        self,
        metrics: Arc<Metrics>,
        state: &State,
        connections: OpenConnections,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> impl Future<Output = io::Result<()>> + Send + 'static {
        let sources = Sources { state: state.clone(), connections };
        let server = Server::new_with_acceptor(self.acceptor);
        let scrape = Scrape { metrics, sources }.around(with_host);
        server.run_with_graceful_shutdown(scrape, stop, Some(GRACE))
    }
}

/// `GET /metrics`, and nothing else.
struct Scrape {
    metrics: Arc<Metrics>,
    sources: Sources,
}

impl Endpoint for Scrape {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        if request.uri().path() != "/metrics" {
            return Ok(StatusCode::NOT_FOUND.into());
        }
        if request.method() != Method::GET {
            return Ok(Response::builder()
                .status(StatusCode::METHOD_NOT_ALLOWED)
                .header(header::ALLOW, "GET")
                .finish());
        }
        let text =
            sample::write(&self.metrics, &self.sources).await.map_err(poem::error::InternalServerError)?;
        Ok(Response::builder().content_type(CONTENT_TYPE).body(text))
    }
}
