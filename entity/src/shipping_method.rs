//! Shipping methods of a zone.

use sea_orm::{FromJsonQueryResult, QueryOrder, Select, entity::prelude::*};

use crate::{ShippingMethodId, ShippingZoneId, TaxClassId};

/// One shipping method.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "shipping_method")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ShippingMethodId,
    pub zone_id: ShippingZoneId,
    pub name: String,
    /// Text for shoppers; may be empty.
    pub description: String,
    /// Earliest number of working days until delivery.
    pub min_days: Option<i32>,
    /// Latest number of working days until delivery.
    pub max_days: Option<i32>,
    /// Lowest weight of a cart in grams.
    pub min_weight: Option<i32>,
    /// Highest weight of a cart in grams.
    pub max_weight: Option<i32>,
    /// Tax class of the price; `None` to tax it like the goods.
    pub tax_class_id: Option<TaxClassId>,
    /// Tags of products that the method does not ship.
    pub excluded_tags: Tags,
    /// Position among the methods of the zone, ascending, with gaps.
    pub position: i32,
    /// Number of the last change, from 1.
    pub version: i32,
}

/// Tags, sorted, without repetitions.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, FromJsonQueryResult)]
pub struct Tags(pub Vec<String>);

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// Selects all methods, by zone and position.
    pub fn in_order() -> Select<Self> {
        Self::find().order_by_asc(COLUMN.zone_id).order_by_asc(COLUMN.position).order_by_asc(COLUMN.id)
    }
}
