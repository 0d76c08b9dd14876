//! Staff's view of jobs that failed their last attempt: list, retry, discard.

mod list;

pub use list::{DeadLetterError, attempts, by_ids, discard, list, retry, summary};
