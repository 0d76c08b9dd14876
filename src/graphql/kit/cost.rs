//! Costs of fields, as directives in the schema, where clients can read them. They are those of the [GraphQL Cost
//! Directives specification](https://ibm.github.io/graphql-specs/cost-spec.html), with integer weights;
//! `engine::document` adds them up.
//!
//! The cost of a field is 1, or the weight of its `@cost`, plus that of its selected subfields multiplied by
//! `@listSize`.

use async_graphql::TypeDirective;

use crate::domain::kernel::page::DEFAULT_PAGE;

/// Weight of a field that reads more than its parent, in one statement for a whole page.
pub(in crate::graphql) const STATEMENT: i32 = 10;

/// Weight of a field that counts a whole list.
pub(in crate::graphql) const COUNT: i32 = 20;

/// Weight of a field that checks a password.
pub(in crate::graphql) const HASH: i32 = 1_000;

/// Page size without `first` and `last`.
pub(in crate::graphql) const PAGE: i32 = DEFAULT_PAGE as i32;

/// Arguments with the size of a connection.
pub(in crate::graphql) fn page_arguments() -> Option<Vec<String>> {
    Some(vec!["first".to_owned(), "last".to_owned()])
}

/// Argument with the size of a list, a number or a list.
pub(in crate::graphql) fn size_of(argument: &str) -> Option<Vec<String>> {
    Some(vec![argument.to_owned()])
}

/// Cost of the field itself, in points; 1 by default.
#[TypeDirective(name = "cost", location = "FieldDefinition")]
pub(in crate::graphql) fn cost(#[graphql(desc = "Points.")] weight: i32) {}

/// Factor for the cost of the selected subfields: the value of the first of `slicingArguments` that is given (for a list, its
/// length), otherwise `assumedSize`.
#[TypeDirective(name = "listSize", location = "FieldDefinition")]
pub(in crate::graphql) fn list_size(
    #[graphql(desc = "Size when no argument gives one.")] assumed_size: i32,
    #[graphql(desc = "Arguments that give the size.")] slicing_arguments: Option<Vec<String>>,
) {
}
