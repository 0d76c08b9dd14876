//! Tax classes, by which variants are taxed alike.

use sea_orm::entity::prelude::*;

use crate::TaxClassId;

/// One tax class.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tax_class")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TaxClassId,
    /// Unique.
    #[sea_orm(unique)]
    pub name: String,
}

impl ActiveModelBehavior for ActiveModel {}
