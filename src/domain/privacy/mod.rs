//! What people may ask of a shop about themselves: all that it keeps about them ([GDPR](https://gdpr-info.eu), articles 15
//! and 20), and to be forgotten (article 17).

mod delete;
mod export;

pub use delete::{DeleteAccountError, delete};
pub use export::export;
