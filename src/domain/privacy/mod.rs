//! What the law gives to people: a copy of all data of an account, and its deletion. Each room with data of accounts declares
//! hooks for both.

mod delete;
mod export;

pub use delete::{AccountDeleteError, account_delete};
pub use export::account_export;
