//! What surrounds every request: an id that stands in the answer and in every line of the log about it, and an answer
//! even when the program panics.

use std::{any::Any, sync::Arc};

use poem::{Endpoint, Request, Response, Result, http::HeaderValue};
use tracing::Instrument;

use super::{metrics::Metrics, reply::Refusal, trace};
use crate::domain::port::{Clock, Random};

const HEADER: &str = "x-request-id";

/// The request's id: the one that a proxy gave it if that is 1 to 64 letters, digits, `-` or `_`, else one of ours.
#[derive(Clone)]
pub(super) struct RequestId(pub(super) Arc<str>);

/// The outermost endpoint.
pub(super) struct Shell<E> {
    inner: E,
    random: Arc<dyn Random>,
    clock: Arc<dyn Clock>,
    metrics: Option<Arc<Metrics>>,
}

impl<E> Shell<E> {
    pub(super) fn new(
        inner: E,
        random: Arc<dyn Random>,
        clock: Arc<dyn Clock>,
        metrics: Option<Arc<Metrics>>,
    ) -> Self {
        Self { inner, random, clock, metrics }
    }
}

impl<E: Endpoint<Output = Response>> Endpoint for Shell<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        let id: Arc<str> = match request.header(HEADER).filter(|id| is_usable(id)) {
            Some(id) => id.into(),
            None => self.random.id(self.clock.now()).simple().to_string().into(),
        };
        request.set_data(RequestId(id.clone()));
        let under_way = self.metrics.as_ref().map(|metrics| metrics.request(request.method()));
        let span = tracing::info_span!("request", id = &*id);
        let trace = trace::span(&request, &span);
        let answer = self.inner.get_response(request).instrument(trace.clone());
        let mut response = answer.instrument(span).await;
        trace::answered(&trace, response.status());
        if let Some(under_way) = under_way {
            under_way.answered(response.status());
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

/// The answer to a request whose handling panicked. (The panic itself was logged by the panic hook.)
pub(super) fn on_panic(_: Box<dyn Any + Send>) -> Response {
    Refusal::internal().into()
}
