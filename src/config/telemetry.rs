//! Settings of logs and traces.

use clap::{Args, ValueEnum};

use super::value::{collector, ratio};

/// Settings of the log, which goes to standard error.
#[derive(Args, Clone, Debug)]
pub struct LogConfig {
    /// Log filter: a level (`error`, `warn`, `info`, `debug`, `trace`) or directives like `warn,bodega=debug`
    #[arg(long, env = "BODEGA_LOG", value_name = "FILTER", default_value = "info", global = true)]
    pub log: String,

    /// Format of log lines
    #[arg(long, env = "BODEGA_LOG_FORMAT", value_name = "FORMAT", default_value = "text", global = true)]
    pub log_format: LogFormat,
}

/// Format of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Human-readable lines
    Text,
    /// One JSON object per line
    Json,
}

/// Settings of traces.
#[derive(Args, Clone, Debug)]
pub struct TraceConfig {
    /// URL of the OpenTelemetry collector for traces (OTLP over HTTP), like `http://localhost:4318`; without it no
    /// traces are sent
    #[arg(
        long,
        env = "OTEL_EXPORTER_OTLP_ENDPOINT",
        value_name = "URL",
        hide_env_values = true,
        value_parser = collector
    )]
    pub otlp_endpoint: Option<String>,

    /// Ratio of traces to send, from 0 to 1, of requests whose client has not decided about sampling
    #[arg(long, env = "BODEGA_OTLP_SAMPLE", value_name = "RATIO", default_value_t = 1.0, value_parser = ratio)]
    pub otlp_sample: f64,

    /// Service name in traces
    #[arg(long, env = "OTEL_SERVICE_NAME", value_name = "NAME", default_value = "bodega")]
    pub otlp_service: String,
}

impl TraceConfig {
    /// The collector's URL, if traces are sent. An empty variable counts as none.
    pub fn endpoint(&self) -> Option<&str> {
        self.otlp_endpoint.as_deref().filter(|url| !url.is_empty())
    }
}
