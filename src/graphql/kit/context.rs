//! What resolvers find in their context.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_graphql::{Context, dataloader::DataLoader};

use super::{error::ResolverError, loader::Loader};
use crate::domain::context::OpContext;

/// Typed access to what [`Executor`](crate::graphql::engine::Executor) put into the request.
pub(in crate::graphql) trait ContextExt {
    /// The operation that `domain` functions take.
    fn op(&self) -> &OpContext;

    fn loader(&self) -> &DataLoader<Loader>;

    fn has_response_headers(&self) -> bool;

    /// Counts rows of a list that has no page against what one operation may get of them, so that lists within lists
    /// cannot multiply without end.
    fn charge_rows(&self, rows: usize) -> Result<(), ResolverError>;
}

impl ContextExt for Context<'_> {
    fn op(&self) -> &OpContext {
        self.data_unchecked::<Arc<OpContext>>()
    }

    fn loader(&self) -> &DataLoader<Loader> {
        self.data_unchecked()
    }

    fn has_response_headers(&self) -> bool {
        self.data_unchecked::<ResponseHeaders>().0
    }

    fn charge_rows(&self, rows: usize) -> Result<(), ResolverError> {
        self.data_unchecked::<RowBudget>().take(rows)
    }
}

/// Whether the answer comes with headers: over a WebSocket or on a stream of events it does not.
pub(in crate::graphql) struct ResponseHeaders(pub(in crate::graphql) bool);

/// The rows of lists without pages that an operation may still get.
pub(in crate::graphql) struct RowBudget {
    max: usize,
    taken: AtomicUsize,
}

impl RowBudget {
    pub(in crate::graphql) fn new(max: usize) -> Self {
        Self { max, taken: AtomicUsize::new(0) }
    }

    fn take(&self, rows: usize) -> Result<(), ResolverError> {
        let taken = self.taken.fetch_add(rows, Ordering::Relaxed) + rows;
        if taken <= self.max { Ok(()) } else { Err(ResolverError::TooManyRows { max: self.max }) }
    }
}
