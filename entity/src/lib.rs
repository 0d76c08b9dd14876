//! The rows of the database as Rust types: SeaORM models, their relations, and the finders through which every other
//! crate reads them.
//!
//! Nothing here knows GraphQL, HTTP or a business rule. Queries that must not forget a condition (only live sessions,
//! only one customer's orders) are finders on the entity, so that a caller cannot leave the condition out.

pub mod account;
pub mod account_network;
pub mod account_role;
pub mod address;
pub mod api_key;
pub mod audit_entry;
pub mod category;
pub mod currency;
pub mod id;
pub mod one_time_token;
pub mod order;
pub mod order_line;
pub mod outbox;
pub mod permission;
pub mod product;
pub mod recovery_code;
pub mod registration;
pub mod role;
pub mod second_factor;
pub mod session;
pub mod variant;

pub use currency::Currency;
pub use id::{
    AccountId, AddressId, ApiKeyId, AuditEntryId, CategoryId, EffectId, OrderId, OrderLineId, ProductId,
    RegistrationId, RoleId, SessionId, VariantId,
};
pub use permission::{Permission, Permissions};
