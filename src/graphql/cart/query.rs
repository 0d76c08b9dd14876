//! Reading carts.

use async_graphql::{Context, ID, Object};
use entity::CartId;

use super::types::Cart;
use crate::{
    domain::cart,
    graphql::kit::{
        context::ContextExt,
        cost::{STATEMENT, cost},
        error::ResolverError,
        id::Node,
    },
};

#[derive(Default)]
pub struct CartQuery;

#[Object]
impl CartQuery {
    /// The cart with this id, for its owner or with `ORDERS_VIEW`; without an id the caller's own: that of the account, or
    /// else that of the token. Null if there is none.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn cart(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id of the cart.")] id: Option<ID>,
        #[graphql(
            desc = "Token of a guest's cart. Without it the session or the cart cookie counts.",
            secret
        )]
        token: Option<String>,
    ) -> Result<Option<Cart>, ResolverError> {
        let id = id.map(|id| CartId::from_global(&id, "id")).transpose()?;
        Ok(cart::find(ctx.op(), id, token.map(Into::into)).await?.map(Cart::from))
    }
}
