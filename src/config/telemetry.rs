//! What is logged and traced.

use clap::{Args, ValueEnum};

use super::value::{collector, ratio};

/// What is written to standard error.
#[derive(Args, Clone, Debug)]
pub struct LogConfig {
    /// What is logged: a level (`error`, `warn`, `info`, `debug`, `trace`) or directives like `warn,bodega=debug`
    #[arg(long, env = "BODEGA_LOG", value_name = "FILTER", default_value = "info", global = true)]
    pub log: String,

    /// How log lines are written
    #[arg(long, env = "BODEGA_LOG_FORMAT", value_name = "FORMAT", default_value = "text", global = true)]
    pub log_format: LogFormat,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, for programs.
    Json,
}

/// Where traces are sent.
#[derive(Args, Clone, Debug)]
pub struct TraceConfig {
    /// The OpenTelemetry collector that traces are sent to over HTTP, like `http://localhost:4318`; without it there are
    /// none
    #[arg(
        long,
        env = "OTEL_EXPORTER_OTLP_ENDPOINT",
        value_name = "URL",
        hide_env_values = true,
        value_parser = collector
    )]
    pub otlp_endpoint: Option<String>,

    /// How many of the requests that nobody has decided about yet are traced: 1.0 for all, 0.1 for a tenth
    #[arg(long, env = "BODEGA_OTLP_SAMPLE", value_name = "RATIO", default_value_t = 1.0, value_parser = ratio)]
    pub otlp_sample: f64,

    /// What the server is called in traces
    #[arg(long, env = "OTEL_SERVICE_NAME", value_name = "NAME", default_value = "bodega")]
    pub otlp_service: String,
}

impl TraceConfig {
    /// Where traces are sent, if they are. A variable that is set to nothing means nowhere.
    pub fn endpoint(&self) -> Option<&str> {
        self.otlp_endpoint.as_deref().filter(|url| !url.is_empty())
    }
}
