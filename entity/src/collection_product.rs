//! The products of collections, in their order.

use sea_orm::entity::prelude::*;

use crate::{CollectionId, ProductId};

/// One product of one collection.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "collection_product")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub collection_id: CollectionId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub product_id: ProductId,
    /// Position in the collection, ascending.
    pub position: i32,
}

impl ActiveModelBehavior for ActiveModel {}
