//! Customers as staff sees them: finding them, correcting their names, and blocking accounts.

mod block;
mod list;
mod update;

pub use block::{BlockError, UnblockError, block, unblock};
pub use list::{Filter, Sort, SortKey, by_id, count, list};
pub use update::{UpdateCustomerError, update};
