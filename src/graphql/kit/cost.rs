//! What fields cost, written into the schema itself, where clients can read it too. The directives are those of the
//! [GraphQL Cost Directives specification](https://ibm.github.io/graphql-specs/cost-spec.html), with whole numbers as
//! weights; `graphql::document` adds them up.
//!
//! A field costs 1 unless its `@cost` says otherwise, and what is selected in it. `@listSize` says how often the latter
//! counts.

use async_graphql::TypeDirective;

use crate::domain::kernel::page::DEFAULT_PAGE;

/// A field that reads more than its parent did, with one statement for a whole page.
pub(in crate::graphql) const STATEMENT: i32 = 10;

/// A field that counts a whole list.
pub(in crate::graphql) const COUNT: i32 = 20;

/// A field that checks a password.
pub(in crate::graphql) const HASH: i32 = 1_000;

/// The size of a page when `first` and `last` are missing.
pub(in crate::graphql) const PAGE: i32 = DEFAULT_PAGE as i32;

/// The arguments that give a connection's size.
pub(in crate::graphql) fn page_arguments() -> Option<Vec<String>> {
    Some(vec!["first".to_owned(), "last".to_owned()])
}

/// The argument that gives a list's size, itself a number or a list.
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
