//! Products, categories and collections that discounts act on.

use sea_orm::entity::prelude::*;

use crate::{CategoryId, CollectionId, DiscountId, ProductId};

/// One target of one discount: a product, a category with those below it, or a collection.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "discount_target")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub discount_id: DiscountId,
    pub product_id: Option<ProductId>,
    pub category_id: Option<CategoryId>,
    pub collection_id: Option<CollectionId>,
}

impl ActiveModelBehavior for ActiveModel {}
