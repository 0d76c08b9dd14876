//! Shipping zones: places with the same shipping methods.

use sea_orm::entity::prelude::*;

use crate::ShippingZoneId;

/// One zone.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "shipping_zone")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ShippingZoneId,
    /// Unique.
    #[sea_orm(unique)]
    pub name: String,
    /// Number of the last change, from 1.
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
