//! HTTP: the server, its middleware, the transports of GraphQL, health and metrics, and the GraphiQL page.

mod accepted;
mod caller;
mod connections;
mod graphiql;
mod graphql;
mod host;
mod middleware;
pub mod ops;
mod origin;
mod reply;
mod server;
mod state;

use std::sync::Arc;

use poem::{Endpoint, EndpointExt, Response, Route, get, middleware::CatchPanic};

pub use self::{
    connections::ConnectionRegistry,
    origin::Origins,
    server::{ConnectionLimits, LimitedAcceptor},
    state::{Settings, State},
};
use self::{
    graphql::GraphqlEndpoint,
    host::with_host,
    middleware::{Compression, CrossOrigin, RequestIdEndpoint, on_panic},
    ops::{Metrics, Ready},
};

/// All routes, inside the middleware. From the outside in: request id, panic handler, compression, CORS, `Host`.
pub fn endpoint(state: State, metrics: Option<Arc<Metrics>>) -> impl Endpoint<Output = Response> + 'static {
    let (random, clock) = (state.services.random.clone(), state.services.clock.clone());
    let settings = state.settings.clone();
    let mut routes = Route::new()
        .at("/healthz", get(ops::alive))
        .at("/readyz", get(Ready::new(&state)))
        .at("/graphql", GraphqlEndpoint::new(state));
    if settings.graphiql {
        routes = routes.at("/", get(graphiql::page)).at("/assets/*path", get(graphiql::asset));
    }
    let routes = routes.catch_all_error(reply::from_error).map_to_response().around(with_host);
    let routes = CrossOrigin::new(routes, settings.origins, &settings.cors_headers);
    let routes = Compression::new(routes, settings.compression);
    let routes = routes.with(CatchPanic::new().with_handler(on_panic));
    RequestIdEndpoint::new(routes, random, clock, metrics)
}
