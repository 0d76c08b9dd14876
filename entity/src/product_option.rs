//! Options in which the variants of a product differ, like size and colour.

use sea_orm::entity::prelude::*;

use crate::{ProductId, ProductOptionId};

/// One option of a product.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "product_option")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ProductOptionId,
    pub product_id: ProductId,
    /// Unique among the options of the product.
    pub name: String,
    /// Position among the options of the product, from 0.
    pub position: i32,
}

impl ActiveModelBehavior for ActiveModel {}
