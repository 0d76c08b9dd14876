//! Staff's view of customers: lists and corrections.

mod list;
mod update;

pub use list::{Filter, Sort, SortKey, by_id, list};
pub use update::{UpdateError, update};
