//! How large an operation may be. What is larger is refused before it runs, with `QUERY_TOO_COMPLEX` and the limit's
//! name and value.

use std::time::Duration;

use async_graphql::ServerError;

use crate::graphql::kit::error::{code, request_error};

/// How large an operation may be.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Names, numbers, texts and punctuation marks of a document, at most.
    pub tokens: usize,
    pub depth: usize,
    /// Fields and fragments of an operation, those of a fragment counted wherever it is spread, at most.
    pub selections: usize,
    pub root_fields: usize,
    pub aliases: usize,
    /// Directives on one field or fragment, at most.
    pub directives: usize,
    /// Points (see [`cost`](crate::graphql::kit::cost)), at most.
    pub cost: usize,
    /// Lists and objects inside each other in the variables, at most.
    pub variable_depth: usize,
    /// Objects of lists that have no page (variants, children), at most.
    pub unpaged_rows: usize,
    pub time: Duration,
    /// Whether clients may read the schema, and hear which names they might have meant.
    pub introspection: bool,
}

/// What a limit is on, with its name and its words in refusals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    Tokens,
    Nesting,
    NameLength,
    Depth,
    Selections,
    RootFields,
    Aliases,
    Directives,
    Cost,
    VariableDepth,
    IntrospectionDepth,
}

impl Limit {
    fn name(self) -> (&'static str, &'static str) {
        match self {
            Self::Tokens => ("tokens", "tokens in the document"),
            Self::Nesting => ("nesting", "brackets inside each other in the document"),
            Self::NameLength => ("nameLength", "letters in a name or number of the document"),
            Self::Depth => ("depth", "fields inside each other"),
            Self::Selections => ("selections", "fields and fragments in the operation"),
            Self::RootFields => ("rootFields", "fields at the root of the operation"),
            Self::Aliases => ("aliases", "aliases in the operation"),
            Self::Directives => ("directives", "directives on one field or fragment"),
            Self::Cost => ("cost", "points of cost for the operation"),
            Self::VariableDepth => ("variableDepth", "lists and objects inside each other in the variables"),
            Self::IntrospectionDepth => ("introspectionDepth", "lists inside each other in introspection"),
        }
    }

    pub(super) fn check(self, value: usize, max: usize) -> Result<(), ServerError> {
        if value <= max {
            return Ok(());
        }
        let (name, words) = self.name();
        let value = if value == usize::MAX { String::new() } else { format!("{value}, and ") };
        let message = format!("Too many {words}: {value}at most {max} are allowed.");
        let mut error = request_error(code::QUERY_TOO_COMPLEX, message);
        let extensions = error.extensions.get_or_insert_default();
        extensions.set("limit", name);
        extensions.set("max", max);
        Err(error)
    }
}
