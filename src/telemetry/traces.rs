//! Traces: the spans of requests, operations, domain functions and SQL statements, sent to an OpenTelemetry collector
//! by a thread of their own. If it lags behind, spans are dropped; nothing waits for it.

use std::time::Duration;

use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{
    Resource,
    trace::{Sampler, SdkTracerProvider},
};
use tracing::{Level, Metadata, Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{Layer, filter::filter_fn, registry::LookupSpan};

use super::{TelemetryError, collector::Collector};
use crate::config::TraceConfig;

/// Maximum time that the end of the program waits for the collector.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(2);

pub(super) struct Traces {
    provider: SdkTracerProvider,
}

impl Traces {
    /// Starts the exporter, if the settings name a collector.
    pub(super) fn start(config: &TraceConfig) -> Result<Option<Self>, TelemetryError> {
        let Some(base) = config.endpoint() else { return Ok(None) };
        let endpoint = format!("{}/v1/traces", base.trim_end_matches('/'));
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Collector::new(&endpoint)?)
            .with_endpoint(endpoint)
            .with_protocol(Protocol::HttpBinary)
            .build()?;
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(config.otlp_sample))))
            .with_resource(Resource::builder().with_service_name(config.otlp_service.clone()).build())
            .build();
        Ok(Some(Self { provider }))
    }

    pub(super) fn layer<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.provider.tracer("bodega"))
            .with_context_activation(false)
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_filter(filter_fn(is_traced).with_max_level_hint(LevelFilter::DEBUG))
    }

    pub(super) async fn end(self) {
        // The call blocks its thread while another task of this runtime sends the request.
        let ended =
            tokio::task::spawn_blocking(move || self.provider.shutdown_with_timeout(DRAIN_TIMEOUT)).await;
        if !matches!(ended, Ok(Ok(()))) {
            tracing::warn!("the last traces were not sent");
        }
    }
}

/// Our own spans and what is logged inside them, and the statements of SeaORM's transactions. Neither the log's own
/// span, whose place `http` takes, nor its line of an operation, which says what the span of the operation does.
fn is_traced(metadata: &Metadata<'_>) -> bool {
    let target = metadata.target();
    match target.split("::").next() {
        Some("bodega") => {
            *metadata.level() <= Level::DEBUG && metadata.name() != "request" && target != "bodega::operation"
        }
        Some("sea_orm") => *metadata.level() <= Level::INFO && metadata.is_span(),
        _ => false,
    }
}
