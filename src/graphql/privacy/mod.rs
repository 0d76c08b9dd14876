//! What people may ask of a shop about themselves.

mod mutation;
mod query;

pub use mutation::PrivacyMutation;
pub use query::PrivacyQuery;
