//! Validates documents against the schema, once each
//! ([GraphQL, 5](https://spec.graphql.org/draft/#sec-Validation)).
//!
//! async-graphql validates within `execute` only, and again at each execution. So a second schema of the same types
//! validates and goes no further, and the one that executes takes for granted what this one has found good.

use async_graphql::{Name, Request, ServerError, Variables, parser::types::ExecutableDocument};

use super::schema::ExecutableSchema;
use crate::graphql::code;

/// The most errors that are told of a document, as graphql-js has it: nobody reads thousands.
const MAX_ERRORS: usize = 100;

/// Validates documents.
pub(super) struct Validator {
    schema: Box<dyn ExecutableSchema>,
}

impl Validator {
    /// Against this schema, which validates strictly and executes nothing.
    pub(super) fn new(schema: Box<dyn ExecutableSchema>) -> Self {
        Self { schema }
    }

    /// What is wrong with the document, with `samples` for the variables of this operation.
    pub(super) async fn check(
        &self,
        document: ExecutableDocument,
        operation: Option<&Name>,
        samples: Variables,
    ) -> Result<(), Vec<ServerError>> {
        let mut request = Request::new("").variables(samples);
        // The name says which of several operations is meant; async-graphql does not want it for the only one.
        request.operation_name = match &document.operations {
            async_graphql::parser::types::DocumentOperations::Single(_) => None,
            async_graphql::parser::types::DocumentOperations::Multiple(_) => {
                operation.map(ToString::to_string)
            }
        };
        request.set_parsed_query(document);
        let mut errors = self.schema.execute(request).await.errors;
        errors.truncate(MAX_ERRORS);
        for error in &mut errors {
            error.extensions.get_or_insert_default().set("code", code::GRAPHQL_VALIDATION_FAILED);
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}
