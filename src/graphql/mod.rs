//! The schema: types and root fields that decode their arguments, call one function of `domain`, and wrap its result.
//! No business rules.

pub mod account;
pub mod address;
pub mod api_key;
pub mod audit_log;
pub mod auth;
pub mod cart;
pub mod code;
pub mod customer;
pub mod dead_letter;
pub mod discount;
pub mod engine;
pub mod inventory;
pub mod kit;
mod metadata;
mod node;
pub mod privacy;
pub mod product;
pub mod shipping;
pub mod shop;
pub mod staff;
pub mod tax;
mod user_error;

use std::sync::Arc;

use async_graphql::{ID, MergedObject, MergedSubscription, Schema, SchemaBuilder};

use self::engine::{EngineSchema, Executor, Limits, Observer, TrustedOperations};

/// Root of all queries.
#[derive(Default, MergedObject)]
pub struct Query(
    account::AccountQuery,
    auth::AuthQuery,
    address::CountryQuery,
    api_key::ApiKeyQuery,
    audit_log::AuditLogQuery,
    dead_letter::DeadLetterQuery,
    customer::CustomerQuery,
    discount::DiscountQuery,
    staff::StaffQuery,
    cart::CartQuery,
    product::ProductQuery,
    product::CategoryQuery,
    product::CollectionQuery,
    inventory::InventoryQuery,
    node::NodeQuery,
    privacy::PrivacyQuery,
    shipping::ShippingQuery,
    shop::ShopQuery,
    tax::TaxQuery,
);

/// Root of all mutations.
#[derive(Default, MergedObject)]
pub struct Mutation(
    auth::AuthMutation,
    account::AccountMutation,
    address::AddressMutation,
    api_key::ApiKeyMutation,
    dead_letter::DeadLetterMutation,
    cart::CartMutation,
    customer::CustomerMutation,
    discount::DiscountMutation,
    inventory::InventoryMutation,
    metadata::MetadataMutation,
    privacy::PrivacyMutation,
    product::ProductMutation,
    product::VariantMutation,
    product::CategoryMutation,
    product::CollectionMutation,
    staff::StaffMutation,
    shipping::ShippingMutation,
    shop::ShopMutation,
    tax::TaxMutation,
);

/// Root of all subscriptions.
#[derive(Default, MergedSubscription)]
pub struct Subscription(auth::AuthSubscription);

/// Runs operations on Bodega's schema within these limits.
pub fn executor(limits: Limits, trusted: TrustedOperations, observer: Arc<dyn Observer>) -> Executor {
    let build = || match limits.introspection {
        true => builder(),
        false => builder().disable_introspection().disable_suggestions(),
    };
    Executor::new(EngineSchema::new(build, &sdl()), limits, trusted, observer)
}

/// The schema in the definition language, as `schema.graphql` holds it.
pub fn sdl() -> String {
    let options = async_graphql::SDLExportOptions::new()
        .sorted_fields()
        .sorted_arguments()
        .sorted_enum_items()
        .include_specified_by()
        .use_space_ident()
        .indent_width(2);
    builder().finish().sdl_with_options(options)
}

fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    Schema::build(Query::default(), Mutation::default(), Subscription::default())
        .register_output_type::<user_error::UserError>()
        .override_output_type_description::<ID>("Opaque id of one object, to be kept and sent as it came.")
        .override_output_type_description::<api_key::ApiKeyConnection>("A page of a list of API keys.")
        .override_output_type_description::<audit_log::AuditEntryConnection>("A page of the audit log.")
        .override_output_type_description::<dead_letter::DeadLetterConnection>(
            "A page of a list of dead letters.",
        )
        .override_output_type_description::<discount::DiscountConnection>("A page of a list of discounts.")
        .override_output_type_description::<discount::DiscountCodeConnection>("A page of a list of codes.")
        .override_output_type_description::<account::AccountConnection>("A page of a list of accounts.")
        .override_output_type_description::<staff::RoleConnection>("A page of a list of roles.")
        .override_output_type_description::<product::ProductConnection>("A page of a list of products.")
        .override_output_type_description::<product::CategoryConnection>("A page of a list of categories.")
        .override_output_type_description::<product::CollectionConnection>("A page of a list of collections.")
        .override_output_type_description::<inventory::StockLevelConnection>(
            "A page of a list of stock levels.",
        )
        .override_output_type_description::<inventory::StockMovementConnection>(
            "A page of a list of stock movements.",
        )
        .override_output_type_description::<tax::TaxRateConnection>("A page of a list of tax rates.")
}
