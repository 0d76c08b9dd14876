//! Prices of shipping methods, one for each currency, in its minor unit.

use sea_orm::entity::prelude::*;

use crate::{Currency, ShippingMethodId};

/// The price of one method in one currency.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "shipping_price")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub method_id: ShippingMethodId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub currency: Currency,
    pub amount: i64,
    /// Subtotal from which shipping is free.
    pub free_from: Option<i64>,
    /// Lowest subtotal of a cart.
    pub min_subtotal: Option<i64>,
    /// Subtotal below which a cart must stay.
    pub max_subtotal: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
