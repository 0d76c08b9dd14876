//! Stock: levels, movements, and what staff do to them.

mod mutation;
mod query;
mod types;

pub use mutation::InventoryMutation;
pub use query::InventoryQuery;
pub(in crate::graphql) use types::StockOf;
pub use types::{
    IdempotencyKeyReused, StockConflict, StockLevel, StockLevelConnection, StockMovement,
    StockMovementConnection,
};
