//! The schema: types and root fields that decode their arguments, call one function of `domain`, and wrap its answer.
//! No rule lives here.

pub mod account;
pub mod address;
mod answer;
pub mod api_key;
pub mod audit;
mod check;
mod context;
pub mod cost;
pub mod customer;
mod document;
pub mod error;
mod execute;
mod id;
mod limits;
mod list;
mod loader;
mod node;
pub mod outbox;
mod page;
mod permission;
pub mod persisted;
pub mod privacy;
pub mod product;
mod record;
mod request;
mod scalar;
pub mod session_cookie;
pub mod staff;
mod type_system;
mod variables;

use async_graphql::{ID, MergedObject, MergedSubscription, Schema as GenericSchema, SchemaBuilder};
use type_system::TypeSystem;

pub use answer::{Answer, Rate};
pub use async_graphql::parser::types::OperationType;
pub use execute::{Executor, Prepared};
pub use limits::Limits;
pub use persisted::TrustedOperations;
pub use record::{Observer, Record};
pub use request::{Extensions, GraphqlRequest, PersistedQuery, object};

/// The root of all reads.
#[derive(Default, MergedObject)]
pub struct Query(
    account::AccountQuery,
    account::SessionQuery,
    address::CountryQuery,
    api_key::ApiKeyQuery,
    audit::AuditQuery,
    outbox::DeadLetterQuery,
    customer::CustomerQuery,
    staff::StaffQuery,
    product::ProductQuery,
    product::CategoryQuery,
    node::NodeQuery,
    privacy::PrivacyQuery,
);

/// The root of all changes.
#[derive(Default, MergedObject)]
pub struct Mutation(
    account::LoginMutation,
    account::SecondFactorMutation,
    account::LifeMutation,
    account::SessionMutation,
    address::AddressMutation,
    api_key::ApiKeyMutation,
    outbox::DeadLetterMutation,
    customer::CustomerMutation,
    privacy::PrivacyMutation,
    staff::StaffMutation,
);

/// The root of all that is told as it happens.
#[derive(Default, MergedSubscription)]
pub struct Subscription(account::AccountSubscription);

/// Bodega's schema.
type Schema = GenericSchema<Query, Mutation, Subscription>;

/// The schema as it is under these limits; it needs no data. The limits themselves are checked before it is asked.
fn schema(limits: &Limits) -> SchemaBuilder<Query, Mutation, Subscription> {
    match limits.introspection {
        true => builder(),
        false => builder().disable_introspection().disable_suggestions(),
    }
}

/// The schema as data.
fn type_system() -> TypeSystem {
    #[allow(clippy::expect_used, reason = "a test parses the same text")]
    TypeSystem::parse(&sdl()).expect("async-graphql reads what it writes")
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
    GenericSchema::build(Query::default(), Mutation::default(), Subscription::default())
        .register_output_type::<error::UserError>()
        .override_output_type_description::<ID>("An opaque id of one object, to be kept and sent as it came.")
        .override_output_type_description::<api_key::ApiKeyConnection>("A page of a list of API keys.")
        .override_output_type_description::<audit::AuditEntryConnection>("A page of the audit log.")
        .override_output_type_description::<outbox::DeadLetterConnection>("A page of a list of dead letters.")
        .override_output_type_description::<account::AccountConnection>("A page of a list of accounts.")
        .override_output_type_description::<staff::RoleConnection>("A page of a list of roles.")
        .override_output_type_description::<product::ProductConnection>("A page of a list of products.")
        .override_output_type_description::<product::CategoryConnection>("A page of a list of categories.")
}
