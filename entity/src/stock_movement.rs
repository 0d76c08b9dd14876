//! Changes of stock. The database rejects changes to them and their deletion.

use sea_orm::entity::prelude::*;
use uuid::Uuid;

use crate::{LocationId, StockMovementId, VariantId};

/// One change of the stock of one variant.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "stock_movement")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: StockMovementId,
    pub variant_id: VariantId,
    pub location_id: LocationId,
    pub kind: Kind,
    /// Change of the pieces on hand.
    pub on_hand: i32,
    /// Change of the reserved pieces.
    pub reserved: i32,
    /// Reason of an adjustment.
    pub reason: Option<Reason>,
    pub note: Option<String>,
    /// Key of the object that caused the movement, like an order; `None` for a change by staff.
    pub cause_id: Option<Uuid>,
    /// Id of the account or API key that caused it; `None` for the server.
    pub actor_id: Option<Uuid>,
    pub at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

/// Kind of a movement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum Kind {
    /// Goods came in.
    Receive,
    /// The count was corrected.
    Adjust,
    /// Pieces were set aside for an order.
    Reserve,
    /// Pieces of an order became free again.
    Release,
    /// Pieces left the warehouse.
    Ship,
    /// Shipped pieces came back.
    Return,
}

/// Reason of an adjustment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum Reason {
    /// The pieces were counted.
    Count,
    /// Pieces are damaged.
    Damage,
    /// Pieces cannot be found.
    Loss,
    /// Pieces were stolen.
    Theft,
    /// Pieces were given away.
    Sample,
    /// Another reason, which the note tells.
    Other,
}
