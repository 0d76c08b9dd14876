//! Reading the viewer's sessions.

use async_graphql::{Context, Object};

use super::types::Session;
use crate::{
    domain::{auth, identity::MAX_SESSIONS},
    graphql::kit::{
        context::ContextExt,
        cost::{STATEMENT, cost, list_size},
        error::ResolverError,
    },
};

#[derive(Default)]
pub struct AuthQuery;

#[Object]
impl AuthQuery {
    /// Open sessions of the viewer, most recently used first. At most 100: a login beyond that ends the session that was
    /// unused for the longest time.
    #[graphql(directive = cost::apply(STATEMENT), directive = list_size::apply(MAX_SESSIONS as i32, None))]
    async fn sessions(&self, ctx: &Context<'_>) -> Result<Vec<Session>, ResolverError> {
        let sessions = auth::sessions(ctx.op()).await?;
        ctx.charge_rows(sessions.len())?;
        Ok(sessions.into_iter().map(Session::from).collect())
    }
}
