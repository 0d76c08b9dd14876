//! What can go wrong when addresses are written.

use async_graphql::{Enum, SimpleObject};

use crate::domain::address::{Field, InvalidField, MAX_ADDRESSES, Problem};

/// A field of an address cannot be kept as it was written.
#[derive(SimpleObject)]
pub struct InvalidAddressField {
    /// What is wrong, for people.
    pub(in crate::graphql) message: String,
    /// The input field that is to blame, from the outside in; null when it is none.
    pub(in crate::graphql) path: Option<Vec<String>>,
    /// What is wrong, for programs.
    problem: AddressProblem,
}

/// What is wrong with a field of an address.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
enum AddressProblem {
    /// It must not be empty.
    Missing,
    /// It has more characters than it may.
    TooLong,
    /// It holds a line break or another character that is not for reading.
    ControlCharacter,
    /// It is no country code of ISO 3166-1. `countries` has those that are.
    UnknownCountry,
    /// It is no subdivision code of ISO 3166-2. `Country.subdivisions` has those that are.
    UnknownSubdivision,
    /// It is the code of a subdivision of another country than the address is in.
    ForeignSubdivision,
    /// It has other characters than digits, spaces and `+ - ( ) /`, or no digit.
    NoPhoneNumber,
}

impl From<InvalidField> for InvalidAddressField {
    fn from(invalid: InvalidField) -> Self {
        let problem = match invalid.problem {
            Problem::Missing => AddressProblem::Missing,
            Problem::TooLong { .. } => AddressProblem::TooLong,
            Problem::ControlCharacter => AddressProblem::ControlCharacter,
            Problem::UnknownCountry => AddressProblem::UnknownCountry,
            Problem::UnknownSubdivision => AddressProblem::UnknownSubdivision,
            Problem::ForeignSubdivision => AddressProblem::ForeignSubdivision,
            Problem::NoPhoneNumber => AddressProblem::NoPhoneNumber,
        };
        let field = match invalid.field {
            Field::Name => "name",
            Field::Company => "company",
            Field::Line1 => "line1",
            Field::Line2 => "line2",
            Field::City => "city",
            Field::Subdivision => "subdivisionCode",
            Field::PostalCode => "postalCode",
            Field::Country => "countryCode",
            Field::Phone => "phone",
        };
        Self { message: invalid.to_string(), path: path(field), problem }
    }
}

/// The account has as many addresses as it may have.
#[derive(SimpleObject)]
pub struct AddressLimitReached {
    /// What is wrong, for people.
    pub(in crate::graphql) message: String,
    /// The input field that is to blame, from the outside in; null when it is none.
    pub(in crate::graphql) path: Option<Vec<String>>,
    /// How many addresses an account may have.
    max: u32,
}

impl AddressLimitReached {
    pub(super) fn new(message: String) -> Self {
        Self { message, path: None, max: MAX_ADDRESSES }
    }
}

/// The viewer has no address with this id.
#[derive(SimpleObject)]
pub struct AddressNotFound {
    /// What is wrong, for people.
    pub(in crate::graphql) message: String,
    /// The input field that is to blame, from the outside in; null when it is none.
    pub(in crate::graphql) path: Option<Vec<String>>,
}

impl AddressNotFound {
    pub(super) fn new(message: String) -> Self {
        Self { message, path: path("id") }
    }
}

/// The way to a field of the argument `input`.
fn path(field: &str) -> Option<Vec<String>> {
    Some(["input", field].map(str::to_owned).into())
}
