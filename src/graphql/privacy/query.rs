//! What the shop keeps about the viewer.

use async_graphql::{Context, Object};

use crate::{
    domain::privacy,
    graphql::{
        context::ContextExt,
        cost::{HASH, cost},
        error::ResolverError,
        scalar::Json,
    },
};

/// Queries on what the shop keeps about the viewer.
#[derive(Default)]
pub struct PrivacyQuery;

#[Object]
impl PrivacyQuery {
    /// All that is stored about the viewer: profile, addresses, orders, sessions, and what the audit log says of them.
    /// Without secrets: no hashes of passwords, tokens or codes. An error without a session.
    #[graphql(directive = cost::apply(HASH))]
    async fn account_export(&self, ctx: &Context<'_>) -> Result<Json, ResolverError> {
        Ok(Json(privacy::export(ctx.op()).await?))
    }
}
