//! Values of options, like `Small`.

use sea_orm::entity::prelude::*;

use crate::{ProductOptionId, ProductOptionValueId};

/// One value of an option.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "product_option_value")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ProductOptionValueId,
    pub option_id: ProductOptionId,
    /// Unique among the values of the option.
    pub name: String,
    /// Position among the values of the option, from 0.
    pub position: i32,
}

impl ActiveModelBehavior for ActiveModel {}
