//! What the shop sells; what can be bought of it are its [`variant`](crate::variant)s.

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
    /// The name in addresses, unique.
    #[sea_orm(unique)]
    pub slug: String,
    pub name: String,
    pub description: String,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The product with this name in addresses.
    pub fn with_slug(slug: &str) -> Select<Self> {
        Self::find().filter(COLUMN.slug.eq(slug))
    }
}
