//! The log: one line an event, to standard error.

use std::io::{self, IsTerminal};

use tracing_subscriber::{
    filter::{ParseError, Targets},
    fmt,
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use crate::config::{LogConfig, LogFormat};

/// Starts the log. Panics are logged like everything else.
pub fn init(config: &LogConfig) -> Result<(), ParseError> {
    // Both report at `info` what our own lines say already.
    let filter: Targets = format!("sea_orm_migration=warn,poem=warn,{}", config.log).parse()?;
    let registry = tracing_subscriber::registry().with(filter);
    match config.log_format {
        LogFormat::Text => {
            let layer =
                fmt::layer().with_writer(io::stderr).with_target(false).with_ansi(io::stderr().is_terminal());
            registry.with(layer).init();
        }
        LogFormat::Json => registry.with(fmt::layer().json().with_writer(io::stderr)).init(),
    }
    std::panic::set_hook(Box::new(|panic| {
        let message = panic.payload_as_str().unwrap_or("(no message)");
        let location = panic.location().map(ToString::to_string);
        tracing::error!(location, message, "panic");
    }));
    Ok(())
}
