//! SeaORM models of the database tables, and the finders through which the other crates read them.
//!
//! This crate does not depend on GraphQL, HTTP or business rules. Queries that must always contain a condition (only
//! live sessions, only the orders of one customer) are finders on the entity, so that no caller can omit the condition.

pub mod account;
pub mod account_network;
pub mod account_role;
pub mod address;
pub mod api_key;
pub mod audit_entry;
pub mod category;
pub mod currency;
mod id;
pub mod job;
pub mod one_time_token;
pub mod order;
pub mod order_line;
pub mod permission;
pub mod product;
pub mod recovery_code;
pub mod registration;
pub mod role;
pub mod second_factor;
pub mod session;
pub mod variant;

pub use currency::Currency;
pub use permission::{Permission, Permissions};

id::ids! {
    /// Key of an [`account`].
    AccountId,
    /// Key of an [`address`].
    AddressId,
    /// Key of an [`api_key`].
    ApiKeyId,
    /// Key of an [`audit_entry`].
    AuditEntryId,
    /// Key of a [`category`].
    CategoryId,
    /// Key of a [`job`].
    JobId,
    /// Key of an [`order`].
    OrderId,
    /// Key of an [`order_line`].
    OrderLineId,
    /// Key of a [`product`].
    ProductId,
    /// Key of a [`registration`].
    RegistrationId,
    /// Key of a [`role`].
    RoleId,
    /// Public id of a [`session`], which grants no access.
    SessionId,
    /// Key of a [`variant`].
    VariantId,
}
