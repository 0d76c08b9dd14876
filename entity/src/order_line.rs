//! The lines of an order: what was bought, as it was called and priced at that moment.

use sea_orm::entity::prelude::*;

use crate::{OrderId, OrderLineId, VariantId};

/// One line.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "order_line")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OrderLineId,
    pub order_id: OrderId,
    /// `None` once the variant is gone from the catalogue.
    pub variant_id: Option<VariantId>,
    pub sku: String,
    pub product_name: String,
    pub variant_name: String,
    /// Pieces, at least one.
    pub quantity: i32,
    /// In the order's currency's minor unit.
    pub unit_price_minor: i64,
}

impl ActiveModelBehavior for ActiveModel {}
