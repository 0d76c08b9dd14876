//! What customers bought. An order keeps its own figures, whatever happens to the account or the catalogue later.

use sea_orm::{QueryFilter, Select, entity::prelude::*};

use crate::{AccountId, Currency, OrderId};

/// One placed order.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "order")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OrderId,
    /// The short number that people read to each other, unique.
    #[sea_orm(unique)]
    pub number: i64,
    /// `None` once the customer's account is gone.
    pub account_id: Option<AccountId>,
    pub currency: Currency,
    /// The sum of the lines, in the currency's minor unit.
    pub total_minor: i64,
    pub placed_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The orders of one customer.
    pub fn for_customer(account: AccountId) -> Select<Self> {
        Self::find().filter(COLUMN.account_id.eq(account))
    }
}
