//! Settings of the shop, in one row.

use sea_orm::entity::prelude::*;

use crate::{Currency, ShopId};

/// The settings.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "shop")]
pub struct Model {
    /// Always [`ID`].
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    pub name: String,
    pub default_currency: Currency,
    /// Name in the IANA time zone database.
    pub time_zone: String,
    pub order_number_prefix: String,
    /// Number of the last change, from 1.
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}

/// Key of the one row.
pub const ID: i32 = 1;

/// Key of the one row in global ids, which clients keep: it never changes.
pub const KEY: ShopId = ShopId(uuid::Uuid::from_u128(1));
