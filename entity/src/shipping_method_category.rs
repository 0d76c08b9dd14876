//! Categories whose products a shipping method does not ship.

use sea_orm::entity::prelude::*;

use crate::{CategoryId, ShippingMethodId};

/// One excluded category of one method.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "shipping_method_category")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub method_id: ShippingMethodId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub category_id: CategoryId,
}

impl ActiveModelBehavior for ActiveModel {}
