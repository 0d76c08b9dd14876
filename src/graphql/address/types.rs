//! Addresses, their countries, and the changes of the address book.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, ID, InputObject, MaybeUndefined, SimpleObject};
use entity::{AccountId, AddressId, address as address_row};

use crate::{
    domain::address::{self, AddressPatch},
    graphql::kit::{
        context::ContextExt,
        cost::list_size,
        error::ResolverError,
        id::Node,
        loader::loader,
        member::{InvalidField, NotFound},
        payload::{payload, user_errors},
        scalar::Timestamp,
    },
};

/// An address in the address book of an account. Visible to its owner and, if the owner is a customer, to staff with
/// `CUSTOMERS_VIEW`.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Address {
    /// Global id of the address.
    pub(in crate::graphql) id: ID,
    /// Name of the recipient.
    name: String,
    /// Company of the recipient.
    company: Option<String>,
    /// First line, usually street and number.
    line1: String,
    /// Second line.
    line2: Option<String>,
    /// City, town or village.
    city: String,
    /// ISO 3166-2 code of the state, province or other part of the country, like `US-CA`.
    subdivision_code: Option<String>,
    /// Postal code.
    postal_code: Option<String>,
    /// ISO 3166-1 code of the country, two letters, like `US`.
    country_code: String,
    /// Phone number for the carrier.
    phone: Option<String>,
    /// Whether this is the default address for orders. True for at most one address of an account.
    is_default_shipping: bool,
    /// Whether this is the default address for invoices. True for at most one address of an account.
    is_default_billing: bool,
    /// Time at which the address was created.
    created_at: Timestamp,
    /// Time of the last change of the address.
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
    /// Country; null if its code was withdrawn from ISO 3166-1.
    async fn country(&self) -> Option<Country> {
        address::country(&self.country_code).map(Country::from)
    }

    /// Part of the country; null if the address has none, or if its code was withdrawn from ISO 3166-2.
    async fn subdivision(&self) -> Option<Subdivision> {
        address::subdivision(self.subdivision_code.as_deref()?).map(Subdivision::from)
    }
}

loader!(AddressId => address_row::Model, address::by_ids);
loader! {
    /// Loads the addresses of an account, the oldest first.
    AddressesOf(AccountId) => Arc<[address_row::Model]>, address::of_accounts
}

/// A country or territory of [ISO 3166-1](https://www.iso.org/iso-3166-country-codes.html).
#[derive(SimpleObject)]
#[graphql(complex)]
pub(in crate::graphql) struct Country {
    #[graphql(skip)]
    row: &'static address::Country,
    /// Code of ISO 3166-1, two letters, like `US`.
    code: &'static str,
    /// Short name in English.
    name: &'static str,
}

impl From<&'static address::Country> for Country {
    fn from(row: &'static address::Country) -> Self {
        Self { row, code: row.code, name: row.name }
    }
}

#[ComplexObject]
impl Country {
    /// Parts of the country on all levels, by name without regard to accents; empty if ISO 3166-2 does not divide it.
    #[graphql(directive = list_size::apply(20, None))]
    async fn subdivisions(&self, ctx: &Context<'_>) -> Result<Vec<Subdivision>, ResolverError> {
        ctx.charge_rows(self.row.subdivisions.len())?;
        Ok(self.row.subdivisions.iter().map(Subdivision::from).collect())
    }
}

/// A part of a country, like a state or a province, of ISO 3166-2.
#[derive(SimpleObject)]
pub(in crate::graphql) struct Subdivision {
    /// Code of ISO 3166-2, which begins with the code of the country, like `US-CA`.
    code: &'static str,
    /// Local name, in Latin letters.
    name: &'static str,
    /// Kind of subdivision in English, like `State`.
    category: &'static str,
}

impl From<&address::Subdivision> for Subdivision {
    fn from(part: &address::Subdivision) -> Self {
        Self { code: part.code, name: part.name, category: part.category }
    }
}

/// New address. Leading and trailing spaces of its fields are removed.
#[derive(InputObject)]
pub(super) struct AddressCreateInput {
    /// Name of the recipient, at most 100 characters.
    name: String,
    /// Company of the recipient, at most 100 characters.
    company: Option<String>,
    /// First line, usually street and number, at most 200 characters.
    line1: String,
    /// Second line, at most 200 characters.
    line2: Option<String>,
    /// City, town or village, at most 100 characters.
    city: String,
    /// ISO 3166-2 code of a part of the country, like `US-CA`, in upper or lower case.
    subdivision_code: Option<String>,
    /// Postal code, at most 20 characters.
    postal_code: Option<String>,
    /// ISO 3166-1 code of the country, two letters, like `US`, in upper or lower case.
    country_code: String,
    /// Phone number for the carrier: digits, spaces and `+ - ( ) /`, at most 32 characters.
    phone: Option<String>,
    /// Whether this replaces the default address for orders. The first address of an account always becomes the default.
    #[graphql(default)]
    is_default_shipping: bool,
    /// Whether this replaces the default address for invoices. The first address of an account always becomes the default.
    #[graphql(default)]
    is_default_billing: bool,
}

