//! Discounts and their codes.

mod mutation;
mod query;
mod types;

pub use mutation::DiscountMutation;
pub use query::DiscountQuery;
pub use types::{Discount, DiscountCode, DiscountCodeConnection, DiscountConnection, DiscountInUse};
