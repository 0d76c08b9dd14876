//! Variants: the sizes, colours or packs of a product, each with its price and stock.

use sea_orm::{QueryOrder, Select, entity::prelude::*};

use crate::{Currency, ProductId, VariantId};

/// One variant.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "variant")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: VariantId,
    pub product_id: ProductId,
    /// Stock keeping unit, unique.
    #[sea_orm(unique)]
    pub sku: String,
    pub name: String,
    /// Price in minor units of the currency, never negative.
    pub price_minor: i64,
    pub currency: Currency,
    /// Number of pieces in stock, never negative.
    pub on_hand: i32,
    /// Position among the variants of the product, from 0.
    pub position: i32,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// Selects all variants, by product and position.
    pub fn in_order() -> Select<Self> {
        Self::find().order_by_asc(COLUMN.product_id).order_by_asc(COLUMN.position).order_by_asc(COLUMN.id)
    }
}
