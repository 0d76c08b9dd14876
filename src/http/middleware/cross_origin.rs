//! Adds CORS headers for pages of allowed origins
//! ([Fetch, CORS protocol](https://fetch.spec.whatwg.org/#http-cors-protocol)).
//!
//! Pages of other origins get none, so browsers withhold the responses from them. Requests with the session's cookie are
//! checked elsewhere ([`Origins::allows`]): they are rejected unless they come from the server's own origin, an allowed
//! one, or no page at all.

use poem::{
    Endpoint, Request, Response, Result,
    http::{HeaderName, HeaderValue, Method, header},
};

use crate::http::origin::Origins;

/// Request headers that pages may send: those of the server, of W3C Trace Context, and of Apollo's clients.
const ALLOWED_HEADERS: &str = "content-type, authorization, accept, x-request-id, x-graphql-cost, \
    traceparent, tracestate, baggage, apollographql-client-name, \
    apollographql-client-version, apollo-require-preflight, x-apollo-operation-name, x-apollo-operation-type, \
    x-apollo-operation-id";

/// Response headers that pages may read.
const EXPOSED_HEADERS: &str = "x-request-id, ratelimit, ratelimit-policy, retry-after";

/// Endpoint that adds CORS headers for allowed origins.
pub(in crate::http) struct CrossOrigin<E> {
    inner: E,
    origins: Origins,
    allowed_headers: HeaderValue,
}

impl<E: Endpoint<Output = Response>> CrossOrigin<E> {
    /// Pages of `origins` may send `headers` and [`ALLOWED_HEADERS`].
    pub(in crate::http) fn new(inner: E, origins: Origins, headers: &[HeaderName]) -> Self {
        let names = headers.iter().fold(ALLOWED_HEADERS.to_owned(), |names, name| format!("{names}, {name}"));
        #[allow(clippy::expect_used, reason = "names of headers can stand in one")]
        let allowed_headers = names.try_into().expect("header names are ASCII");
        Self { inner, origins, allowed_headers }
    }
}

impl<E: Endpoint<Output = Response>> Endpoint for CrossOrigin<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let origin = request.headers().get(header::ORIGIN).cloned();
        let Some(origin) = origin.filter(|origin| origin.to_str().is_ok_and(|it| self.origins.contains(it)))
        else {
            return self.inner.call(request).await;
        };
        let is_preflight = request.method() == Method::OPTIONS
            && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        let mut response =
            if is_preflight { Response::default() } else { self.inner.get_response(request).await };
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        let vary = headers.get(header::VARY).and_then(|vary| vary.to_str().ok());
        let vary = vary.map_or_else(|| "Origin".to_owned(), |vary| format!("{vary}, Origin"));
        if let Ok(vary) = vary.try_into() {
            headers.insert(header::VARY, vary);
        }
        if is_preflight {
            let methods = HeaderValue::from_static("POST, GET, PUT, DELETE");
            headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, self.allowed_headers.clone());
            headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("7200"));
        } else {
            let exposed = HeaderValue::from_static(EXPOSED_HEADERS);
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
        }
        Ok(response)
    }
}
