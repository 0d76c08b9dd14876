//! Addresses, and what is written into them.

use async_graphql::{ComplexObject, ID, InputObject, MaybeUndefined, SimpleObject, Union};
use entity::address as address_row;

use super::{
    country::{Country, Subdivision},
    error::{AddressLimitReached, AddressNotFound, InvalidAddressField},
};
use crate::{
    domain::address::{self, Entry},
    graphql::{id::Node, scalar::Timestamp},
};

/// An address in an account's address book. Only its owner sees it.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Address {
    /// The address's global id.
    pub(in crate::graphql) id: ID,
    /// Who receives what is sent there.
    name: String,
    /// The company that they are at.
    company: Option<String>,
    /// The first line: street and number, as a rule.
    line1: String,
    /// The second line.
    line2: Option<String>,
    /// The city, town or village.
    city: String,
    /// The code of the state, province or other part of the country, after ISO 3166-2, like `US-CA`.
    subdivision_code: Option<String>,
    /// The postal code.
    postal_code: Option<String>,
    /// The two letters of the country, after ISO 3166-1, like `US`.
    country_code: String,
    /// A phone number for the carrier.
    phone: Option<String>,
    /// Whether orders go there unless the customer says otherwise. True for at most one address.
    is_default_shipping: bool,
    /// Whether invoices go there unless the customer says otherwise. True for at most one address.
    is_default_billing: bool,
    /// When the address was added.
    created_at: Timestamp,
    /// When the address last changed.
    updated_at: Timestamp,
}

impl From<address_row::Model> for Address {
    fn from(row: address_row::Model) -> Self {
        Self {
            id: row.id.global(),
            name: row.name,
            company: row.company,
            line1: row.line1,
            line2: row.line2,
            city: row.city,
            subdivision_code: row.subdivision,
            postal_code: row.postal_code,
            country_code: row.country,
            phone: row.phone,
            is_default_shipping: row.is_default_shipping,
            is_default_billing: row.is_default_billing,
            created_at: Timestamp(row.created_at),
            updated_at: Timestamp(row.updated_at),
        }
    }
}

#[ComplexObject]
impl Address {
    /// The country; null if its code has been withdrawn from ISO 3166-1 since.
    async fn country(&self) -> Option<Country> {
        address::country(&self.country_code).map(Country::from)
    }

    /// The part of the country; null without one, and if its code has been withdrawn from ISO 3166-2 since.
    async fn subdivision(&self) -> Option<Subdivision> {
        address::subdivision(self.subdivision_code.as_deref()?).map(Subdivision::from)
    }
}

/// A new address. Space around texts is dropped.
#[derive(InputObject)]
pub(super) struct AddressCreateInput {
    /// Who receives what is sent there, at most 100 characters.
    name: String,
    /// The company that they are at, at most 100 characters.
    company: Option<String>,
    /// The first line: street and number, as a rule; at most 200 characters.
    line1: String,
    /// The second line, at most 200 characters.
    line2: Option<String>,
    /// The city, town or village, at most 100 characters.
    city: String,
    /// The code of a part of the country, after ISO 3166-2, like `US-CA`.
    subdivision_code: Option<String>,
    /// The postal code, at most 20 characters.
    postal_code: Option<String>,
    /// The two letters of the country, after ISO 3166-1, in capitals.
    country_code: String,
    /// A phone number for the carrier: digits, spaces and `+ - ( ) /`, at most 32 characters.
    phone: Option<String>,
    /// Makes it the address where orders go by default, in place of another. The first address becomes that anyway.
    #[graphql(default)]
    is_default_shipping: bool,
    /// Makes it the address where invoices go by default, in place of another. The first address becomes that anyway.
    #[graphql(default)]
    is_default_billing: bool,
}

