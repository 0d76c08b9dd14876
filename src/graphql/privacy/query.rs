//! Exporting the data about the viewer.

use async_graphql::{Context, Object};

use crate::{
    domain::privacy,
    graphql::kit::{
        context::ContextExt,
        cost::{HASH, cost},
        error::ResolverError,
        scalar::Json,
    },
};

#[derive(Default)]
pub struct PrivacyQuery;

#[Object]
impl PrivacyQuery {
    /// All data that is stored about the viewer: profile, addresses, orders, sessions, and audit entries about them.
    /// Contains no secrets: no hashes of passwords, tokens or codes. Fails with `UNAUTHENTICATED` without a session.
    #[graphql(directive = cost::apply(HASH))]
    async fn account_export(&self, ctx: &Context<'_>) -> Result<Json, ResolverError> {
        Ok(Json(privacy::account_export(ctx.op()).await?))
    }
}
