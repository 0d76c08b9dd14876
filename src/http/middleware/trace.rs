//! The span of a request in traces, a child of the client's span if the request names one ([Trace
//! Context](https://www.w3.org/TR/trace-context/)).
//!
//! It is inside the span that gives log lines their request id, and exists only if traces are sent or the log is at
//! `debug`.

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry_http::HeaderExtractor;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use poem::{Request, http::StatusCode};
use tracing::{Span, field::Empty};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::http::ops::known_method;

/// Paths that appear in span names; others would make too many names.
const ROUTES: [&str; 4] = ["/graphql", "/", "/healthz", "/readyz"];

pub(super) fn span(request: &Request, log: &Span) -> Span {
    let span = tracing::debug_span!(
        parent: log,
        "http",
        otel.name = name(request),
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = known_method(request.method()),
        url.path = request.uri().path(),
        http.response.status_code = Empty,
    );
    if !span.is_disabled() && request.headers().contains_key("traceparent") {
        let parent = TraceContextPropagator::new().extract(&HeaderExtractor(request.headers()));
        // Fails if no traces are sent.
        let _ = span.set_parent(parent);
    }
    span
}

fn name(request: &Request) -> String {
    let method = known_method(request.method());
    match ROUTES.iter().find(|route| **route == request.uri().path()) {
        Some(route) => format!("{method} {route}"),
        None => method.to_owned(),
    }
}

pub(super) fn answered(span: &Span, status: StatusCode) {
    span.record("http.response.status_code", status.as_u16());
    if status.is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
}
