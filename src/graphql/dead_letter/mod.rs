//! Dead letters: jobs that failed their last attempt.

mod mutation;
mod query;
mod types;

pub use mutation::DeadLetterMutation;
pub use query::DeadLetterQuery;
pub use types::{DeadLetter, DeadLetterConnection};
