//! Carts, their lines and amounts, and the inputs and payloads of their mutations.

mod address;
mod discount;
mod input;
mod line;
mod notice;
mod payload;

pub(super) use discount::DiscountPreview;
pub use line::CartLine;
pub use notice::{InsufficientStock, NotSoldInCurrency};
pub(super) use {input::*, payload::*};

use std::sync::Arc;

use address::CartAddress;
use async_graphql::{ComplexObject, Context, ID, SimpleObject};
use discount::{AppliedDiscount, RejectedCode, shares};
use entity::{AccountId, CartId, Currency};
use notice::CartNotice;
use tokio::sync::OnceCell;

use crate::{
    domain::{
        cart::{self, Priced},
        kernel::{fault::Fault, money::Money as Amount},
    },
    graphql::{
        kit::{
            context::ContextExt,
            cost::{STATEMENT, cost, list_size},
            error::ResolverError,
            id::Node,
            loader::loader,
            scalar::{CurrencyCode, Json, Money, Timestamp},
        },
        shipping::ShippingMethod,
        tax::{PriceTotals, TaxAmount},
    },
};

/// A cart, with its prices, stock and taxes as they are now. Visible to its owner: an account, or a guest with its token; and
/// to staff with `ORDERS_VIEW`.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Cart {
    #[graphql(skip)]
    shared: Arc<Shared>,
    /// Global id of the cart.
    pub(in crate::graphql) id: ID,
    /// Number of the last change, from 1, for `expectedVersion`.
    version: i32,
    /// Currency of all amounts.
    currency: CurrencyCode,
    /// Email address for messages about the order.
    email: Option<String>,
    /// Language of messages, as a tag of BCP 47 like `de-CH`.
    locale: Option<String>,
    /// Message to the shop; may be empty.
    note: String,
    /// Number of pieces of all lines.
    quantity: i32,
    /// Whether a piece has to be shipped, so that an address and a shipping method are needed.
    requires_shipping: bool,
    /// Time at which the cart was opened.
    created_at: Timestamp,
    /// Time of the last change.
    updated_at: Timestamp,
}

/// A cart, and its prices once a field has asked for them.
pub(super) struct Shared {
    cart: cart::Cart,
    priced: OnceCell<Result<Priced, Fault>>,
}

impl Shared {
    /// The prices, read once.
    async fn priced(&self, ctx: &Context<'_>) -> Result<&Priced, ResolverError> {
        let priced = self.priced.get_or_init(|| cart::price(ctx.op(), &self.cart)).await;
        priced.as_ref().map_err(|fault| fault.clone().into())
    }

    fn currency(&self) -> Currency {
        self.cart.row.currency
    }

    fn money(&self, minor: i64) -> Money {
        Amount { minor, currency: self.currency() }.into()
    }
}

impl From<cart::Cart> for Cart {
    fn from(cart: cart::Cart) -> Self {
        let row = &cart.row;
        Self {
            id: row.id.global(),
            version: row.version,
            currency: CurrencyCode(row.currency),
            email: row.email.clone(),
            locale: row.locale.clone(),
            note: row.note.clone(),
            quantity: cart.lines.iter().map(|line| line.row.quantity).sum(),
            requires_shipping: cart.requires_shipping(),
            created_at: Timestamp(row.created_at),
            updated_at: Timestamp(row.updated_at),
            shared: Arc::new(Shared { cart, priced: OnceCell::new() }),
        }
    }
}

#[ComplexObject]
impl Cart {
    /// Address that the cart is shipped to.
    async fn shipping_address(&self) -> Result<Option<CartAddress>, ResolverError> {
        Ok(self.shared.cart.shipping_address()?.map(CartAddress::from))
    }

    /// Address of the invoice; null for the shipping address.
    async fn billing_address(&self) -> Result<Option<CartAddress>, ResolverError> {
        Ok(self.shared.cart.billing_address()?.map(CartAddress::from))
    }

    /// Lines in the order in which they were added.
    #[graphql(directive = list_size::apply(10, None))]
    async fn lines(&self, ctx: &Context<'_>) -> Result<Vec<CartLine>, ResolverError> {
        let lines = self.shared.cart.lines.len();
        ctx.charge_rows(lines)?;
        Ok((0..lines).map(|index| CartLine::new(self.shared.clone(), index)).collect())
    }

    /// Methods that the cart can be shipped by, with their prices; empty without a shipping address.
    #[graphql(directive = cost::apply(STATEMENT), directive = list_size::apply(5, None))]
    async fn shipping_methods(&self, ctx: &Context<'_>) -> Result<Vec<ShippingOption>, ResolverError> {
        let methods = &self.shared.priced(ctx).await?.shipping_methods;
        ctx.charge_rows(methods.len())?;
        let option = |(method, price): &(_, _)| ShippingOption {
            method: ShippingMethod::from(Clone::clone(method)),
            price: self.shared.money(*price),
        };
        Ok(methods.iter().map(option).collect())
    }

