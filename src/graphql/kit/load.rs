//! Related objects of an object, read through the request's loaders.

use std::{hash::Hash, sync::Arc};

use async_graphql::{Context, dataloader};

use super::{context::ContextExt, error::ResolverError, loader::Loader};
use crate::domain::kernel::fault::Fault;

/// The object of the row with this key; null if there is none, or if the viewer may not see it.
pub(in crate::graphql) async fn optional<K, N>(ctx: &Context<'_>, key: K) -> Option<Result<N, ResolverError>>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    Loader: dataloader::Loader<K, Error = Fault>,
    N: From<<Loader as dataloader::Loader<K>>::Value>,
{
    ctx.loader().load_one(key).await.map(|row| row.map(N::from)).map_err(ResolverError::from).transpose()
}

/// The object that a foreign key refers to; a fault if it is missing.
pub(in crate::graphql) async fn required<K, N>(
    ctx: &Context<'_>,
    key: K,
    what: &'static str,
) -> Result<N, ResolverError>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    Loader: dataloader::Loader<K, Error = Fault>,
    N: From<<Loader as dataloader::Loader<K>>::Value>,
{
    let missing = || Err(Fault::internal(format!("the {what} is missing")).into());
    optional(ctx, key).await.unwrap_or_else(missing)
}

/// The objects of a list without pages. Its rows count against the operation's limit.
pub(in crate::graphql) async fn list<K, R, N>(ctx: &Context<'_>, key: K) -> Result<Vec<N>, ResolverError>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    R: Clone + Send + Sync + 'static,
    Loader: dataloader::Loader<K, Value = Arc<[R]>, Error = Fault>,
    N: From<R>,
{
    let rows = ctx.loader().load_one(key).await?;
    let rows = rows.as_deref().unwrap_or_default();
    ctx.charge_rows(rows.len())?;
    Ok(rows.iter().cloned().map(N::from).collect())
}
