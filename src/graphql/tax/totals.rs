//! Amounts with their taxes, as previews, carts and orders show them.

use async_graphql::{Enum, SimpleObject};
use entity::{Currency, tax_rate::Reason};

use crate::{
    domain::{
        kernel::money::Money as Amount,
        pricing::{Amounts, TaxTotal},
        tax::{TaxTable, percentage},
    },
    graphql::kit::scalar::{Decimal, Money},
};

/// Amounts of a line, of shipping, or of several together. `total = subtotal - discount - taxDeducted + taxAdded`.
#[derive(SimpleObject)]
pub(in crate::graphql) struct PriceTotals {
    /// Price before discounts, as the shop shows it: with or without tax.
    subtotal: Money,
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
}

impl PriceTotals {
    pub(in crate::graphql) fn new(amounts: &Amounts, currency: Currency, table: &TaxTable) -> Self {
        let money = |minor| Amount { minor, currency }.into();
        Self {
            subtotal: money(amounts.subtotal),
            discount: money(amounts.discount),
            tax_deducted: money(amounts.tax_deducted),
            tax_added: money(amounts.tax_added),
            tax: money(amounts.tax),
            taxes: TaxAmount::list(&amounts.taxes, currency, table),
            total: money(amounts.total),
        }
    }
}

/// Tax of one rate.
#[derive(SimpleObject)]
pub(in crate::graphql) struct TaxAmount {
    /// Name of the rate, like `VAT 19 %`.
    name: String,
    /// Percentage with up to four decimal digits, like `8.875`.
    percentage: Decimal,
    /// Reason for the rate.
    reason: TaxReason,
    /// Amount that is taxed.
    net: Money,
    /// The tax.
    amount: Money,
}

impl TaxAmount {
    pub(in crate::graphql) fn list(taxes: &[TaxTotal], currency: Currency, table: &TaxTable) -> Vec<Self> {
        let of_rate = |tax: &TaxTotal| {
            let rate = table.applied(tax.key);
            Self {
                name: rate.name.clone(),
                percentage: Decimal(percentage(rate.ppm)),
                reason: rate.reason.into(),
                net: Amount { minor: tax.net, currency }.into(),
                amount: Amount { minor: tax.amount, currency }.into(),
            }
        };
        taxes.iter().map(of_rate).collect()
    }
}

/// Reason for the rate of a tax.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Reason")]
pub(in crate::graphql) enum TaxReason {
    /// The usual rate.
    Standard,
    /// A reduced rate.
    Reduced,
    /// Taxed at 0 %.
    Zero,
    /// Not taxed, because of the goods or of the customer.
    Exempt,
    /// Delivered to where the tax of the shop's country does not reach.
    Export,
    /// Taxed by the customer, a business in another country.
    ReverseCharge,
}
