//! The places of shipping zones.

use sea_orm::entity::prelude::*;

use crate::ShippingZoneId;

/// One place, which belongs to one zone.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "shipping_zone_place")]
pub struct Model {
    /// Code of a subdivision (ISO 3166-2) or a country (ISO 3166-1), or `*` for everywhere else.
    #[sea_orm(primary_key, auto_increment = false)]
    pub place: String,
    pub zone_id: ShippingZoneId,
}

impl ActiveModelBehavior for ActiveModel {}
