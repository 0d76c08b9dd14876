//! Products. Their [`variant`](crate::variant)s are the items that can be bought.

use sea_orm::{Condition, QueryFilter, Select, entity::prelude::*};

use crate::{CategoryId, ProductId};

/// One product.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "product")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ProductId,
    pub category_id: Option<CategoryId>,
    /// Name in URLs, unique.
    #[sea_orm(unique)]
    pub slug: String,
    pub name: String,
    /// The name as lists sort it: without marks and case.
    pub name_key: String,
    pub status: Status,
    /// Markdown.
    pub description: String,
    pub seo_title: Option<String>,
    pub seo_description: Option<String>,
    /// Key in another system, unique.
    #[sea_orm(unique)]
    pub external_id: Option<String>,
    /// An object of strings.
    pub metadata: Json,
    /// An object of strings, for staff.
    pub private_metadata: Json,
    /// Number of the last change, from 1.
    pub version: i32,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

/// Visibility of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum Status {
    /// In preparation, for staff only.
    Draft,
    /// In the catalogue.
    Active,
    /// Taken out of the catalogue, for staff only.
    Archived,
}

impl Entity {
    /// Selects the product with this slug, present or former; a present one comes first.
    pub fn with_slug(slug: &str) -> Select<Self> {
        use sea_orm::{QueryOrder, QueryTrait};
        let former = crate::product_slug::Entity::of(slug).into_query();
        Self::find()
            .filter(Condition::any().add(COLUMN.slug.eq(slug)).add(Column::Id.in_subquery(former)))
            .order_by_desc(COLUMN.slug.eq(slug))
    }
}
