//! Shipping zones and methods.

mod mutation;
mod query;
mod types;

pub use mutation::ShippingMutation;
pub use query::ShippingQuery;
pub use types::{ShippingMethod, ShippingZone};
