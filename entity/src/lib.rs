//! The rows of the database as Rust types: SeaORM models, their relations, and the finders through which every other
//! crate reads them.
//!
//! Nothing here knows GraphQL, HTTP or a business rule. Queries that must not forget a condition (only live sessions,
//! only one customer's orders) are finders on the entity, so that a caller cannot leave the condition out.

pub mod account;
pub mod category;
pub mod currency;
pub mod id;
pub mod order;
pub mod order_line;
pub mod outbox;
pub mod product;
pub mod session;
pub mod variant;

pub use currency::Currency;
pub use id::{AccountId, CategoryId, EffectId, OrderId, OrderLineId, ProductId, VariantId};
