//! What can be bought: one size, colour or pack of a product, with its price and stock.

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
    /// The stock keeping unit, unique in the shop.
    #[sea_orm(unique)]
    pub sku: String,
    pub name: String,
    /// In the currency's minor unit, never negative.
    pub price_minor: i64,
    pub currency: Currency,
    /// Pieces in stock, never negative.
    pub on_hand: i32,
    /// The place among its product's variants, from 0.
    pub position: i32,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// All variants in the order in which a product shows them.
    pub fn in_order() -> Select<Self> {
        Self::find().order_by_asc(COLUMN.product_id).order_by_asc(COLUMN.position).order_by_asc(COLUMN.id)
    }
}
