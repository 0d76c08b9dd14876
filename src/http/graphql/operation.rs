//! Operations of clients that may be slow to receive the results, each in a task of its own: it runs to its end while the
//! result waits for the client, and holds no database connection and no lock meanwhile.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures_util::{StreamExt, stream::BoxStream};
use tokio::sync::{Semaphore, mpsc};
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

use crate::graphql::engine::{ExecutionResult, OperationType};

/// Maximum number of queries and mutations of one connection that run or wait to be sent at once, and so of results in
/// memory while the client does not read. Others wait before they begin.
const MAX_AT_ONCE: usize = 4;

/// Maximum length of an operation's id on a connection, in bytes. Clients choose it; most send a UUID.
pub(super) const MAX_ID: usize = 256;

pub(super) enum OperationEvent {
    Next(Box<ExecutionResult>),
    Complete,
    /// A panic, which has been logged.
    Panicked,
}

/// An event with the id and the number of its operation.
pub(super) type TaggedEvent = (String, u64, OperationEvent);

/// One of several operations on a connection. Dropping it cancels the operation.
pub(super) struct OperationHandle {
    /// Distinguishes it from earlier and later operations with the same id.
    pub(super) number: u64,
    pub(super) _task: AbortOnDropHandle<()>,
}

/// Slots of one connection's queries and mutations.
#[derive(Clone)]
pub(super) struct OperationSlots(Arc<Semaphore>);

impl Default for OperationSlots {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(MAX_AT_ONCE)))
    }
}

/// Runs an operation until the handle is dropped. `wrap` converts each event for the channel `events`; the operation
/// waits for space there.
pub(super) fn start<T: Send + 'static>(
    kind: OperationType,
    results: BoxStream<'static, ExecutionResult>,
    slots: OperationSlots,
    events: mpsc::Sender<T>,
    wrap: impl Fn(OperationEvent) -> T + Send + 'static,
) -> AbortOnDropHandle<()> {
    let task = async move {
        // Subscriptions wait for events most of the time; they have a limit of their own.
        let _slot = match kind {
            OperationType::Subscription => None,
            OperationType::Query | OperationType::Mutation => slots.0.acquire_owned().await.ok(),
        };
        let mut results = AssertUnwindSafe(results).catch_unwind();
        while let Some(result) = results.next().await {
            let event =
                result.map_or(OperationEvent::Panicked, |result| OperationEvent::Next(Box::new(result)));
            if events.send(wrap(event)).await.is_err() {
                return;
            }
        }
        let _ = events.send(wrap(OperationEvent::Complete)).await;
    };
    AbortOnDropHandle::new(tokio::spawn(task.in_current_span()))
}
