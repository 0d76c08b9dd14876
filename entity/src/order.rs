//! Placed orders. An order stores its own amounts, so later changes to the account or the catalogue do not affect it.

use sea_orm::{QueryFilter, Select, entity::prelude::*};

use crate::{AccountId, Currency, OrderId};

/// One placed order.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "order")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OrderId,
    /// Short order number for humans, unique.
    #[sea_orm(unique)]
    pub number: i64,
    /// Customer; `None` once the account is deleted.
    pub account_id: Option<AccountId>,
    pub currency: Currency,
    /// Sum of the lines, in minor units of the currency.
    pub total_minor: i64,
    pub placed_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// Selects the orders of one customer.
    pub fn for_customer(account: AccountId) -> Select<Self> {
        Self::find().filter(COLUMN.account_id.eq(account))
    }
}
