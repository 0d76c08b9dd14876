//! Address books of accounts, and the countries of their addresses.

mod mutation;
mod query;
mod types;

pub use mutation::AddressMutation;
pub use query::CountryQuery;
pub use types::{Address, AddressLimitReached};
pub(in crate::graphql) use types::{AddressesOf, Country, Subdivision};
