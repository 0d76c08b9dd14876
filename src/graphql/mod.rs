//! The schema: types and root fields that decode their arguments, call one function of `domain`, and wrap its answer.
//! No rule lives here.

pub mod account;
mod context;
pub mod error;
mod execute;
mod id;
mod loader;
mod node;
mod page;
pub mod product;
mod scalar;
pub mod session_cookie;
mod size;

use std::time::Duration;

use async_graphql::{EmptySubscription, ID, MergedObject, Schema as GenericSchema, SchemaBuilder};

pub use execute::{Answer, Executor, GraphqlRequest};

/// The root of all reads.
#[derive(Default, MergedObject)]
pub struct Query(account::AccountQuery, product::ProductQuery, product::CategoryQuery, node::NodeQuery);

/// The root of all changes.
#[derive(Default, MergedObject)]
pub struct Mutation(account::AccountMutation);

/// Bodega's schema.
type Schema = GenericSchema<Query, Mutation, EmptySubscription>;

/// How large an operation may be. What is larger is refused before it runs, with `QUERY_TOO_COMPLEX`.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Fields inside fields, at most.
    pub depth: usize,
    /// Fields in all, those of a list counted once for each row of its page, at most.
    pub complexity: usize,
    /// Aliases in all, at most.
    pub aliases: usize,
    /// Directives on one field, at most.
    pub directives: usize,
    /// Objects of lists that have no page (variants, children), at most.
    pub unpaged_rows: usize,
    /// How long an operation may take.
    pub time: Duration,
}

/// The schema with its limits; it needs no data.
fn schema(limits: Limits) -> Schema {
    builder()
        .limit_depth(limits.depth)
        .limit_complexity(limits.complexity)
        .limit_aliases(limits.aliases)
        .limit_directives(limits.directives)
        .finish()
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

fn builder() -> SchemaBuilder<Query, Mutation, EmptySubscription> {
    GenericSchema::build(Query::default(), Mutation::default(), EmptySubscription)
        .register_output_type::<error::UserError>()
        .override_output_type_description::<ID>("An opaque id of one object, to be kept and sent as it came.")
        .override_output_type_description::<product::ProductConnection>("A page of a list of products.")
        .override_output_type_description::<product::CategoryConnection>("A page of a list of categories.")
}
