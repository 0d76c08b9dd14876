//! Amounts of discounts, in the minor unit of their currency.

use sea_orm::entity::prelude::*;

use crate::{Currency, DiscountId};

/// The amounts of one discount in one currency.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "discount_amount")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub discount_id: DiscountId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub currency: Currency,
    /// Amount that is taken off, or that a piece costs.
    pub amount: Option<i64>,
    /// Lowest price, before discounts, of what the discount acts on.
    pub minimum: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
