//! Operations whose answers a client may take its time to receive, each in a task of its own: while somebody else waits
//! for the client, it goes on to its end, and holds no connection of the database and no lock meanwhile.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures_util::{StreamExt, stream::BoxStream};
use tokio::sync::{Semaphore, mpsc};
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

use crate::graphql::{Answer, OperationType};

/// Queries and mutations of one connection that run or wait to be sent at once, at most: so many answers are in memory
/// while the client does not read. Others wait before they begin.
const RUNNING: usize = 4;

/// The bytes of an operation's id on a connection, at most. Clients make them up, mostly as UUIDs.
pub(super) const MAX_ID: usize = 256;

/// What an operation does next.
pub(super) enum Step {
    /// It has an answer.
    Answer(Box<Answer>),
    /// It has ended.
    End,
    /// It panicked; the panic has been logged.
    Defect,
}

/// What one of several operations on a connection, by its id and number, does next.
pub(super) type Told = (String, u64, Step);

/// One of several operations on a connection, until this is dropped.
pub(super) struct Running {
    /// Sets it apart from others of its id, before and after.
    pub(super) number: u64,
    pub(super) _task: AbortOnDropHandle<()>,
}

/// The places of one connection's queries and mutations.
#[derive(Clone)]
pub(super) struct Places(Arc<Semaphore>);

impl Default for Places {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(RUNNING)))
    }
}

/// Runs an operation until the handle is dropped. Each step goes to `steps`, as what `wrap` makes of it; an operation
/// waits for room there.
pub(super) fn start<T: Send + 'static>(
    kind: OperationType,
    answers: BoxStream<'static, Answer>,
    places: Places,
    steps: mpsc::Sender<T>,
    wrap: impl Fn(Step) -> T + Send + 'static,
) -> AbortOnDropHandle<()> {
    let task = async move {
        // Subscriptions wait for events most of the time; they have a limit of their own.
        let _place = match kind {
            OperationType::Subscription => None,
            OperationType::Query | OperationType::Mutation => places.0.acquire_owned().await.ok(),
        };
        let mut answers = AssertUnwindSafe(answers).catch_unwind();
        while let Some(result) = answers.next().await {
            let step = result.map_or(Step::Defect, |answer| Step::Answer(Box::new(answer)));
            if steps.send(wrap(step)).await.is_err() {
                return;
            }
        }
        let _ = steps.send(wrap(Step::End)).await;
    };
    AbortOnDropHandle::new(tokio::spawn(task.in_current_span()))
}
