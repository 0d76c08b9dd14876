//! `bodega serve`

use std::io;

use tokio::signal::unix::{SignalKind, signal};

use super::CommandResult;
use crate::{app::App, config::Config};

pub(super) async fn run(config: &Config) -> CommandResult {
    let app = App::build(config).await?;
    let shutdown = shutdown()?;
    if let Some(address) = app.metrics_address() {
        tracing::info!("metrics at http://{address}/metrics");
    }
    tracing::info!("listening on http://{}", app.address);
    app.run(shutdown).await?;
    tracing::info!("stopped");
    Ok(())
}

/// Ends when the process is told to stop: SIGTERM, or Ctrl-C on the terminal.
fn shutdown() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
    })
}
