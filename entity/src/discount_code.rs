//! Codes of discounts.

use sea_orm::entity::prelude::*;

use crate::{DiscountCodeId, DiscountId};

/// One code of one discount.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "discount_code")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DiscountCodeId,
    pub discount_id: DiscountId,
    /// As staff wrote it.
    pub code: String,
    /// The code without marks, in upper case, unique.
    #[sea_orm(unique)]
    pub code_key: String,
    /// Maximum number of orders with it.
    pub max_uses: Option<i32>,
    /// Number of orders with it.
    pub used: i64,
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
