//! The value of each option that a variant has.

use sea_orm::entity::prelude::*;

use crate::{ProductOptionId, ProductOptionValueId, VariantId};

/// The value of one option of one variant.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "variant_option_value")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub variant_id: VariantId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub option_id: ProductOptionId,
    pub value_id: ProductOptionValueId,
}

impl ActiveModelBehavior for ActiveModel {}
