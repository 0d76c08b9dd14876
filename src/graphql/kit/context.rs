//! Access of resolvers to the context of the request.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_graphql::{Context, dataloader::DataLoader};

use super::{error::ResolverError, loader::Loader};
use crate::domain::context::OpContext;

/// Typed access to the data that [`Executor`](crate::graphql::engine::Executor) added to the request.
pub(in crate::graphql) trait ContextExt {
    /// Context for functions of `domain`.
    fn op(&self) -> &OpContext;

    fn loader(&self) -> &DataLoader<Loader>;

    fn has_response_headers(&self) -> bool;

    /// Counts rows of a list without pages against the operation's limit, since nested lists multiply.
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

/// Whether the response has headers; not over WebSocket or an event stream.
pub(in crate::graphql) struct ResponseHeaders(pub(in crate::graphql) bool);

/// Number of rows of lists without pages that the operation may still read.
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
