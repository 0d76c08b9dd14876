//! Images of products.

use sea_orm::entity::prelude::*;

use crate::{ProductId, ProductImageId, VariantId};

/// One image.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "product_image")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ProductImageId,
    pub product_id: ProductId,
    /// Variant that the image shows; `None` for all.
    pub variant_id: Option<VariantId>,
    pub url: String,
    /// Text for people who do not see the image; may be empty.
    pub alt: String,
    /// Position among the images of the product, from 0.
    pub position: i32,
}

impl ActiveModelBehavior for ActiveModel {}
