//! What resolvers find in their context.

use std::sync::Arc;

use async_graphql::{Context, dataloader::DataLoader};

use super::loader::Loader;
use crate::domain::Op;

/// Typed access to what [`execute`](super::execute) put into the request.
pub(super) trait ContextExt {
    /// The operation that `domain` functions take.
    fn op(&self) -> &Op;

    /// This request's loaders.
    fn loader(&self) -> &DataLoader<Loader>;
}

impl ContextExt for Context<'_> {
    fn op(&self) -> &Op {
        self.data_unchecked::<Arc<Op>>()
    }

    fn loader(&self) -> &DataLoader<Loader> {
        self.data_unchecked()
    }
}