impl From<AddressCreateInput> for Entry {
    fn from(input: AddressCreateInput) -> Self {
        Self {
            name: Some(Some(input.name)),
            company: Some(input.company),
            line1: Some(Some(input.line1)),
            line2: Some(input.line2),
            city: Some(Some(input.city)),
            subdivision: Some(input.subdivision_code),
            postal_code: Some(input.postal_code),
            country: Some(Some(input.country_code)),
            phone: Some(input.phone),
            is_default_shipping: Some(input.is_default_shipping),
            is_default_billing: Some(input.is_default_billing),
        }
    }
}

/// A change of an address. What is left out stays; null empties a field, where it may be empty.
#[derive(InputObject)]
pub(super) struct AddressUpdateInput {
    /// The address.
    pub(super) id: ID,
    /// Who receives what is sent there, at most 100 characters.
    name: MaybeUndefined<String>,
    /// The company that they are at, at most 100 characters.
    company: MaybeUndefined<String>,
    /// The first line: street and number, as a rule; at most 200 characters.
    line1: MaybeUndefined<String>,
    /// The second line, at most 200 characters.
    line2: MaybeUndefined<String>,
    /// The city, town or village, at most 100 characters.
    city: MaybeUndefined<String>,
    /// The code of a part of the country, after ISO 3166-2, like `US-CA`. Change it, too, when the country changes.
    subdivision_code: MaybeUndefined<String>,
    /// The postal code, at most 20 characters.
    postal_code: MaybeUndefined<String>,
    /// The two letters of the country, after ISO 3166-1, in capitals.
    country_code: MaybeUndefined<String>,
    /// A phone number for the carrier: digits, spaces and `+ - ( ) /`, at most 32 characters.
    phone: MaybeUndefined<String>,
    /// Whether it is the address where orders go by default: true takes that from another, false leaves none. Null is as
    /// left out.
    is_default_shipping: Option<bool>,
    /// Whether it is the address where invoices go by default: true takes that from another, false leaves none. Null is as
    /// left out.
    is_default_billing: Option<bool>,
}

impl From<AddressUpdateInput> for Entry {
    fn from(input: AddressUpdateInput) -> Self {
        Self {
            name: input.name.into(),
            company: input.company.into(),
            line1: input.line1.into(),
            line2: input.line2.into(),
            city: input.city.into(),
            subdivision: input.subdivision_code.into(),
            postal_code: input.postal_code.into(),
            country: input.country_code.into(),
            phone: input.phone.into(),
            is_default_shipping: input.is_default_shipping,
            is_default_billing: input.is_default_billing,
        }
    }
}

/// Which address is to go.
#[derive(InputObject)]
pub(super) struct AddressDeleteInput {
    /// The address.
    pub(super) id: ID,
}

/// What became of a new address.
#[derive(SimpleObject)]
pub(super) struct AddressCreatePayload {
    /// The address; null when it was not added.
    pub(super) address: Option<Address>,
    /// Why it was not added, all fields that are wrong at once; empty when it was.
    pub(super) errors: Vec<AddressCreateError>,
}

/// Why an address was not added.
#[derive(Union)]
pub(super) enum AddressCreateError {
    Invalid(InvalidAddressField),
    LimitReached(AddressLimitReached),
}

/// What became of a change of an address.
#[derive(SimpleObject)]
pub(super) struct AddressUpdatePayload {
    /// The address as it is now; null when it was not changed.
    pub(super) address: Option<Address>,
    /// Why it was not changed, all fields that are wrong at once; empty when it was.
    pub(super) errors: Vec<AddressUpdateError>,
}

/// Why an address was not changed.
#[derive(Union)]
pub(super) enum AddressUpdateError {
    NotFound(AddressNotFound),
    Invalid(InvalidAddressField),
}

/// What became of an address that was to go.
#[derive(SimpleObject)]
pub(super) struct AddressDeletePayload {
    /// The id that the address had; null when it was not deleted.
    pub(super) deleted_id: Option<ID>,
    /// Why it was not deleted; empty when it was.
    pub(super) errors: Vec<AddressDeleteError>,
}

/// Why an address was not deleted.
#[derive(Union)]
pub(super) enum AddressDeleteError {
    NotFound(AddressNotFound),
}
