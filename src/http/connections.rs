//! Open WebSockets and event streams: their number per viewer, and their end when the server stops. poem counts
//! connections and stops its own, but knows no viewers, and forgets a connection that has become a WebSocket.

use std::time::Duration;

use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::domain::{
    context::OpContext,
    identity::Viewer,
    rate_limit::{Slot, Slots},
};

/// Maximum time for operations to send their last results after their session has ended.
pub(super) const DRAIN_TIMEOUT: Duration = Duration::from_millis(200);

#[derive(Clone)]
pub struct ConnectionRegistry {
    max_per_viewer: usize,
    open: Slots,
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// The viewer has reached the maximum number of connections, given here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooMany(pub(super) usize);

impl ConnectionRegistry {
    pub fn new(max_per_viewer: usize) -> Self {
        let (open, stop, tasks) = (Slots::default(), CancellationToken::new(), TaskTracker::new());
        Self { max_per_viewer, open, stop, tasks }
    }

    pub fn stop(&self) {
        self.stop.cancel();
        self.tasks.close();
    }

    /// Waits until all connections have ended, at most for `grace`.
    pub async fn stopped(&self, grace: Duration) {
        if tokio::time::timeout(grace, self.tasks.wait()).await.is_err() {
            tracing::warn!(
                connections = self.tasks.len(),
                "connections are still open after the grace period"
            );
        }
    }

    pub fn count(&self) -> usize {
        self.open.taken()
    }

    /// Counts a connection of the caller. Anonymous callers that are exempt from rate limits are not limited here either:
    /// all of them may share one address.
    pub(super) fn enter(&self, ctx: &OpContext) -> Result<Slot, TooMany> {
        let (key, is_exempt) = match ctx.cached_viewer() {
            Some(Viewer::Account(viewer)) => (viewer.account.id.0.to_string(), false),
            Some(Viewer::ApiClient(client)) => (client.key.id.0.to_string(), false),
            Some(Viewer::Anonymous) | None => (ctx.caller().network(), ctx.counted_caller().is_none()),
        };
        let max = if is_exempt { usize::MAX } else { self.max_per_viewer };
        self.open.take(key, max).ok_or(TooMany(max))
    }

    pub(super) fn stopping(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Runs a connection that [`ConnectionRegistry::stopped`] waits for.
    pub(super) fn spawn(&self, connection: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(connection);
    }
}
