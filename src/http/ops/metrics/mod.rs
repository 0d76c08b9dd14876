//! Metrics for Prometheus, at an address of their own: they are not for the public.
//!
//! The registry is `prometheus-client`'s: typed, one per server rather than per process, and bounded by the number of
//! label values however seldom it is scraped. (The `metrics` crate has one recorder per process, and its exporter keeps
//! every sample of a histogram until it is drained.) Values that need no counting are read during the scrape, in
//! [`sample`].

mod names;
#[cfg(target_os = "linux")]
mod process;
mod sample;
mod server;

use std::sync::Arc;

use poem::http::{Method, StatusCode};
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};

use self::names::Names;
pub use self::server::MetricsServer;
use crate::graphql::engine::{Observer, OperationRecord, code};

/// Buckets in seconds: from a cached result to the timeout of operations.
const BUCKETS: [f64; 13] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0];

pub struct Metrics {
    registry: Registry,
    names: Names,
    operations: Family<OperationLabels, Counter>,
    durations: Family<Label, Histogram, fn() -> Histogram>,
    cost: Family<Label, Counter>,
    errors: Family<Label, Counter>,
    requests: Family<RequestLabels, Counter>,
    in_flight: Gauge,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OperationLabels {
    operation: Arc<str>,
    kind: &'static str,
    outcome: &'static str,
}

/// The only label of a metric, with its name.
type Label = [(&'static str, &'static str); 1];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    status: u16,
}

impl Default for Metrics {
    fn default() -> Self {
        let histogram: fn() -> Histogram = || Histogram::new(BUCKETS);
        let mut metrics = Self {
            registry: Registry::default(),
            names: Names::default(),
            operations: Family::default(),
            durations: Family::new_with_constructor(histogram),
            cost: Family::default(),
            errors: Family::default(),
            requests: Family::default(),
            in_flight: Gauge::default(),
        };
        metrics.register();
        metrics
    }
}

impl Metrics {
    fn register(&mut self) {
        let bodega = self.registry.sub_registry_with_prefix("bodega");
        bodega.register("graphql_operations", "Finished operations", self.operations.clone());
        bodega.register_with_unit(
            "graphql_operation_duration",
            "Duration of operations; of subscriptions until they end",
            Unit::Seconds,
            self.durations.clone(),
        );
        bodega.register("graphql_cost_points", "Cost points of operations", self.cost.clone());
        bodega.register(
            "graphql_errors",
            "Operations that failed or were rejected, by the code of their first error",
            self.errors.clone(),
        );
        bodega.register("http_requests", "Answered requests", self.requests.clone());
        bodega.register("http_requests_in_flight", "Requests in flight", self.in_flight.clone());
    }

    /// Counts a request as in flight until the returned value is dropped.
    pub(in crate::http) fn request(&self, method: &Method) -> InFlight<'_> {
        self.in_flight.inc();
        InFlight { metrics: self, method: known_method(method) }
    }
}

pub(in crate::http) struct InFlight<'a> {
    metrics: &'a Metrics,
    method: &'static str,
}

impl InFlight<'_> {
    pub(in crate::http) fn answered(self, status: StatusCode) {
        let labels = RequestLabels { method: self.method, status: status.as_u16() };
        self.metrics.requests.get_or_create(&labels).inc();
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.metrics.in_flight.dec();
    }
}

impl Observer for Metrics {
    fn trusted(&self, name: &str) {
        self.names.trust(name);
    }

    fn rejected(&self, code: Option<&str>) {
        self.errors.get_or_create(&[("code", known_code(code))]).inc();
    }

    fn operation(&self, record: &OperationRecord<'_>) {
        let kind = [("kind", record.kind())];
        self.durations.get_or_create(&kind).observe(record.time.as_secs_f64());
        self.cost.get_or_create(&kind).inc_by(record.cost as u64);
        let outcome = record.code.map_or("OK", |code| known_code(Some(code)));
        if record.code.is_some() {
            self.rejected(record.code);
        }
        let operation = self.names.label(record.name, record.code.is_none());
        self.operations.get_or_create(&OperationLabels { operation, kind: record.kind(), outcome }).inc();
    }
}

/// The code as a label, whose values are a closed set.
fn known_code(code: Option<&str>) -> &'static str {
    code::ALL.iter().find(|known| Some(**known) == code).copied().unwrap_or("OTHER")
}

/// The method as a label: clients may send any word as method.
pub(in crate::http) fn known_method(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["POST", "GET", "OPTIONS", "HEAD", "PUT", "DELETE", "PATCH"];
    KNOWN.iter().find(|known| **known == method.as_str()).copied().unwrap_or("other")
}
