//! Prices, and setting them.

use async_graphql::{ComplexObject, Context, ID, InputObject, SimpleObject};
use entity::variant_price;

use super::Variant;
use crate::{
    domain::{
        kernel::money::Money as Amount,
        product::{self, NewPrice},
    },
    graphql::kit::{
        context::ContextExt,
        id::Node,
        member::{InvalidField, NotFound},
        payload::payload,
        scalar::{CurrencyCode, Decimal, Money},
    },
};

/// Price of a variant in one currency.
#[derive(SimpleObject)]
#[graphql(complex)]
pub(super) struct VariantPrice {
    #[graphql(skip)]
    cost: Option<Amount>,
    /// Currency.
    currency: CurrencyCode,
    /// Price of one piece.
    amount: Money,
    /// Former or recommended price to compare with; null for none.
    compare_at: Option<Money>,
}

impl From<variant_price::Model> for VariantPrice {
    fn from(row: variant_price::Model) -> Self {
        let money = |minor| Amount { minor, currency: row.currency };
        Self {
            cost: row.cost.map(money),
            currency: CurrencyCode(row.currency),
            amount: money(row.amount).into(),
            compare_at: row.compare_at.map(money).map(Money::from),
        }
    }
}

#[ComplexObject]
impl VariantPrice {
    /// Cost of one piece for the shop; null for none, and for viewers without `PRODUCTS_EDIT`.
    async fn cost(&self, ctx: &Context<'_>) -> Option<Money> {
        product::for_staff(ctx.op(), self.cost).await.map(Money::from)
    }
}

/// Prices of a variant.
#[derive(InputObject)]
pub(in crate::graphql::product) struct VariantPricesSetInput {
    /// Global id of the variant.
    pub(in crate::graphql::product) id: ID,
    /// Prices, at most one for each currency; prices in other currencies stay.
    pub(in crate::graphql::product) prices: Vec<VariantPriceInput>,
}

/// Price in one currency.
#[derive(InputObject)]
pub(in crate::graphql::product) struct VariantPriceInput {
    /// Currency, one of the shop's.
    currency: CurrencyCode,
    /// Price of one piece, with at most as many decimal digits as the currency has; null to remove the price.
    amount: Option<Decimal>,
    /// Former or recommended price to compare with, higher than the amount; null for none.
    compare_at: Option<Decimal>,
    /// Cost of one piece for the shop; null for none.
    cost: Option<Decimal>,
}

impl From<VariantPriceInput> for NewPrice {
    fn from(input: VariantPriceInput) -> Self {
        let text = |amount: Option<Decimal>| amount.map(|amount| amount.0);
        Self {
            currency: input.currency.0,
            amount: text(input.amount),
            compare_at: text(input.compare_at),
            cost: text(input.cost),
        }
    }
}

payload! {
    /// Payload of `variantPricesSet`.
    VariantPricesSetPayload {
        /// The variant with its prices; null on failure.
        variant: Variant,
    }
    /// Failure of `variantPricesSet`.
    VariantPricesSetError: NotFound, InvalidField;
    from product::VariantPricesSetError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        Invalid(invalid) => InvalidField from invalid,
    }
}
