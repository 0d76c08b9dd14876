//! Staff's view of customers: lists and corrections.

mod list;
mod tags;
mod update;

pub use list::{Filter, Sort, SortKey, by_id, list};
pub use tags::{CustomerHooks, TagsSetError, tags_of, tags_set};
pub use update::{UpdateError, update};
