//! Former slugs of products, which go on to lead to them.

use sea_orm::{QueryFilter, QuerySelect, Select, entity::prelude::*};

use crate::ProductId;

/// One former slug.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "product_slug")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub slug: String,
    pub product_id: ProductId,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// Selects the id of the product that had this slug.
    pub fn of(slug: &str) -> Select<Self> {
        Self::find().select_only().column(Column::ProductId).filter(COLUMN.slug.eq(slug))
    }
}
