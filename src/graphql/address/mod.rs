//! Address books of accounts, and the countries of their addresses.

mod mutation;
mod query;
mod types;

pub use mutation::AddressMutation;
pub use query::CountryQuery;
pub(in crate::graphql) use types::{AddressesOf, Country, Subdivision};
pub use types::{Address, AddressLimitReached};
