//! Postal addresses of accounts, for shipping and billing.

use sea_orm::{QueryFilter, QueryOrder, Select, entity::prelude::*};

use crate::{AccountId, AddressId};

/// One postal address of one account.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "address")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AddressId,
    pub account_id: AccountId,
    /// Name of the recipient.
    pub name: String,
    pub company: Option<String>,
    /// Usually street and number.
    pub line1: String,
    pub line2: Option<String>,
    pub city: String,
    /// [ISO 3166-2](https://www.iso.org/iso-3166-country-codes.html) code, like `US-CA`. It is checked against the
    /// country when the address is saved; later the code may be withdrawn from the standard.
    pub subdivision: Option<String>,
    pub postal_code: Option<String>,
    /// [ISO 3166-1](https://www.iso.org/iso-3166-country-codes.html) alpha-2 code, like `US`.
    pub country: String,
    pub phone: Option<String>,
    /// Default shipping address; true for at most one address per account.
    pub is_default_shipping: bool,
    /// Default billing address; true for at most one address per account.
    pub is_default_billing: bool,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// Selects the addresses of one account.
    pub fn of_account(account: AccountId) -> Select<Self> {
        Self::find().filter(COLUMN.account_id.eq(account))
    }

    /// Selects all addresses by account, oldest first.
    pub fn in_order() -> Select<Self> {
        Self::find().order_by_asc(COLUMN.account_id).order_by_asc(COLUMN.created_at).order_by_asc(COLUMN.id)
    }
}
