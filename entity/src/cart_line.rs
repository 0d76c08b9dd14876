//! Lines of carts: pieces of one variant.

use sea_orm::entity::prelude::*;

use crate::{CartId, CartLineId, VariantId};

/// One line. Its `seen_…` columns are what the shopper knew when the line was last changed or its notices were dismissed.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "cart_line")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CartLineId,
    pub cart_id: CartId,
    /// Position among the lines of the cart, ascending, with gaps.
    pub position: i32,
    /// Variant; `None` once it is deleted.
    pub variant_id: Option<VariantId>,
    /// Number of pieces, from 1.
    pub quantity: i32,
    /// An object of strings. Lines of one variant differ in it.
    pub metadata: Json,
    /// The metadata as a text with sorted keys, unique with cart and variant.
    pub metadata_key: String,
    /// An object of strings, for staff.
    pub private_metadata: Json,
    pub seen_product_name: String,
    pub seen_variant_name: String,
    pub seen_sku: String,
    /// Price of one piece in minor units of the cart's currency; `None` for none.
    pub seen_price: Option<i64>,
    pub seen_problem: Option<Problem>,
    /// Number of pieces that could be had, for [`Problem::InsufficientStock`].
    pub seen_available: Option<i32>,
}

impl ActiveModelBehavior for ActiveModel {}

/// What prevents an order of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(32))", rename_all = "snake_case")]
pub enum Problem {
    /// The variant is no longer in the shop.
    NoLongerAvailable,
    /// The variant has no price in the currency of the cart.
    NotSoldInCurrency,
    /// There are fewer pieces than the cart has.
    InsufficientStock,
    /// The cart has more pieces than one order may have.
    AboveMaximum,
}
