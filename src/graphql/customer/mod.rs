//! Customers: finding them, and correcting their names.

mod mutation;
mod query;
mod types;

pub use mutation::CustomerMutation;
pub use query::CustomerQuery;
pub(in crate::graphql) use types::TagsOfCustomer;
