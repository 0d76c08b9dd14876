//! Data protection: export of all data of an account, and its deletion. Each module with data of accounts declares
//! hooks for both.

mod delete;
mod export;

pub use delete::{AccountDeleteError, account_delete};
pub use export::account_export;
