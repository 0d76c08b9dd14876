//! The server that Prometheus scrapes.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use poem::{
    Endpoint, EndpointExt, Request, Response, Result, Server,
    http::{Method, StatusCode, header},
};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

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

/// A server that listens, but does not answer yet.
pub struct MetricsServer {
    address: SocketAddr,
    acceptor: LimitedAcceptor,
}

/// A running metrics server.
pub struct MetricsServerHandle {
    stop: CancellationToken,
    task: JoinHandle<io::Result<()>>,
}

impl MetricsServer {
    /// Listens on this address.
    pub async fn listen(address: SocketAddr, limits: ConnectionLimits) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let limits = ConnectionLimits { max_connections: MAX_CONNECTIONS, ..limits };
        Ok(Self { address: listener.local_addr()?, acceptor: LimitedAcceptor::new(listener, limits)? })
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves these metrics and the state of the server at the time of each scrape.
    pub fn start(
        self,
        metrics: Arc<Metrics>,
        state: &State,
        connections: OpenConnections,
    ) -> MetricsServerHandle {
        let sources = Sources {
            db: state.services.db.clone(),
            backing_services: state.backing_services.clone(),
            sockets: state.connections.clone(),
            connections,
        };
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        let server = Server::new_with_acceptor(self.acceptor);
        let scrape = Scrape { metrics, sources }.around(with_host);
        let task = tokio::spawn(server.run_with_graceful_shutdown(scrape, stopped, Some(GRACE)));
        MetricsServerHandle { stop, task }
    }
}

impl MetricsServerHandle {
    /// Stops the server and waits for its end.
    pub async fn stop(self) -> io::Result<()> {
        self.stop.cancel();
        self.task.await?
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
