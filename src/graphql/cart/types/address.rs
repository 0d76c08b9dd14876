//! Addresses of carts.

use async_graphql::{ComplexObject, InputObject, SimpleObject};

use crate::{
    domain::address::{self, AddressPatch, PostalAddress},
    graphql::address::{Country, Subdivision},
};

/// Address of a cart. Unlike one of an address book it may be incomplete: only the country is certain.
#[derive(SimpleObject)]
#[graphql(complex)]
pub(super) struct CartAddress {
    /// Name of the recipient.
    name: Option<String>,
    /// Company of the recipient.
    company: Option<String>,
    /// First line, usually street and number.
    line1: Option<String>,
    /// Second line.
    line2: Option<String>,
    /// City, town or village.
    city: Option<String>,
    /// ISO 3166-2 code of the state, province or other part of the country, like `US-CA`.
    subdivision_code: Option<String>,
    /// Postal code.
    postal_code: Option<String>,
    /// ISO 3166-1 code of the country, two letters, like `US`.
    country_code: String,
    /// Phone number for the carrier.
    phone: Option<String>,
}

impl From<PostalAddress> for CartAddress {
    fn from(address: PostalAddress) -> Self {
        Self {
            name: address.name,
            company: address.company,
            line1: address.line1,
            line2: address.line2,
            city: address.city,
            subdivision_code: address.subdivision,
            postal_code: address.postal_code,
            country_code: address.country,
            phone: address.phone,
        }
    }
}

#[ComplexObject]
impl CartAddress {
    /// Country; null if its code was withdrawn from ISO 3166-1.
    async fn country(&self) -> Option<Country> {
        address::country(&self.country_code).map(Country::from)
    }

    /// Part of the country; null if the address has none, or if its code was withdrawn from ISO 3166-2.
    async fn subdivision(&self) -> Option<Subdivision> {
        address::subdivision(self.subdivision_code.as_deref()?).map(Subdivision::from)
    }
}

/// Address of a cart, which replaces the former one whole. Only the country is required, so that taxes and shipping can be
/// shown early.
#[derive(InputObject)]
pub(in crate::graphql::cart) struct CartAddressInput {
    /// Name of the recipient, at most 100 characters.
    name: Option<String>,
    /// Company of the recipient, at most 100 characters.
    company: Option<String>,
    /// First line, usually street and number, at most 200 characters.
    line1: Option<String>,
    /// Second line, at most 200 characters.
    line2: Option<String>,
    /// City, town or village, at most 100 characters.
    city: Option<String>,
    /// ISO 3166-2 code of a part of the country, like `US-CA`, in upper or lower case.
    subdivision_code: Option<String>,
    /// Postal code, at most 20 characters.
    postal_code: Option<String>,
    /// ISO 3166-1 code of the country, two letters, like `US`, in upper or lower case.
    country_code: String,
    /// Phone number for the carrier: digits, spaces and `+ - ( ) /`, at most 32 characters.
    phone: Option<String>,
}

impl From<CartAddressInput> for AddressPatch {
    fn from(input: CartAddressInput) -> Self {
        Self {
            name: Some(input.name),
            company: Some(input.company),
            line1: Some(input.line1),
            line2: Some(input.line2),
            city: Some(input.city),
            subdivision_code: Some(input.subdivision_code),
            postal_code: Some(input.postal_code),
            country_code: Some(Some(input.country_code)),
            phone: Some(input.phone),
            ..Self::default()
        }
    }
}