impl From<AddressCreateInput> for AddressPatch {
    fn from(input: AddressCreateInput) -> Self {
        Self {
            name: Some(Some(input.name)),
            company: Some(input.company),
            line1: Some(Some(input.line1)),
            line2: Some(input.line2),
            city: Some(Some(input.city)),
            subdivision_code: Some(input.subdivision_code),
            postal_code: Some(input.postal_code),
            country_code: Some(Some(input.country_code)),
            phone: Some(input.phone),
            is_default_shipping: Some(input.is_default_shipping),
            is_default_billing: Some(input.is_default_billing),
        }
    }
}

/// Change of an address. Fields that are missing stay as they are; null clears an optional field.
#[derive(InputObject)]
pub(super) struct AddressUpdateInput {
    /// Global id of the address.
    pub(super) id: ID,
    /// Name of the recipient, at most 100 characters.
    name: MaybeUndefined<String>,
    /// Company of the recipient, at most 100 characters.
    company: MaybeUndefined<String>,
    /// First line, usually street and number, at most 200 characters.
    line1: MaybeUndefined<String>,
    /// Second line, at most 200 characters.
    line2: MaybeUndefined<String>,
    /// City, town or village, at most 100 characters.
    city: MaybeUndefined<String>,
    /// ISO 3166-2 code of a part of the country, like `US-CA`, in upper or lower case. A change of the country requires a
    /// new one.
    subdivision_code: MaybeUndefined<String>,
    /// Postal code, at most 20 characters.
    postal_code: MaybeUndefined<String>,
    /// ISO 3166-1 code of the country, two letters, like `US`, in upper or lower case.
    country_code: MaybeUndefined<String>,
    /// Phone number for the carrier: digits, spaces and `+ - ( ) /`, at most 32 characters.
    phone: MaybeUndefined<String>,
    /// Whether this is the default address for orders: true replaces another default, false leaves the account without one.
    /// Null is the same as missing.
    is_default_shipping: Option<bool>,
    /// Whether this is the default address for invoices: true replaces another default, false leaves the account without
    /// one. Null is the same as missing.
    is_default_billing: Option<bool>,
}

impl From<AddressUpdateInput> for AddressPatch {
    fn from(input: AddressUpdateInput) -> Self {
        Self {
            name: input.name.into(),
            company: input.company.into(),
            line1: input.line1.into(),
            line2: input.line2.into(),
            city: input.city.into(),
            subdivision_code: input.subdivision_code.into(),
            postal_code: input.postal_code.into(),
            country_code: input.country_code.into(),
            phone: input.phone.into(),
            is_default_shipping: input.is_default_shipping,
            is_default_billing: input.is_default_billing,
        }
    }
}

/// Address to delete.
#[derive(InputObject)]
pub(super) struct AddressDeleteInput {
    /// Global id of the address.
    pub(super) id: ID,
}

user_errors! {
    /// The account has the maximum number of addresses.
    AddressLimitReached {
        /// Maximum number of addresses of an account.
        max: u32,
    }
}

payload! {
    /// Payload of `addressCreate`.
    AddressCreatePayload {
        /// The new address; null on failure.
        address: Address,
    }
    /// Failure of `addressCreate`. All invalid fields are reported at once.
    AddressCreateError: InvalidField, AddressLimitReached;
    from address::CreateError {
        Invalid(fields) => each InvalidField from fields,
        LimitReached { max } => AddressLimitReached { max: max },
    }
}

payload! {
    /// Payload of `addressUpdate`.
    AddressUpdatePayload {
        /// The address after the change; null on failure.
        address: Address,
    }
    /// Failure of `addressUpdate`. All invalid fields are reported at once.
    AddressUpdateError: NotFound, InvalidField;
    from address::UpdateError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        Invalid(fields) => each InvalidField from fields,
    }
}

payload! {
    /// Payload of `addressDelete`.
    AddressDeletePayload {
        /// Global id of the deleted address; null on failure.
        deleted_id: ID,
    }
    /// Failure of `addressDelete`.
    AddressDeleteError: NotFound;
    from address::DeleteError {
        NotFound(id) => NotFound { id: id.global() } at "id",
    }
}
