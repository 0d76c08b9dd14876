//! Connections that stay open: how many one viewer has, and how they end when the server stops.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;

use crate::domain::{Op, Viewer};

/// How long operations may tell what they have to when their session has ended.
pub(super) const LAST_WORDS: Duration = Duration::from_millis(200);

/// All WebSockets and event streams of this instance.
#[derive(Clone)]
pub struct Live {
    places: Arc<Places>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

struct Places {
    max_per_viewer: usize,
    taken: Mutex<HashMap<Who, usize>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Who {
    Account(Uuid),
    Address(String),
}

/// A viewer's place for one connection, free again when this is dropped.
pub(super) struct Place {
    places: Arc<Places>,
    who: Who,
}

/// A viewer has this many connections open already, and may have no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooMany(pub(super) usize);

impl Live {
    /// With room for so many connections of each viewer.
    pub fn new(max_per_viewer: usize) -> Self {
        let places = Places { max_per_viewer, taken: Mutex::default() };
        Self { places: Arc::new(places), stop: CancellationToken::new(), tasks: TaskTracker::new() }
    }

    /// Tells all connections to end.
    pub fn stop(&self) {
        self.stop.cancel();
        self.tasks.close();
    }

    /// Waits until all connections have ended, but no longer than `grace`.
    pub async fn stopped(&self, grace: Duration) {
        if tokio::time::timeout(grace, self.tasks.wait()).await.is_err() {
            tracing::warn!(connections = self.tasks.len(), "gave up waiting for open connections");
        }
    }

    /// How many connections are open.
    pub fn count(&self) -> usize {
        self.places.taken().values().sum()
    }

    /// A place for a connection of whoever asks. Without a session, callers that are exempt from rates are exempt here, too:
    /// their address may be that of all.
    pub(super) fn enter(&self, op: &Op) -> Result<Place, TooMany> {
        let who = match op.known_viewer() {
            Some(Viewer::Account(viewer)) => Who::Account(viewer.account.id.0),
            Some(Viewer::Program(program)) => Who::Account(program.key.id.0),
            _ => Who::Address(op.caller().network()),
        };
        let is_exempt = matches!(who, Who::Address(_)) && op.traffic.is_exempt(op.caller().address);
        let mut taken = self.places.taken();
        let count = taken.get(&who).copied().unwrap_or_default();
        if count >= self.places.max_per_viewer && !is_exempt {
            return Err(TooMany(self.places.max_per_viewer));
        }
        taken.insert(who.clone(), count + 1);
        Ok(Place { places: self.places.clone(), who })
    }

    /// Is done when the server stops.
    pub(super) fn stopping(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Runs a connection that [`Live::stopped`] waits for.
    pub(super) fn spawn(&self, connection: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(connection);
    }
}

impl Places {
    fn taken(&self) -> std::sync::MutexGuard<'_, HashMap<Who, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        if let Some(count) = taken.get_mut(&self.who) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.who);
            }
        }
    }
}
