//! The log, one line per event, to standard error; and traces, if they are configured.

mod collector;
mod traces;

use std::io::{self, BufWriter, IsTerminal};

use self::traces::Traces;
use crate::config::{LogConfig, LogFormat, TraceConfig};
use opentelemetry_otlp::ExporterBuildError;
use tracing::Subscriber;
use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::{
    Layer,
    filter::{ParseError, Targets},
    fmt,
    layer::SubscriberExt,
    registry::LookupSpan,
    util::SubscriberInitExt,
};

/// Maximum number of bytes that are written to standard error at once.
const WRITE_SIZE: usize = 32 * 1024;

#[must_use]
pub struct Telemetry {
    traces: Option<Traces>,
    lines: NonBlocking,
    /// Writes remaining lines when it is dropped.
    _writer: WorkerGuard,
}

#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    #[error("--log (BODEGA_LOG): {0}")]
    Filter(#[from] ParseError),
    #[error("--otlp-endpoint (OTEL_EXPORTER_OTLP_ENDPOINT): {0}")]
    Exporter(#[from] ExporterBuildError),
    #[error(
        "--otlp-endpoint (OTEL_EXPORTER_OTLP_ENDPOINT): https needs this machine's root certificates, which cannot be \
         read: {0}"
    )]
    NoRoots(#[from] io::Error),
}

/// Starts the log, and traces if these settings name a collector. Panics are logged, too.
///
/// Without traces the log's filter is global: spans at `debug` are rejected by their level at once and cost nothing.
/// With traces the filter applies to the log only.
pub fn init(log: &LogConfig, traces: Option<&TraceConfig>) -> Result<Telemetry, TelemetryError> {
    // These log at `info` what our own lines and spans contain already.
    let filter = format!("sea_orm=warn,sea_orm_migration=warn,poem=warn,{}", log.log);
    // Off whatever the filter says: these log what clients send, including passwords and tokens.
    let filter: Targets =
        format!("{filter},tungstenite=info,tokio_tungstenite=info,hyper=info,h2=info").parse()?;
    let traces = traces.map(Traces::start).transpose()?.flatten();
    // Lines are written many at once when there are many, and dropped once 128,000 wait for standard error.
    let (writer, guard) = NonBlockingBuilder::default()
        .thread_name("log")
        .finish(BufWriter::with_capacity(WRITE_SIZE, io::stderr()));
    match &traces {
        None => tracing_subscriber::registry().with(filter).with(lines(log.log_format, &writer)).init(),
        Some(traces) => tracing_subscriber::registry()
            .with(lines(log.log_format, &writer).with_filter(filter))
            .with(traces.layer())
            .init(),
    }
    std::panic::set_hook(Box::new(|panic| {
        let message = panic.payload_as_str().unwrap_or("(no message)");
        let location = panic.location().map(ToString::to_string);
        tracing::error!(location, message, "panic");
    }));
    Ok(Telemetry { traces, lines: writer, _writer: guard })
}

impl Telemetry {
    /// Sends remaining spans and log lines, within the exporter's timeout.
    pub async fn end(mut self) {
        if let Some(traces) = self.traces.take() {
            traces.end().await;
        }
        let dropped = self.lines.error_counter().dropped_lines();
        if dropped > 0 {
            tracing::warn!(dropped, "standard error took log lines too slowly");
        }
    }
}

fn lines<S>(format: LogFormat, writer: &NonBlocking) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let layer = fmt::layer().with_writer(writer.clone());
    match format {
        LogFormat::Text => layer.with_target(false).with_ansi(io::stderr().is_terminal()).boxed(),
        // `spans` alone, from the outside in: its first always holds the request's id.
        LogFormat::Json => layer.json().flatten_event(true).with_current_span(false).boxed(),
    }
}
