//! Places where stock lies.

use sea_orm::entity::prelude::*;
use uuid::Uuid;

use crate::LocationId;

/// One location.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "location")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: LocationId,
    /// Unique.
    #[sea_orm(unique)]
    pub name: String,
}

impl ActiveModelBehavior for ActiveModel {}

/// The location that every shop has.
pub const MAIN: LocationId = LocationId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001));
