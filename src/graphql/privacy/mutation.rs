//! Deleting the viewer's account.

use async_graphql::{Context, Object};

use super::types::{AccountDeleteInput, AccountDeletePayload};
use crate::{
    domain::privacy,
    graphql::kit::{
        context::ContextExt,
        cookie,
        cost::{HASH, cost},
        error::ResolverError,
        id::Node,
    },
};

#[derive(Default)]
pub struct PrivacyMutation;

#[Object]
impl PrivacyMutation {
    /// Deletes the viewer's account with its addresses, sessions and second factor. Orders keep their figures, without
    /// personal data. Cannot be undone.
    #[graphql(directive = cost::apply(HASH))]
    async fn account_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Current password.")] input: AccountDeleteInput,
    ) -> Result<AccountDeletePayload, ResolverError> {
        let deleted = privacy::account_delete(ctx.op(), input.password.into()).await;
        if deleted.is_ok() {
            cookie::remove(ctx);
        }
        AccountDeletePayload::from_result(deleted.map(Node::global))
    }
}
