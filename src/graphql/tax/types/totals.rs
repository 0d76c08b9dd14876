//! Amounts with their tax.

use async_graphql::{Enum, SimpleObject};
use entity::{Currency, tax_rate};

use crate::{
    domain::{
        kernel::{money, percentage::Percentage},
        pricing::{Amounts, TaxTotal},
        tax::AppliedRate,
    },
    graphql::kit::scalar::{Decimal, Money},
};

/// Amounts of a line, of shipping, or of all together. `total = subtotal - discount - taxDeducted + taxAdded`.
#[derive(SimpleObject)]
pub struct PriceTotals {
    /// Price before discounts, as the shop shows it: with or without tax.
    subtotal: Money,
    /// Amount that discounts take off.
    discount: Money,
    /// Shares of single discounts in `discount`, in the order in which they are applied; those that take nothing off are left
    /// out.
    discounts: Vec<DiscountShare>,
    /// Tax of the shop's country that the prices contain and that is not charged at this destination.
    tax_deducted: Money,
    /// Tax that is added to the prices; zero where they contain it.
    tax_added: Money,
    /// All tax in `total`, whether added or contained.
    tax: Money,
    /// The tax by rate. Rates of several tax classes with the same name, percentage and reason are one.
    taxes: Vec<TaxAmount>,
    /// Amount to pay.
    total: Money,
}

/// Part of an amount that one discount takes off.
#[derive(SimpleObject)]
pub struct DiscountShare {
    /// Name of the discount.
    pub(in crate::graphql) name: String,
    /// Code of the discount, as the shopper entered it; null for an automatic discount.
    pub(in crate::graphql) code: Option<String>,
    /// Amount that is taken off.
    pub(in crate::graphql) amount: Money,
}

/// Tax of one rate.
#[derive(SimpleObject)]
pub struct TaxAmount {
    /// Name of the rate, like `VAT 19 %`; `Exempt` or `Reverse charge` for an exempt customer.
    name: String,
    /// Percentage with up to four decimal digits, like `8.875`.
    percentage: Decimal,
    /// Reason for the rate.
    reason: TaxReason,
    /// Amount that is taxed, without the tax.
    net: Money,
    /// The tax.
    amount: Money,
}

/// Reason for the rate of a tax.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "tax_rate::Reason")]
pub(in crate::graphql) enum TaxReason {
    /// The regular rate.
    Standard,
    /// A lower rate for some goods, like food and books.
    Reduced,
    /// Taxed at 0 percent.
    Zero,
    /// Free of tax.
    Exempt,
    /// The customer pays the tax itself.
    ReverseCharge,
    /// Delivery to a country outside of the tax area.
    Export,
}

impl PriceTotals {
    /// `rate` finds the rate with a key of the amounts' taxes.
    pub(in crate::graphql) fn new<'a>(
        amounts: &Amounts,
        currency: Currency,
        rate: impl Fn(u32) -> &'a AppliedRate,
    ) -> Self {
        let taxes = amounts.taxes.iter().map(|tax| TaxAmount::new(tax, currency, rate(tax.key)));
        let taxes = taxes.collect();
        let money = |minor| Money::from(money::Money { minor, currency });
        Self {
            subtotal: money(amounts.subtotal),
            discount: money(amounts.discount),
            discounts: Vec::new(),
            tax_deducted: money(amounts.tax_deducted),
            tax_added: money(amounts.tax_added),
            tax: money(amounts.tax),
            taxes,
            total: money(amounts.total),
        }
    }
}

impl PriceTotals {
    /// The same with shares of discounts.
    pub(in crate::graphql) fn with_discounts(self, discounts: Vec<DiscountShare>) -> Self {
        Self { discounts, ..self }
    }
}

impl TaxAmount {
    /// Also for totals that are no [`PriceTotals`].
    pub(in crate::graphql) fn new(tax: &TaxTotal, currency: Currency, rate: &AppliedRate) -> Self {
        let money = |minor| Money::from(money::Money { minor, currency });
        Self {
            name: rate.name.clone(),
            percentage: percentage(tax.ppm),
            reason: rate.reason.into(),
            net: money(tax.net),
            amount: money(tax.amount),
        }
    }
}

pub(super) fn percentage(ppm: u32) -> Decimal {
    Decimal(Percentage::of_ppm(ppm).to_string())
}
