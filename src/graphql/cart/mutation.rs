//! Changing carts.

use async_graphql::{Context, Object};
use entity::CartId;

use super::types::*;
use crate::{
    domain::cart::{self, Created},
    graphql::kit::{
        context::ContextExt,
        cookie,
        cost::{STATEMENT, cost},
        error::ResolverError,
        id::Node,
    },
};

#[derive(Default)]
pub struct CartMutation;

#[Object]
impl CartMutation {
    /// Opens a cart. For an account it is the account's own: if there is one already, the lines are added to it, and details
    /// that are given replace the present ones. Otherwise it is a guest's, whose token opens it from then on; a guest whose
    /// cart cookie is valid keeps that cart in the same way.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn cart_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The cart.")] input: CartCreateInput,
    ) -> Result<CartCreatePayload, ResolverError> {
        let by_cookie = input.transport.is_cookie();
        cookie::check(ctx, by_cookie)?;
        let created = cart::create(ctx.op(), input.decode()?).await;
        CartCreatePayload::from_result(created, |Created { cart, token }| {
            let token = token.map(|token| token.expose());
            if let (true, Some(token)) = (by_cookie, &token) {
                cookie::set_cart(ctx, token, ctx.op().services().cart_lifetime);
            }
            (Some(cart.into()), token.filter(|_| !by_cookie))
        })
    }

    /// Adds pieces to a cart: all of them, or none.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn cart_lines_add(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The cart, and the pieces to add.")] input: CartLinesAddInput,
    ) -> Result<CartLinesAddPayload, ResolverError> {
        let key = input.key()?;
        CartLinesAddPayload::from_result(cart::lines_add(ctx.op(), key, input.lines()?).await)
    }

    /// Sets the number of pieces of lines: of all of them, or of none.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn cart_lines_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The cart, and the new quantities.")] input: CartLinesUpdateInput,
    ) -> Result<CartLinesUpdatePayload, ResolverError> {
        let key = input.key()?;
        CartLinesUpdatePayload::from_result(cart::lines_update(ctx.op(), key, input.lines()?).await)
    }

    /// Removes lines: all of them, or none.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn cart_lines_remove(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The cart, and the lines.")] input: CartLinesRemoveInput,
    ) -> Result<CartLinesRemovePayload, ResolverError> {
        let (key, lines) = (input.key()?, input.lines()?);
        CartLinesRemovePayload::from_result(cart::lines_remove(ctx.op(), key, lines).await)
    }

    /// Changes details of a cart: email address, language, note, currency, addresses.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn cart_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The cart, and its new details.")] input: CartUpdateInput,
    ) -> Result<CartUpdatePayload, ResolverError> {
        let key = input.key()?;
        CartUpdatePayload::from_result(cart::update(ctx.op(), key, input.into()).await)
    }

    /// Chooses one of the methods that the cart can be shipped by.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn cart_shipping_method_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The cart, and the method.")] input: CartShippingMethodSetInput,
    ) -> Result<CartShippingMethodSetPayload, ResolverError> {
        let (key, method) = (input.key()?, input.method()?);
        CartShippingMethodSetPayload::from_result(cart::shipping_method_set(ctx.op(), key, method).await)
    }

    /// Replaces the codes of discounts of a cart. A code that is unknown or has ended is no failure: it is in `rejectedCodes`.
    /// Each of those counts as a failed attempt of the network and the account; too many in a short time are `RateLimited`.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn cart_discount_codes_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The cart, and the codes.")] input: CartDiscountCodesSetInput,
    ) -> Result<CartDiscountCodesSetPayload, ResolverError> {
        let key = input.key()?;
        let set = cart::discount_codes_set(ctx.op(), key, &input.codes).await;
        CartDiscountCodesSetPayload::from_result(set)
    }

    /// Stores present prices and availability as seen by the shopper, so that `notices` is empty until the next change. A
    /// shipping method that cannot be used is no longer chosen; codes that have ended stay.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn cart_notices_dismiss(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The cart.")] input: CartNoticesDismissInput,
    ) -> Result<CartNoticesDismissPayload, ResolverError> {
        CartNoticesDismissPayload::from_result(cart::notices_dismiss(ctx.op(), input.key()?).await)
    }

    /// Deletes a cart with its lines, and its cookie.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn cart_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The cart.")] input: CartDeleteInput,
    ) -> Result<CartDeletePayload, ResolverError> {
        let id = CartId::from_global(&input.id, "input.id")?;
        let deleted = cart::delete(ctx.op(), id, input.token.map(Into::into)).await;
        if deleted.is_ok() {
            cookie::remove_cart(ctx);
        }
        CartDeletePayload::from_result(deleted.map(|()| id.global()))
    }
}
