//! Carts of guests and accounts.

mod mutation;
mod query;
mod types;

pub use mutation::CartMutation;
pub use query::CartQuery;
pub(in crate::graphql) use types::CartOf;
pub use types::{Cart, CartLine, InsufficientStock, NotSoldInCurrency};
