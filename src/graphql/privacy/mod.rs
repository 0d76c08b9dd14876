//! Data about the viewer in the API: exporting and deleting it.

mod mutation;
mod query;
mod types;

pub use mutation::PrivacyMutation;
pub use query::PrivacyQuery;
