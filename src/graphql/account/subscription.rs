//! What happens to accounts and sessions.

use async_graphql::{Context, SimpleObject, Subscription};
use futures_util::{Stream, StreamExt};

use crate::{
    domain::account,
    graphql::{context::ContextExt, error::ResolverError, scalar::Timestamp},
};

/// A session of the viewer's account has ended.
#[derive(SimpleObject)]
pub(in crate::graphql) struct SessionRevoked {
    /// Whether it is the session that the subscription was opened with. If so, this is the last event, and the server closes
    /// the connection.
    is_current: bool,
    /// When it ended, or was found to have ended.
    at: Timestamp,
}

/// Subscriptions on accounts and sessions.
#[derive(Default)]
pub struct AccountSubscription;

#[Subscription]
impl AccountSubscription {
    /// Tells when a session of the viewer's account ends, as after a `logout` on another device, so that a page can ask to
    /// log in again at once.
    async fn session_revoked(
        &self,
        ctx: &Context<'_>,
    ) -> Result<impl Stream<Item = SessionRevoked> + use<>, ResolverError> {
        let revocations = account::revocations(ctx.op()).await?;
        Ok(revocations
            .map(|revoked| SessionRevoked { is_current: revoked.is_current, at: Timestamp(revoked.at) }))
    }
}
