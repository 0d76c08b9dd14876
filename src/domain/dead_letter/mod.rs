//! Jobs that were given up, for staff to look at: retried, or discarded.

mod list;

pub use list::{DeadLetterError, attempts, by_ids, discard, list, retry, summary};
