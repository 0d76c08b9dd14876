//! What the program tells of itself: the log, one line an event, to standard error; and traces, if they are wanted.

mod collector;
mod traces;
mod writer;

use std::io::{self, IsTerminal};

use tracing::Subscriber;
use tracing_subscriber::{
    Layer,
    filter::{ParseError, Targets},
    fmt,
    layer::SubscriberExt,
    registry::LookupSpan,
    util::SubscriberInitExt,
};

pub use self::traces::TracesError;
use self::{traces::Traces, writer::Writer};
use crate::config::{LogConfig, LogFormat, TraceConfig};

/// What is told until the program ends.
#[must_use]
pub struct Telemetry {
    traces: Option<Traces>,
    lines: Writer,
}

/// Why nothing can be told.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// What is to be logged cannot be understood.
    #[error("--log (BODEGA_LOG): {0}")]
    Filter(#[from] ParseError),
    /// The log's thread cannot be started.
    #[error("cannot start the log")]
    Log(#[from] io::Error),
    /// Traces cannot be sent.
    #[error("--otlp-endpoint (OTEL_EXPORTER_OTLP_ENDPOINT): {0}")]
    Traces(#[from] TracesError),
}

/// Starts the log, and traces if these settings say where they are sent. Panics are logged like everything else.
///
/// Without traces the log's filter is everybody's: spans at `debug` are refused by the level, before anything else is
/// asked, and cost nothing. With them the log keeps its filter for itself.
pub fn init(log: &LogConfig, traces: Option<&TraceConfig>) -> Result<Telemetry, TelemetryError> {
    // These report at `info` what our own lines and spans say already.
    let filter = format!("sea_orm=warn,sea_orm_migration=warn,poem=warn,{}", log.log);
    // Whatever is asked for: these write down what clients send, passwords and tokens among it.
    let filter: Targets =
        format!("{filter},tungstenite=info,tokio_tungstenite=info,hyper=info,h2=info").parse()?;
    let traces = traces.map(Traces::start).transpose()?.flatten();
    let writer = Writer::start()?;
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
    Ok(Telemetry { traces, lines: writer })
}

impl Telemetry {
    /// Sends what has not been sent yet, for a moment at most.
    pub async fn end(mut self) {
        if let Some(traces) = self.traces.take() {
            traces.end().await;
        }
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        self.lines.flush();
    }
}

/// The log's lines.
fn lines<S>(format: LogFormat, writer: &Writer) -> Box<dyn Layer<S> + Send + Sync>
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
