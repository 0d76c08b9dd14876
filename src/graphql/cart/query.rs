//! Reading carts.

use async_graphql::{Context, ID, Object};
use entity::{CartId, DiscountId};

use super::types::{Cart, DiscountPreview};
use crate::{
    domain::cart,
    graphql::kit::{
        context::ContextExt,
        cost::{STATEMENT, cost},
        error::ResolverError,
        id::Node,
        permission::{Permission, requires},
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

    /// Prices of any cart as if a discount were active, and automatic: without regard to its period, its uses and its codes.
    /// Null if there is no such discount or cart. Requires `DISCOUNTS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::DiscountsEdit))]
    async fn discount_preview(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id of the discount.")] id: ID,
        #[graphql(desc = "Global id of the cart.")] cart_id: ID,
    ) -> Option<Result<DiscountPreview, ResolverError>> {
        preview(ctx, &id, &cart_id).await.transpose()
    }
}

async fn preview(ctx: &Context<'_>, id: &ID, cart: &ID) -> Result<Option<DiscountPreview>, ResolverError> {
    let (id, cart) = (DiscountId::from_global(id, "id")?, CartId::from_global(cart, "cartId")?);
    Ok(cart::discount_preview(ctx.op(), id, cart).await?.map(DiscountPreview::from))
}
