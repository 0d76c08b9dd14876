//! Adds CORS headers for pages of allowed origins
//! ([Fetch, CORS protocol](https://fetch.spec.whatwg.org/#http-cors-protocol)).
//!
//! Pages of other origins get none, so browsers withhold the responses from them. Requests with the session's cookie are
//! checked elsewhere ([`Origins::allows`]): they are rejected unless they come from the server's own origin, an allowed
//! one, or no page at all.

use std::sync::Arc;

use poem::{
    Endpoint, EndpointExt, Request, Response, Result,
    http::{Method, header},
    middleware::{Cors, CorsEndpoint},
};

use crate::http::origin::Origins;

pub(in crate::http) struct CrossOrigin<E> {
    origins: Origins,
    /// Without CORS headers.
    plain: Arc<E>,
    /// With CORS headers.
    allowed: CorsEndpoint<Arc<E>>,
}

impl<E: Endpoint<Output = Response>> CrossOrigin<E> {
    pub(in crate::http) fn new(inner: E, origins: Origins) -> Self {
        let plain = Arc::new(inner);
        let cors = Cors::new()
            .allow_origins_fn(|_| true)
            .allow_credentials(true)
            .allow_methods([Method::POST, Method::GET])
            .allow_headers(["content-type", "authorization", "accept", "x-graphql-cost"])
            .expose_headers(["x-request-id", "ratelimit", "ratelimit-policy", "retry-after"]);
        Self { origins, allowed: plain.clone().with(cors), plain }
    }
}

impl<E: Endpoint<Output = Response>> Endpoint for CrossOrigin<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        match request.header(header::ORIGIN) {
            Some(origin) if self.origins.contains(origin) => self.allowed.call(request).await,
            _ => self.plain.call(request).await,
        }
    }
}
