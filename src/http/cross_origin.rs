//! Which pages of other origins may use the API ([Fetch, CORS protocol](https://fetch.spec.whatwg.org/#http-cors-protocol)).
//!
//! Pages of allowed origins get CORS headers; all others get none, so that browsers keep the answers from them. A request
//! with the session's cookie is refused unless it comes from our own origin, an allowed one, or no page at all.

use std::sync::Arc;

use poem::{
    Endpoint, EndpointExt, Request, Response, Result,
    http::{Method, header},
    middleware::{Cors, CorsEndpoint},
};

/// The origins that are allowed, like `https://shop.example`.
#[derive(Clone, Debug, Default)]
pub struct Origins(Arc<[String]>);

impl FromIterator<String> for Origins {
    fn from_iter<T: IntoIterator<Item = String>>(origins: T) -> Self {
        Self(origins.into_iter().collect())
    }
}

impl Origins {
    fn contains(&self, origin: &str) -> bool {
        self.0.iter().any(|allowed| allowed == origin)
    }

    /// Whether a request may use its cookie, and open a WebSocket: it names an allowed origin, the one that it was sent to, or none (only
    /// browsers send the header, and they send it with every POST).
    pub(super) fn may_be_used_by(&self, request: &Request) -> bool {
        let Some(origin) = request.headers().get(header::ORIGIN) else { return true };
        // HTTP/2 has the host in the request's target.
        let host =
            request.header(header::HOST).or_else(|| request.uri().authority().map(|host| host.as_str()));
        let is_allowed = |origin| self.contains(origin) || is_own(origin, host);
        origin.to_str().is_ok_and(is_allowed)
    }
}

fn is_own(origin: &str, host: Option<&str>) -> bool {
    let authority = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    authority.is_some() && authority == host
}

/// Adds CORS headers for allowed origins.
pub(super) struct CrossOrigin<E> {
    origins: Origins,
    plain: Arc<E>,
    allowed: CorsEndpoint<Arc<E>>,
}

impl<E: Endpoint<Output = Response>> CrossOrigin<E> {
    pub(super) fn new(inner: E, origins: Origins) -> Self {
        let plain = Arc::new(inner);
        let cors = Cors::new()
            .allow_origins_fn(|_| true)
            .allow_credentials(true)
            .allow_methods([Method::POST, Method::GET, Method::PUT, Method::DELETE])
            .allow_headers([
                "content-type",
                "authorization",
                "accept",
                "x-graphql-cost",
                "x-graphql-event-stream-token",
            ])
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_origin_is_the_host_that_was_asked() {
        assert!(is_own("http://127.0.0.1:8000", Some("127.0.0.1:8000")));
        assert!(is_own("https://shop.example", Some("shop.example")));
        for (origin, host) in [
            ("https://evil.example", Some("shop.example")),
            ("null", Some("null")),
            ("https://shop.example", None),
            ("shop.example", Some("shop.example")),
        ] {
            assert!(!is_own(origin, host), "{origin} {host:?}");
        }
    }
}
