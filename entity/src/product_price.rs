//! Lowest and highest price of the variants on sale of each product, by which lists sort and filter.

use sea_orm::entity::prelude::*;

use crate::{Currency, ProductId};

/// The range of one product's prices in one currency, in its minor unit.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "product_price")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub product_id: ProductId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub currency: Currency,
    pub min: i64,
    pub max: i64,
}

impl ActiveModelBehavior for ActiveModel {}
