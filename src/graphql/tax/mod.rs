//! Tax: classes, rates, settings, exemptions, previews.

mod mutation;
mod query;
mod types;

pub use mutation::TaxMutation;
pub use query::TaxQuery;
pub(in crate::graphql) use types::TaxExemptionOf;
pub use types::{
    DiscountShare, PriceTotals, TaxAmount, TaxClass, TaxClassInUse, TaxExemption, TaxRate, TaxRateConnection,
    TaxSettings,
};
