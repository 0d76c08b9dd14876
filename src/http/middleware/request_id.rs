//! Outermost middleware: gives each request an id, which the response and every log line about it carry, and counts and
//! traces it. Panics become a response too.

use std::{any::Any, sync::Arc};

use poem::{Endpoint, Request, Response, Result, http::HeaderValue};
use tracing::Instrument;

use super::trace;
use crate::{
    domain::kernel::ports::{Clock, Random},
    http::{ops::Metrics, reply::Refusal},
};

const HEADER: &str = "x-request-id";

/// Id of a request: the proxy's if it is 1 to 64 letters, digits, `-` or `_`, else a new one.
#[derive(Clone)]
pub(in crate::http) struct RequestId(pub(in crate::http) Arc<str>);

pub(in crate::http) struct RequestIdEndpoint<E> {
    inner: E,
    random: Arc<dyn Random>,
    clock: Arc<dyn Clock>,
    metrics: Option<Arc<Metrics>>,
}

impl<E> RequestIdEndpoint<E> {
    pub(in crate::http) fn new(
        inner: E,
        random: Arc<dyn Random>,
        clock: Arc<dyn Clock>,
        metrics: Option<Arc<Metrics>>,
    ) -> Self {
        Self { inner, random, clock, metrics }
    }
}

impl<E: Endpoint<Output = Response>> Endpoint for RequestIdEndpoint<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        let id: Arc<str> = match request.header(HEADER).filter(|id| is_usable(id)) {
            Some(id) => id.into(),
            None => self.random.id(self.clock.now()).simple().to_string().into(),
        };
        request.set_data(RequestId(id.clone()));
        let in_flight = self.metrics.as_ref().map(|metrics| metrics.request(request.method()));
        let span = tracing::info_span!("request", id = &*id);
        let trace = trace::span(&request, &span);
        let answer = self.inner.get_response(request).instrument(trace.clone());
        let mut response = answer.instrument(span).await;
        trace::answered(&trace, response.status());
        if let Some(in_flight) = in_flight {
            in_flight.answered(response.status());
        }
        let headers = response.headers_mut();
        if let Ok(value) = HeaderValue::from_str(&id) {
            headers.insert(HEADER, value);
        }
        headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
        Ok(response)
    }
}

fn is_usable(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// Response to a request whose handling panicked. (The panic hook has logged the panic.)
pub(in crate::http) fn on_panic(_: Box<dyn Any + Send>) -> Response {
    Refusal::internal().into()
}
