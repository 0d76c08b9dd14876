//! Lines of orders, with names and prices at the time of the order.

use sea_orm::entity::prelude::*;

use crate::{OrderId, OrderLineId, VariantId};

/// One order line.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "order_line")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OrderLineId,
    pub order_id: OrderId,
    /// Variant; `None` once it is deleted.
    pub variant_id: Option<VariantId>,
    pub sku: String,
    pub product_name: String,
    pub variant_name: String,
    /// Number of pieces, at least 1.
    pub quantity: i32,
    /// Price per piece, in minor units of the order's currency.
    pub unit_price_minor: i64,
}

impl ActiveModelBehavior for ActiveModel {}
