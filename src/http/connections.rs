//! Open WebSockets and event streams: their number per viewer, and their end when the server stops.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;

use crate::domain::{context::OpContext, identity::Viewer};

/// Maximum time for operations to send their last results after their session has ended.
pub(super) const DRAIN_TIMEOUT: Duration = Duration::from_millis(200);

#[derive(Clone)]
pub struct ConnectionRegistry {
    counts: Arc<ConnectionCounts>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// Numbers of open connections; viewers without one have no entry.
struct ConnectionCounts {
    max_per_viewer: usize,
    open: Mutex<HashMap<Owner, usize>>,
}

/// Whose limit a connection counts against.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Owner {
    Viewer(Uuid),
    /// Anonymous callers of one network.
    Network(String),
}

/// One open connection. Dropping it frees the slot.
pub(super) struct ConnectionSlot {
    counts: Arc<ConnectionCounts>,
    owner: Owner,
}

/// The viewer has reached the maximum number of connections, given here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooMany(pub(super) usize);

impl ConnectionRegistry {
    pub fn new(max_per_viewer: usize) -> Self {
        let counts = ConnectionCounts { max_per_viewer, open: Mutex::default() };
        Self { counts: Arc::new(counts), stop: CancellationToken::new(), tasks: TaskTracker::new() }
    }

    pub fn stop(&self) {
        self.stop.cancel();
        self.tasks.close();
    }

    /// Waits until all connections have ended, at most for `grace`.
    pub async fn stopped(&self, grace: Duration) {
        if tokio::time::timeout(grace, self.tasks.wait()).await.is_err() {
            tracing::warn!(connections = self.tasks.len(), "gave up waiting for open connections");
        }
    }

    pub fn count(&self) -> usize {
        self.counts.open().values().sum()
    }

    /// Counts a connection of the caller. Anonymous callers that are exempt from rate limits are not limited here either:
    /// all of them may share one address.
    pub(super) fn enter(&self, ctx: &OpContext) -> Result<ConnectionSlot, TooMany> {
        let owner = match ctx.cached_viewer() {
            Some(Viewer::Account(viewer)) => Owner::Viewer(viewer.account.id.0),
            Some(Viewer::ApiClient(client)) => Owner::Viewer(client.key.id.0),
            Some(Viewer::Anonymous) | None => Owner::Network(ctx.caller().network()),
        };
        let is_exempt = matches!(owner, Owner::Network(_)) && ctx.counted_caller().is_none();
        let mut open = self.counts.open();
        let count = open.get(&owner).copied().unwrap_or_default();
        if count >= self.counts.max_per_viewer && !is_exempt {
            return Err(TooMany(self.counts.max_per_viewer));
        }
        open.insert(owner.clone(), count + 1);
        Ok(ConnectionSlot { counts: self.counts.clone(), owner })
    }

    pub(super) fn stopping(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Runs a connection that [`ConnectionRegistry::stopped`] waits for.
    pub(super) fn spawn(&self, connection: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(connection);
    }
}

impl ConnectionCounts {
    fn open(&self) -> MutexGuard<'_, HashMap<Owner, usize>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        let mut open = self.counts.open();
        if let Some(count) = open.get_mut(&self.owner) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.owner);
            }
        }
    }
}
