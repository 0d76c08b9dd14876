//! Carts of guests and of accounts.

use sea_orm::{FromJsonQueryResult, QueryFilter, Select, entity::prelude::*};

use crate::{AccountId, CartId, Currency, ShippingMethodId};

/// One cart. It belongs to an account, or to a guest who has its token.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "cart")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CartId,
    /// SHA-256 of a guest's token, unique; `None` for the cart of an account.
    #[sea_orm(unique)]
    pub token_hash: Option<Vec<u8>>,
    /// Owner, unique: an account has at most one cart.
    #[sea_orm(unique)]
    pub account_id: Option<AccountId>,
    pub currency: Currency,
    pub email: Option<String>,
    /// [BCP 47](https://www.rfc-editor.org/info/bcp47) tag of the language of mails.
    pub locale: Option<String>,
    /// Message of the shopper to the shop.
    pub note: String,
    /// An address as an object, or null.
    pub shipping_address: Json,
    /// An address as an object, or null.
    pub billing_address: Json,
    /// Chosen method; it may have become unusable.
    pub shipping_method_id: Option<ShippingMethodId>,
    /// Codes of discounts that the shopper has entered.
    pub discount_codes: Codes,
    /// An object of strings.
    pub metadata: Json,
    /// An object of strings, for staff.
    pub private_metadata: Json,
    /// Number of the last change, from 1.
    pub version: i32,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

/// Codes in the order in which they were entered.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, FromJsonQueryResult)]
pub struct Codes(pub Vec<Code>);

/// A code of a discount.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Code {
    /// As it was entered.
    pub code: String,
    /// The code as [`discount_code`](crate::discount_code) has it, unique in the cart.
    pub key: String,
    /// Whether there was such a code that had not ended when the shopper last saw it.
    pub seen_usable: bool,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// Selects the cart of this account.
    pub fn of_account(account: AccountId) -> Select<Self> {
        Self::find().filter(COLUMN.account_id.eq(account))
    }

    /// Selects the guest's cart with this token.
    pub fn with_token(hash: &[u8]) -> Select<Self> {
        Self::find().filter(COLUMN.token_hash.eq(hash))
    }
}
