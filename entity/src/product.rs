//! Products. Their [`variant`](crate::variant)s are the items that can be bought.

use sea_orm::{QueryFilter, Select, entity::prelude::*};

use crate::{CategoryId, ProductId};

/// One product.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "product")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ProductId,
    pub category_id: CategoryId,
    /// Name in URLs, unique.
    #[sea_orm(unique)]
    pub slug: String,
    pub name: String,
    pub description: String,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// Selects the product with this slug.
    pub fn with_slug(slug: &str) -> Select<Self> {
        Self::find().filter(COLUMN.slug.eq(slug))
    }
}
