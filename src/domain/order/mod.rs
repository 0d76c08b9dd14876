//! Orders. So far they are only seeded, and exported with the account that placed them.

mod hooks;

pub use hooks::OrderHooks;