    /// Chosen shipping method; null while none is chosen, and while the cart cannot be shipped by the chosen one: then
    /// `notices` says so.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn shipping_method(&self, ctx: &Context<'_>) -> Result<Option<ShippingMethod>, ResolverError> {
        let chosen = self.shared.priced(ctx).await?.shipping_method();
        Ok(chosen.map(|(method, _)| method.clone().into()))
    }

    /// Changes of prices and availability that came after the last change of a line, until `cartNoticesDismiss`.
    #[graphql(directive = cost::apply(STATEMENT), directive = list_size::apply(3, None))]
    async fn notices(&self, ctx: &Context<'_>) -> Result<Vec<CartNotice>, ResolverError> {
        let notices = self.shared.cart.notices(self.shared.priced(ctx).await?);
        Ok(notices.into_iter().filter_map(|notice| CartNotice::new(&self.shared, notice)).collect())
    }

    /// Codes of discounts, in the order in which they were entered, as they were entered.
    async fn discount_codes(&self) -> Vec<String> {
        self.shared.cart.row.discount_codes.0.iter().map(|code| code.code.clone()).collect()
    }

    /// Discounts of the cart, in the order in which they are applied.
    #[graphql(directive = cost::apply(STATEMENT), directive = list_size::apply(3, None))]
    async fn applied_discounts(&self, ctx: &Context<'_>) -> Result<Vec<AppliedDiscount>, ResolverError> {
        let priced = self.shared.priced(ctx).await?;
        ctx.charge_rows(priced.applied.len())?;
        Ok(AppliedDiscount::all(priced, self.shared.currency()))
    }

    /// Codes of the cart that have no effect now, with the reason.
    #[graphql(directive = cost::apply(STATEMENT), directive = list_size::apply(3, None))]
    async fn rejected_codes(&self, ctx: &Context<'_>) -> Result<Vec<RejectedCode>, ResolverError> {
        Ok(RejectedCode::all(self.shared.priced(ctx).await?))
    }

    /// All amounts; null while one of them is above 10^13 minor units of the currency.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn totals(&self, ctx: &Context<'_>) -> Result<Option<CartTotals>, ResolverError> {
        Ok(CartTotals::new(self.shared.currency(), self.shared.priced(ctx).await?))
    }

    /// Metadata: texts by key.
    pub(in crate::graphql) async fn metadata(&self) -> Json {
        Json(self.shared.cart.row.metadata.clone())
    }

    /// Metadata for staff: texts by key; null for viewers without `ORDERS_EDIT`.
    pub(in crate::graphql) async fn private_metadata(&self, ctx: &Context<'_>) -> Option<Json> {
        cart::for_staff(ctx.op(), Json(self.shared.cart.row.private_metadata.clone())).await
    }
}

/// A shipping method with its price for this cart.
#[derive(SimpleObject)]
pub(super) struct ShippingOption {
    /// The method, for `cartShippingMethodSet`.
    method: ShippingMethod,
    /// Price, as the shop shows it: with or without tax.
    price: Money,
}

/// Amounts of a cart. `total = subtotal + shipping - discount - taxDeducted + taxAdded`.
#[derive(SimpleObject)]
pub(super) struct CartTotals {
    /// Price of all lines before discounts, as the shop shows it: with or without tax.
    subtotal: Money,
    /// Price of shipping before discounts; null, and to be counted as zero, without a shipping method.
    shipping: Option<Money>,
    /// Sum of all discounts.
    discount: Money,
    /// Tax of the shop's country that the prices contain and that is not charged at this destination.
    tax_deducted: Money,
    /// Tax that is added to the prices; zero where they contain it.
    tax_added: Money,
    /// All tax in `total`, whether added or contained.
    tax: Money,
    /// The tax by rate.
    taxes: Vec<TaxAmount>,
    /// Amount to pay.
    total: Money,
    /// Amounts of shipping; null without a shipping method.
    shipping_totals: Option<PriceTotals>,
    /// Whether prices in the currency of the cart contain tax.
    prices_include_tax: bool,
    /// ISO 3166-1 code of the country whose tax is computed: that of the shipping address (of the billing address, when
    /// nothing has to be shipped), otherwise the shop's. Null when the shop has set none.
    tax_country_code: Option<String>,
    /// Whether the destination is not known yet, so that tax is that of the shop's country.
    is_tax_estimated: bool,
}

impl CartTotals {
    fn new(currency: Currency, priced: &Priced) -> Option<Self> {
        let money = |minor| Money::from(Amount { minor, currency });
        let (totals, table) = (priced.totals.as_ref()?, &priced.taxes);
        let (all, shipping) = (&totals.total, totals.shipping.as_ref());
        let shipping_price = shipping.map_or(0, |shipping| shipping.subtotal);
        Some(Self {
            subtotal: money(all.subtotal - shipping_price),
            shipping: shipping.map(|shipping| money(shipping.subtotal)),
            discount: money(all.discount),
            tax_deducted: money(all.tax_deducted),
            tax_added: money(all.tax_added),
            tax: money(all.tax),
            taxes: all
                .taxes
                .iter()
                .map(|tax| TaxAmount::new(tax, currency, table.applied(tax.key)))
                .collect(),
            total: money(all.total),
            shipping_totals: shipping
                .map(|amounts| PriceTotals::new(amounts, currency, |key| table.applied(key)))
                .zip(shipping)
                .map(|(totals, amounts)| totals.with_discounts(shares(priced, amounts, currency))),
            prices_include_tax: table.prices_include_tax(currency),
            tax_country_code: table.country().map(str::to_owned),
            is_tax_estimated: priced.is_estimated,
        })
    }
}

loader!(CartId => cart::Cart, cart::by_ids);
loader! {
    /// Loads the cart of an account, for its owner.
    CartOf(AccountId) => cart::Cart, cart::of_accounts
}
