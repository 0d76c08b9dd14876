//! Stock of each variant at each location: the sum of its [movements](crate::stock_movement), and how it is sold.

use sea_orm::entity::prelude::*;

use crate::{LocationId, StockLevelId, VariantId};

/// The stock of one variant at one location.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "stock_level")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: StockLevelId,
    /// Unique with the location.
    pub variant_id: VariantId,
    pub location_id: LocationId,
    /// Pieces in the warehouse, never negative.
    pub on_hand: i32,
    /// Pieces of orders that are not shipped yet, never negative.
    pub reserved: i32,
    /// `on_hand - reserved`, computed by the database.
    pub available: i32,
    /// Whether pieces are counted.
    pub tracked: bool,
    /// Number of pieces that can be reserved beyond those on hand.
    pub backorder_limit: i32,
    /// Number of available pieces at which the stock is low.
    pub low_threshold: i32,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
