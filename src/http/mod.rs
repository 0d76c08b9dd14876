//! HTTP: the routes, the GraphQL transport, who a request comes from, health, and the GraphiQL page.

pub mod acceptor;
mod caller;
mod compression;
mod cross_origin;
mod graphiql;
mod graphql;
mod health;
pub mod metrics;
mod reply;
mod shell;
mod trace;

use std::{sync::Arc, time::Duration};

use poem::{Endpoint, EndpointExt, Response, Route, get, middleware::CatchPanic};

pub use cross_origin::Origins;
pub use graphql::{Live, SocketLimits};

use crate::{
    domain::{
        Ports,
        port::{Random, Service},
    },
    graphql::Executor,
};

/// What the routes work with.
#[derive(Clone)]
pub struct State {
    /// Runs operations.
    pub executor: Arc<Executor>,
    /// The running program's parts.
    pub ports: Arc<Ports>,
    /// The services beside the database that `/readyz` asks.
    pub services: Vec<Arc<dyn Service>>,
    /// The connections that stay open.
    pub live: Live,
    /// What is counted, if anybody wants to know.
    pub metrics: Option<Arc<metrics::Metrics>>,
    /// How requests are treated.
    pub settings: Settings,
}

/// How requests are treated.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The most bytes of a request's body.
    pub max_body: usize,
    /// How long a request's body may take to arrive.
    pub body_timeout: Duration,
    /// Other origins whose pages may use the API with their visitors' cookies.
    pub origins: Origins,
    /// How many reverse proxies stand before the server and add to `X-Forwarded-For`.
    pub trusted_proxies: usize,
    /// Whether `/` serves GraphiQL.
    pub graphiql: bool,
    /// The most operations that one request may ask for in a list; 0 where lists are not taken.
    pub max_batch: usize,
    /// What WebSockets and event streams may do.
    pub sockets: SocketLimits,
    /// Whether answers are compressed for clients that accept it.
    pub compression: bool,
}

/// All routes. From the outside in: request id, catching panics, compression, CORS.
pub fn endpoint(state: State) -> impl Endpoint<Output = Response> + 'static {
    let random: Arc<dyn Random> = state.ports.random.clone();
    let clock = state.ports.clock.clone();
    let metrics = state.metrics.clone();
    let origins = state.settings.origins.clone();
    let mut routes = Route::new()
        .at("/graphql", graphql::GraphqlEndpoint::new(state.clone()))
        .at("/healthz", get(health::Alive))
        .at("/readyz", get(health::Ready::new(&state)));
    if state.settings.graphiql {
        routes = routes.at("/", get(graphiql::page)).at("/assets/*path", get(graphiql::asset));
    }
    let routes = routes.catch_all_error(reply::from_error).map_to_response();
    let routes = cross_origin::CrossOrigin::new(routes, origins);
    let routes = compression::Compression::new(routes, state.settings.compression);
    shell::Shell::new(routes.with(CatchPanic::new().with_handler(shell::on_panic)), random, clock, metrics)
}
