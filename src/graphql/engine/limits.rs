//! Limits on the size of operations. Larger ones are rejected before they run, with `QUERY_TOO_COMPLEX` and the limit's
//! name and value.

use std::time::Duration;

use async_graphql::ServerError;
use clap::{ArgAction, Args};

use crate::graphql::kit::error::{code, request_error};

/// Limits on the size of operations. Those without a flag are constants, listed in
/// [operations.md](../../../docs/operations.md).
#[derive(Args, Clone, Copy, Debug)]
pub struct Limits {
    /// Maximum number of tokens in a document.
    #[arg(skip = 10_000_usize)]
    pub tokens: usize,
    /// Maximum depth of nested fields in an operation
    #[arg(long = "max-depth", env = "BODEGA_MAX_DEPTH", value_name = "N", default_value_t = 16)]
    pub depth: usize,
    /// Maximum number of fields and fragments of a document; those of a fragment count wherever it is spread.
    #[arg(skip = 5_000_usize)]
    pub selections: usize,
    /// Maximum number of root fields of an operation.
    #[arg(skip = 50_usize)]
    pub root_fields: usize,
    /// Maximum number of aliases in an operation.
    #[arg(skip = 100_usize)]
    pub aliases: usize,
    /// Maximum number of directives on one field or fragment.
    #[arg(skip = 10_usize)]
    pub directives: usize,
    /// Maximum cost of an operation, in points (see `@cost` and `@listSize` in the schema)
    #[arg(long = "max-cost", env = "BODEGA_MAX_COST", value_name = "POINTS", default_value_t = 10_000)]
    pub cost: usize,
    /// Maximum number of nested lists and objects in the variables.
    #[arg(skip = 10_usize)]
    pub variable_depth: usize,
    /// Maximum number of objects that an operation gets from lists without pages (variants, children).
    #[arg(skip = 10_000_usize)]
    pub unpaged_rows: usize,
    /// Maximum duration of an operation.
    #[arg(skip = Duration::from_secs(10))]
    pub time: Duration,
    /// Let clients read the schema; without it, error messages suggest no names either
    #[arg(long, env = "BODEGA_INTROSPECTION", value_name = "BOOL", default_value_t = true, action = ArgAction::Set)]
    pub introspection: bool,
}

/// A limit, with its name and its description in errors.
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
            Self::Nesting => ("nesting", "levels of nested brackets in the document"),
            Self::NameLength => ("nameLength", "characters in a name or number of the document"),
            Self::Depth => ("depth", "levels of nested fields"),
            Self::Selections => ("selections", "fields and fragments in the operation"),
            Self::RootFields => ("rootFields", "root fields in the operation"),
            Self::Aliases => ("aliases", "aliases in the operation"),
            Self::Directives => ("directives", "directives on one field or fragment"),
            Self::Cost => ("cost", "cost points for the operation"),
            Self::VariableDepth => ("variableDepth", "levels of nested lists and objects in the variables"),
            Self::IntrospectionDepth => ("introspectionDepth", "levels of nested lists in introspection"),
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
