//! What people may ask of a shop about themselves.

mod mutation;

pub use mutation::PrivacyMutation;
