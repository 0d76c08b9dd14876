//! Tax classes.

mod mutation;
mod query;
mod types;

pub use mutation::TaxMutation;
pub use query::TaxQuery;
pub use types::{TaxClass, TaxClassInUse};
