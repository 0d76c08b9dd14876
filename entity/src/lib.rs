//! SeaORM models of the database tables, and the finders through which the other crates read them.
//!
//! This crate does not depend on GraphQL, HTTP or business rules. Queries that must always contain a condition (only
//! live sessions, only the orders of one customer) are finders on the entity, so that no caller can omit the condition.

pub mod account;
pub mod account_network;
pub mod account_role;
pub mod account_tag;
pub mod account_tax;
pub mod address;
pub mod api_key;
pub mod audit_entry;
pub mod cart;
pub mod cart_line;
pub mod category;
pub mod collection;
pub mod collection_product;
pub mod currency;
pub mod discount;
pub mod discount_amount;
pub mod discount_code;
pub mod discount_target;
mod id;
pub mod idempotency_key;
pub mod job;
pub mod location;
pub mod one_time_token;
pub mod order;
pub mod order_line;
pub mod permission;
pub mod product;
pub mod product_image;
pub mod product_option;
pub mod product_option_value;
pub mod product_price;
pub mod product_slug;
pub mod product_tag;
pub mod recovery_code;
pub mod registration;
pub mod role;
pub mod second_factor;
pub mod session;
pub mod shipping_method;
pub mod shipping_method_category;
pub mod shipping_price;
pub mod shipping_zone;
pub mod shipping_zone_place;
pub mod shop;
pub mod shop_currency;
pub mod stock_level;
pub mod stock_movement;
pub mod tax_class;
pub mod tax_rate;
pub mod tax_settings;
pub mod variant;
pub mod variant_option_value;
pub mod variant_price;
pub mod variant_price_change;

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
    /// Key of a [`cart`].
    CartId,
    /// Key of a [`cart_line`].
    CartLineId,
    /// Key of a [`category`].
    CategoryId,
    /// Key of a [`collection`].
    CollectionId,
    /// Key of a [`discount`].
    DiscountId,
    /// Key of a [`discount_code`].
    DiscountCodeId,
    /// Key of an [`idempotency_key`].
    IdempotencyKeyId,
    /// Key of a [`job`].
    JobId,
    /// Key of a [`location`].
    LocationId,
    /// Key of an [`order`].
    OrderId,
    /// Key of an [`order_line`].
    OrderLineId,
    /// Key of a [`product`].
    ProductId,
    /// Key of a [`product_image`].
    ProductImageId,
    /// Key of a [`product_option`].
    ProductOptionId,
    /// Key of a [`product_option_value`].
    ProductOptionValueId,
    /// Key of a [`registration`].
    RegistrationId,
    /// Key of a [`role`].
    RoleId,
    /// Public id of a [`session`], which grants no access.
    SessionId,
    /// Key of a [`shipping_method`].
    ShippingMethodId,
    /// Key of a [`shipping_zone`].
    ShippingZoneId,
    /// Public id of the [`shop`], always [`shop::KEY`].
    ShopId,
    /// Key of a [`stock_level`].
    StockLevelId,
    /// Key of a [`stock_movement`].
    StockMovementId,
    /// Key of a [`tax_class`].
    TaxClassId,
    /// Key of a [`tax_rate`].
    TaxRateId,
    /// Public id of the [`tax_settings`], always [`tax_settings::KEY`].
    TaxSettingsId,
    /// Key of a [`variant`].
    VariantId,
    /// Key of a [`variant_price_change`].
    VariantPriceChangeId,
}
