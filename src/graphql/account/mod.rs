//! Accounts in the API: registering, changing one's own account, blocking others.

mod mutation;
mod query;
mod types;

pub use mutation::AccountMutation;
pub use query::AccountQuery;
pub use types::{
    Account, AccountConnection, AccountMayDoMore, CannotBlockYourself, InvalidToken, LastAdmin,
    PasswordRequired, WrongPassword,
};
