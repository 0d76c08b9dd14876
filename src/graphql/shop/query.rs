//! Reading the settings.

use async_graphql::{Context, Object};

use super::types::Shop;
use crate::{
    domain::shop,
    graphql::kit::{
        context::ContextExt,
        cost::{STATEMENT, cost},
        error::ResolverError,
    },
};

#[derive(Default)]
pub struct ShopQuery;

#[Object]
impl ShopQuery {
    /// Settings of the shop.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn shop(&self, ctx: &Context<'_>) -> Result<Shop, ResolverError> {
        Ok(shop::settings(ctx.op().db()).await?.into())
    }
}
