//! The address book: where the orders and invoices of an account go.

use sea_orm::{QueryFilter, QueryOrder, Select, entity::prelude::*};

use crate::{AccountId, AddressId};

/// One address of one account.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "address")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AddressId,
    pub account_id: AccountId,
    /// Who receives what is sent there.
    pub name: String,
    pub company: Option<String>,
    /// Street and number, as a rule.
    pub line1: String,
    pub line2: Option<String>,
    pub city: String,
    /// The code of [ISO 3166-2](https://www.iso.org/iso-3166-country-codes.html), like `US-CA`. It was one of the
    /// country's when it was written; codes are withdrawn now and then.
    pub subdivision: Option<String>,
    pub postal_code: Option<String>,
    /// The two letters of [ISO 3166-1](https://www.iso.org/iso-3166-country-codes.html), like `US`.
    pub country: String,
    pub phone: Option<String>,
    /// Whether orders go there unless the customer says otherwise; true for at most one of an account's addresses.
    pub is_default_shipping: bool,
    /// Whether invoices go there unless the customer says otherwise; true for at most one of an account's addresses.
    pub is_default_billing: bool,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The addresses of one account.
    pub fn of_account(account: AccountId) -> Select<Self> {
        Self::find().filter(COLUMN.account_id.eq(account))
    }

    /// All addresses, those of an account together and the oldest first.
    pub fn in_order() -> Select<Self> {
        Self::find().order_by_asc(COLUMN.account_id).order_by_asc(COLUMN.created_at).order_by_asc(COLUMN.id)
    }
}
