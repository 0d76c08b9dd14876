//! Settings of the shop.

mod mutation;
mod query;
mod types;

pub use mutation::ShopMutation;
pub use query::ShopQuery;
pub use types::{CurrencyInUse, Shop};
