//! Discounts on carts.

use sea_orm::entity::prelude::*;

use crate::DiscountId;

/// One discount.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "discount")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DiscountId,
    /// Name for shoppers.
    pub name: String,
    pub kind: Kind,
    /// Parts per million, of a percentage only.
    pub ppm: Option<i32>,
    /// Whether it needs no code.
    pub is_automatic: bool,
    /// Whether it acts on its [targets](crate::discount_target) only, even if they are all deleted.
    pub is_limited: bool,
    /// Lowest number of pieces that it acts on.
    pub minimum_quantity: Option<i32>,
    pub starts_at: DateTimeUtc,
    pub ends_at: Option<DateTimeUtc>,
    /// Maximum number of orders with it.
    pub max_uses: Option<i32>,
    /// Maximum number of orders of one customer with it.
    pub max_uses_per_customer: Option<i32>,
    /// Number of orders with it.
    pub used: i64,
    /// Tag that the customer must have.
    pub account_tag: Option<String>,
    /// Higher ones are applied first.
    pub priority: i32,
    /// Whether it is applied beside others.
    pub is_combinable: bool,
    pub is_active: bool,
    /// Number of the last change, from 1.
    pub version: i32,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

/// Effect of a discount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum Kind {
    /// A part of the price.
    Percentage,
    /// An amount off the price.
    Amount,
    /// An amount that each piece costs at most.
    FixedPrice,
    /// Shipping costs nothing.
    FreeShipping,
}
