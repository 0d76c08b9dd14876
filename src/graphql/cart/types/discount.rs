//! Discounts of a cart.

use async_graphql::{ComplexObject, Context, Enum, SimpleObject};
use entity::{Currency, DiscountId};

use super::CartTotals;
use crate::{
    domain::{
        cart::{Cart, Priced},
        discount::{Applied, Reason},
        kernel::money::Money as Amount,
        pricing::Amounts,
    },
    graphql::{
        discount::Discount,
        kit::{error::ResolverError, load, scalar::Money},
        tax::DiscountShare,
    },
};

/// Discount that a cart gets.
#[derive(SimpleObject)]
#[graphql(complex)]
pub(in crate::graphql::cart) struct AppliedDiscount {
    #[graphql(skip)]
    key: DiscountId,
    /// Name of the discount.
    name: String,
    /// Code of the discount, as the shopper entered it; null for an automatic discount.
    code: Option<String>,
    /// Amount that the discount takes off lines and shipping; null while an amount of the cart is too large. Zero for a code
    /// that has an effect only later, like free shipping before a method is chosen.
    amount: Option<Money>,
}

#[ComplexObject]
impl AppliedDiscount {
    /// The discount; null for viewers without `DISCOUNTS_EDIT`.
    async fn discount(&self, ctx: &Context<'_>) -> Option<Result<Discount, ResolverError>> {
        load::optional(ctx, self.key).await
    }
}

impl AppliedDiscount {
    pub(super) fn all(priced: &Priced, currency: Currency) -> Vec<Self> {
        let amounts = priced.totals.as_ref().map(|totals| &totals.total.discounts);
        let amount = |index: usize| {
            let minor = amounts.and_then(|amounts| amounts.get(index));
            minor.map(|minor| Amount { minor: *minor, currency }.into())
        };
        let discount = |(index, applied): (usize, &Applied)| Self {
            key: applied.id,
            name: applied.name.clone(),
            code: applied.code.clone(),
            amount: amount(index),
        };
        priced.applied.iter().enumerate().map(discount).collect()
    }
}

/// Code that has no effect on a cart now.
#[derive(SimpleObject)]
pub(in crate::graphql::cart) struct RejectedCode {
    /// The code, as the shopper entered it.
    code: String,
    /// Reason.
    reason: CodeRejectionReason,
}

/// Reason for which a code has no effect on a cart.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Reason")]
enum CodeRejectionReason {
    /// There is no such code, or its discount has not begun, has ended or is not active.
    UnknownOrEnded,
    /// The code was used as often as it may be.
    UsedUp,
    /// The cart has too little of what the discount acts on: the price is too low, or there are too few pieces.
    MinimumNotReached,
    /// The cart has no product that the discount acts on.
    NotForTheseProducts,
    /// The discount is for other customers; one may have to log in.
    NotForThisCustomer,
    /// The discount does not act in the currency of the cart.
    NotInCurrency,
    /// The discount, or one that is applied already, cannot be combined with others.
    NotCombinable,
}

impl RejectedCode {
    pub(super) fn all(priced: &Priced) -> Vec<Self> {
        let code = priced.rejected.iter();
        code.map(|rejection| Self { code: rejection.code.clone(), reason: rejection.reason.into() }).collect()
    }
}

/// Shares of the discounts of a cart in one of its amounts.
pub(super) fn shares(priced: &Priced, amounts: &Amounts, currency: Currency) -> Vec<DiscountShare> {
    let share = |(applied, minor): (&Applied, &i64)| DiscountShare {
        name: applied.name.clone(),
        code: applied.code.clone(),
        amount: Amount { minor: *minor, currency }.into(),
    };
    priced.applied.iter().zip(&amounts.discounts).filter(|(_, minor)| **minor > 0).map(share).collect()
}

/// Prices of a cart as if a discount were active.
#[derive(SimpleObject)]
pub(in crate::graphql::cart) struct DiscountPreview {
    /// All amounts; null while one of them is above 10^13 minor units of the currency.
    totals: Option<CartTotals>,
    /// Discounts that the cart would get, in the order in which they are applied.
    applied_discounts: Vec<AppliedDiscount>,
    /// Codes of the cart that would have no effect.
    rejected_codes: Vec<RejectedCode>,
}

impl From<(Cart, Priced)> for DiscountPreview {
    fn from((cart, priced): (Cart, Priced)) -> Self {
        let currency = cart.row.currency;
        Self {
            totals: CartTotals::new(currency, &priced),
            applied_discounts: AppliedDiscount::all(&priced, currency),
            rejected_codes: RejectedCode::all(&priced),
        }
    }
}
