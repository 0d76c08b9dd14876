//! Variants: the sizes, colours or packs of a product, each with its prices and stock.

use sea_orm::{QueryOrder, Select, entity::prelude::*};

use crate::{ProductId, TaxClassId, VariantId};

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
    /// Values of the options, like `Small / Red`; the product's name without options.
    pub name: String,
    /// Ids of the option values, sorted, with a space between them; unique among the variants on sale of the product.
    pub combination: String,
    pub barcode: Option<String>,
    /// Weight of one piece in grams.
    pub weight: Option<i32>,
    pub requires_shipping: bool,
    /// Maximum number of pieces in one order.
    pub max_per_order: Option<i32>,
    pub tax_class_id: Option<TaxClassId>,
    /// Position among the variants of the product, from 0.
    pub position: i32,
    /// Time at which the variant was taken off sale.
    pub archived_at: Option<DateTimeUtc>,
    /// An object of strings.
    pub metadata: Json,
    /// An object of strings, for staff.
    pub private_metadata: Json,
    /// Number of the last change, from 1.
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// Selects all variants, by product and position.
    pub fn in_order() -> Select<Self> {
        Self::find().order_by_asc(COLUMN.product_id).order_by_asc(COLUMN.position).order_by_asc(COLUMN.id)
    }
}
