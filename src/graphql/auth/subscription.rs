//! Events of the viewer's sessions.

use async_graphql::{Context, Subscription};
use futures_util::{Stream, StreamExt};

use super::types::SessionRevoked;
use crate::{
    domain::auth,
    graphql::kit::{context::ContextExt, error::ResolverError},
};

#[derive(Default)]
pub struct AuthSubscription;

#[Subscription]
impl AuthSubscription {
    /// Emits an event when a session of the viewer's account ends, for example by a `logout` on another device, so that a
    /// page can ask for a new login at once.
    async fn session_revoked(
        &self,
        ctx: &Context<'_>,
    ) -> Result<impl Stream<Item = SessionRevoked> + use<>, ResolverError> {
        Ok(auth::revocations(ctx.op()).await?.map(SessionRevoked::from))
    }
}
