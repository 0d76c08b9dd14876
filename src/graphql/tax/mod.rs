//! Tax classes.

mod mutation;
mod query;
mod totals;
mod types;

pub use mutation::TaxMutation;
pub use query::TaxQuery;
pub(in crate::graphql) use totals::{PriceTotals, TaxAmount};
pub use types::{TaxClass, TaxClassInUse};
