//! Currencies that prices can be given in.

use sea_orm::entity::prelude::*;

use crate::Currency;

/// One currency.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "shop_currency")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub currency: Currency,
    /// Position in the list of the shop's currencies, from 0.
    pub position: i32,
    /// Whether prices in this currency contain tax; true by default.
    pub prices_include_tax: bool,
}

impl ActiveModelBehavior for ActiveModel {}
