//! Dead letters in the API: effects, like mail, that the shop gave up.

mod loader;
mod mutation;
mod query;
mod types;

pub use mutation::DeadLetterMutation;
pub use query::{DeadLetterConnection, DeadLetterQuery};
pub use types::{DeadLetter, DeadLetterNotFound};
