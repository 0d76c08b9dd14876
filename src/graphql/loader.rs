//! Batches the reads of one request: what the fields of a whole page ask for becomes one SQL statement.
//!
//! Loaders are made anew for each request, so that one viewer's rows never reach another's answer. Their tasks run
//! inside the request's own task (see [`Tasks`]) after all fields of a level have been asked: batches are complete
//! without any waiting time, whatever the number of cores.

use std::{
    future::poll_fn,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    task::Poll,
    time::Duration,
};

use async_graphql::{dataloader::DataLoader, runtime::Timer};
use futures_util::{
    StreamExt,
    future::BoxFuture,
    stream::FuturesUnordered,
    task::{FutureObj, Spawn, SpawnError},
};

use crate::domain::{Fault, Op};

/// Loads rows by the keys for which it implements `async_graphql::dataloader::Loader`, in the nouns' `loader.rs`.
pub(super) struct Loader {
    pub(super) op: Arc<Op>,
}

/// A row that a foreign key promises is not there.
pub(super) fn missing(what: &'static str) -> Fault {
    Fault::internal(format!("the {what} is missing"))
}

/// The tasks that a request's loaders start, run by [`Tasks::drive`] beside the execution that waits for them.
#[derive(Clone, Default)]
pub(super) struct Tasks {
    queue: Arc<Mutex<Vec<FutureObj<'static, ()>>>>,
}

impl Tasks {
    /// A loader for `op` whose batches run in these tasks.
    pub(super) fn loader(&self, op: Arc<Op>) -> DataLoader<Loader> {
        DataLoader::new(Loader { op }, self.clone(), NoDelay)
    }

    /// Runs `execution` to its end, and whatever it starts meanwhile whenever it has to wait.
    pub(super) async fn drive<T>(self, execution: impl Future<Output = T>) -> T {
        let mut execution = pin!(execution);
        let mut running = FuturesUnordered::new();
        poll_fn(|cx| {
            loop {
                if let Poll::Ready(value) = execution.as_mut().poll(cx) {
                    return Poll::Ready(value);
                }
                running.extend(self.take());
                // A batch that has ended may let the execution go on; with none there is nothing to do but wait.
                if !matches!(running.poll_next_unpin(cx), Poll::Ready(Some(()))) {
                    return Poll::Pending;
                }
            }
        })
        .await
    }

    fn take(&self) -> Vec<FutureObj<'static, ()>> {
        std::mem::take(&mut self.queue.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Spawn for Tasks {
    fn spawn_obj(&self, task: FutureObj<'static, ()>) -> Result<(), SpawnError> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).push(task);
        Ok(())
    }
}

/// Batches need no delay: they start when the execution has nothing left to ask for.
struct NoDelay;

impl Timer for NoDelay {
    fn delay(&self, _: Duration) -> BoxFuture<'static, ()> {
        Box::pin(std::future::ready(()))
    }
}
