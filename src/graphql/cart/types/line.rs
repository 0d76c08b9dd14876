//! Lines of carts.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, Enum, ID, SimpleObject};
use entity::{CartLineId, cart_line::Problem};
use tokio::sync::OnceCell;

use super::{Shared, discount::shares};
use crate::{
    domain::cart::{self, Line, LineOfCart},
    graphql::{
        kit::{
            context::ContextExt,
            cost::{STATEMENT, cost},
            error::ResolverError,
            id::Node,
            load,
            loader::loader,
            scalar::{Json, Money},
        },
        product::Variant,
        tax::PriceTotals,
    },
};

/// A line of a cart: pieces of one variant.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct CartLine {
    #[graphql(skip)]
    shared: Arc<Shared>,
    #[graphql(skip)]
    index: usize,
    /// Global id of the line.
    pub(in crate::graphql) id: ID,
    /// Name of the product at the last change of the line.
    product_name: String,
    /// Name of the variant at the last change of the line, like `Small / Red`.
    variant_name: String,
    /// Stock keeping unit at the last change of the line.
    sku: String,
    /// Number of pieces, 1 to 9,999.
    quantity: i32,
    /// Reason for which the line cannot be ordered as it is; null for none. Stays until the reason is gone, unlike
    /// `Cart.notices`.
    problem: Option<CartLineProblem>,
}

impl CartLine {
    pub(super) fn new(shared: Arc<Shared>, index: usize) -> Self {
        let line = &shared.cart.lines[index];
        Self {
            id: line.row.id.global(),
            product_name: line.row.seen_product_name.clone(),
            variant_name: line.row.seen_variant_name.clone(),
            sku: line.row.seen_sku.clone(),
            quantity: line.row.quantity,
            problem: shared.cart.state(line).problem.map(CartLineProblem::from),
            shared,
            index,
        }
    }

    fn line(&self) -> &Line {
        &self.shared.cart.lines[self.index]
    }
}

impl From<LineOfCart> for CartLine {
    fn from(LineOfCart { cart, index }: LineOfCart) -> Self {
        Self::new(Arc::new(Shared { cart, priced: OnceCell::new() }), index)
    }
}

#[ComplexObject]
impl CartLine {
    /// Variant that is bought; null once it is no longer in the shop.
    async fn variant(&self, ctx: &Context<'_>) -> Option<Result<Variant, ResolverError>> {
        match &self.line().item {
            Some(item) if item.is_on_sale() => Some(Ok(item.variant.clone().into())),
            _ => load::optional(ctx, self.line().row.variant_id?).await,
        }
    }

    /// Present price of one piece; null while it cannot be bought in the currency of the cart.
    async fn unit_price(&self) -> Option<Money> {
        self.shared.cart.state(self.line()).price.map(|price| self.shared.money(price))
    }

    /// Amounts of the line; null for a line without `unitPrice`, which is no part of the cart's totals.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn totals(&self, ctx: &Context<'_>) -> Result<Option<PriceTotals>, ResolverError> {
        let priced = self.shared.priced(ctx).await?;
        let amounts = priced.line(self.index);
        Ok(amounts.map(|amounts| {
            let currency = self.shared.currency();
            let totals = PriceTotals::new(amounts, currency, |key| priced.taxes.applied(key));
            totals.with_discounts(shares(priced, amounts, currency))
        }))
    }

    /// Metadata: texts by key. Lines of one variant differ in them.
    pub(in crate::graphql) async fn metadata(&self) -> Json {
        Json(self.line().row.metadata.clone())
    }

    /// Metadata for staff: texts by key; null for viewers without `ORDERS_EDIT`.
    pub(in crate::graphql) async fn private_metadata(&self, ctx: &Context<'_>) -> Option<Json> {
        cart::for_staff(ctx.op(), Json(self.line().row.private_metadata.clone())).await
    }
}

loader!(CartLineId => LineOfCart, cart::lines_by_ids);

/// Reason for which a line cannot be ordered as it is.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Problem")]
pub(super) enum CartLineProblem {
    /// The variant is no longer in the shop.
    NoLongerAvailable,
    /// The variant has no price in the currency of the cart.
    NotSoldInCurrency,
    /// There are fewer pieces than the cart has.
    InsufficientStock,
    /// The cart has more pieces than one order may have.
    AboveMaximum,
}
