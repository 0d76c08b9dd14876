//! The address book in the API, and the countries that addresses are in.

mod country;
mod error;
mod loader;
mod mutation;
mod types;

pub use country::CountryQuery;
pub use error::{AddressLimitReached, AddressNotFound, InvalidAddressField};
pub use mutation::AddressMutation;
pub use types::Address;

pub(in crate::graphql) use loader::AddressesOf;
