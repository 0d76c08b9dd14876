//! The category tree of the catalogue.

use sea_orm::{QueryFilter, Select, entity::prelude::*};

use crate::CategoryId;

/// One category.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "category")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CategoryId,
    /// Parent category; `None` at the top of the tree.
    pub parent_id: Option<CategoryId>,
    /// Name in URLs, unique.
    #[sea_orm(unique)]
    pub slug: String,
    pub name: String,
    pub description: String,
    /// Position among the siblings, ascending, with gaps.
    pub position: i32,
    /// Number of the last change, from 1.
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// Selects the children of `parent`, or the top categories for `None`.
    pub fn below(parent: Option<CategoryId>) -> Select<Self> {
        Self::find().filter(match parent {
            Some(parent) => COLUMN.parent_id.eq(parent),
            None => COLUMN.parent_id.is_null(),
        })
    }
}
