//! Jobs that were given up, for staff to look at: retried, or discarded.

mod list;

pub use list::{DeadLetter, DeadLetterError, by_ids, discard, list, retry};
