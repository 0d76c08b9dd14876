//! What resolvers find in their context.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_graphql::{Context, dataloader::DataLoader};

use super::{error::ResolverError, loader::Loader};
use crate::domain::Op;

/// Typed access to what [`Executor`](super::Executor) put into the request.
pub(super) trait ContextExt {
    /// The operation that `domain` functions take.
    fn op(&self) -> &Op;

    /// This request's loaders.
    fn loader(&self) -> &DataLoader<Loader>;

    /// Whether the answer comes with headers.
    fn has_response_headers(&self) -> bool;

    /// Counts rows of a list that has no page against what one operation may get of them, so that lists within lists
    /// cannot multiply without end.
    fn take_rows(&self, rows: usize) -> Result<(), ResolverError>;
}

impl ContextExt for Context<'_> {
    fn op(&self) -> &Op {
        self.data_unchecked::<Arc<Op>>()
    }

    fn loader(&self) -> &DataLoader<Loader> {
        self.data_unchecked()
    }

    fn has_response_headers(&self) -> bool {
        self.data_unchecked::<ResponseHeaders>().0
    }

    fn take_rows(&self, rows: usize) -> Result<(), ResolverError> {
        self.data_unchecked::<RowBudget>().take(rows)
    }
}

/// Whether the answer comes with headers: over a WebSocket or on a stream of events it does not.
pub(super) struct ResponseHeaders(pub(super) bool);

/// The rows of lists without pages that an operation may still get.
pub(super) struct RowBudget {
    max: usize,
    taken: AtomicUsize,
}

impl RowBudget {
    pub(super) fn new(max: usize) -> Self {
        Self { max, taken: AtomicUsize::new(0) }
    }

    fn take(&self, rows: usize) -> Result<(), ResolverError> {
        let taken = self.taken.fetch_add(rows, Ordering::Relaxed) + rows;
        if taken <= self.max { Ok(()) } else { Err(ResolverError::TooManyRows { max: self.max }) }
    }
}
