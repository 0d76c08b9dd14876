//! Customers as staff sees them, in the API.

mod mutation;
mod query;
mod types;

pub use mutation::CustomerMutation;
pub use query::CustomerQuery;
pub use types::{CannotBlockYourself, CustomerNotFound};
