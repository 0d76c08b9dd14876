//! Reading the viewer's account.

use async_graphql::{Context, Object};

use super::types::Account;
use crate::{
    domain::account,
    graphql::kit::{context::ContextExt, error::ResolverError},
};

#[derive(Default)]
pub struct AccountQuery;

#[Object]
impl AccountQuery {
    /// The account that the session belongs to; null without a session.
    async fn me(&self, ctx: &Context<'_>) -> Option<Result<Account, ResolverError>> {
        let account = account::me(ctx.op()).await;
        account.map(|account| account.as_deref().map(Account::from)).map_err(ResolverError::from).transpose()
    }
}
