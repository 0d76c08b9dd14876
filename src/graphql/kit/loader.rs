//! Batches the reads of one request: the reads of a field on all objects of a page become one SQL statement.
//!
//! Each request has its own loaders, so that rows of one viewer are not visible to another. Their tasks run inside the
//! request's own task after all fields of a level have asked: batches are complete without a delay, regardless of the
//! number of cores.

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

use crate::domain::context::OpContext;

/// Loads rows by the keys for which it implements `async_graphql::dataloader::Loader`, with [`loader!`] in the nouns' `types.rs`.
pub(in crate::graphql) struct Loader {
    pub(in crate::graphql) ctx: Arc<OpContext>,
}

/// Implements a loader of rows by their ids, or of rows that belong to another, with one function of `domain` per
/// batch.
///
/// `loader!(RoleId => role::Model, staff::roles_by_ids)` creates `impl dataloader::Loader<RoleId> for Loader`, whose
/// `load` calls `staff::roles_by_ids(&ctx, ids)`; `loader! { RolesOf(AccountId) => Arc<[role::Model]>, staff::roles_of
/// }` also creates the key `struct RolesOf(pub AccountId)`.
macro_rules! loader {
    ($key:ty => $value:ty, $load:path) => {
        impl async_graphql::dataloader::Loader<$key> for $crate::graphql::kit::loader::Loader {
            type Value = $value;
            type Error = $crate::domain::kernel::fault::Fault;

            async fn load(
                &self,
                keys: &[$key],
            ) -> Result<std::collections::HashMap<$key, Self::Value>, Self::Error> {
                $load(&self.ctx, keys).await
            }
        }
    };
    ($(#[$doc:meta])* $name:ident($key:ty) => $value:ty, $load:path) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        pub(in crate::graphql) struct $name(pub(in crate::graphql) $key);

        impl async_graphql::dataloader::Loader<$name> for $crate::graphql::kit::loader::Loader {
            type Value = $value;
            type Error = $crate::domain::kernel::fault::Fault;

            async fn load(
                &self,
                keys: &[$name],
            ) -> Result<std::collections::HashMap<$name, Self::Value>, Self::Error> {
                let keys: Vec<$key> = keys.iter().map(|key| key.0).collect();
                let loaded = $load(&self.ctx, &keys).await?;
                Ok(loaded.into_iter().map(|(key, value)| ($name(key), value)).collect())
            }
        }
    };
}

pub(in crate::graphql) use loader;

/// The tasks of a request's loaders, run by [`Tasks::drive`] beside the execution that waits for them.
#[derive(Clone, Default)]
pub(in crate::graphql) struct Tasks {
    queue: Arc<Mutex<Vec<FutureObj<'static, ()>>>>,
}

impl Tasks {
    /// A loader for `op` whose batches run in these tasks.
    pub(in crate::graphql) fn loader(&self, op: Arc<OpContext>) -> DataLoader<Loader> {
        DataLoader::new(Loader { ctx: op }, self.clone(), NoDelay)
    }

    /// Runs `execution`, and the tasks that it starts while it waits.
    pub(in crate::graphql) async fn drive<T>(self, execution: impl Future<Output = T>) -> T {
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

/// Batches need no delay: they start when the execution cannot continue without them.
struct NoDelay;

impl Timer for NoDelay {
    fn delay(&self, _: Duration) -> BoxFuture<'static, ()> {
        Box::pin(std::future::ready(()))
    }
}
