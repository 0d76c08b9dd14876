//! Prices of variants, one for each currency, in its minor unit.

use sea_orm::entity::prelude::*;

use crate::{Currency, VariantId};

/// The price of one variant in one currency.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "variant_price")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub variant_id: VariantId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub currency: Currency,
    pub amount: i64,
    /// Former or recommended price.
    pub compare_at: Option<i64>,
    /// What one piece costs the shop.
    pub cost: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
