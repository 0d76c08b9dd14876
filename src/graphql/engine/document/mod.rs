//! What is known of an operation before its variables are: parsed, measured, validated, planned. Clients send the same
//! few documents again and again, so this is kept.

mod measure;
mod merge;
mod plan;
mod root;
mod tokens;
mod values;

use async_graphql::{
    Name, Positioned, ServerError, Variables,
    parser::{
        self, parse_query,
        types::{
            DocumentOperations, ExecutableDocument, OperationDefinition, OperationType, VariableDefinition,
        },
    },
};
use plan::Plan;
use sha2::{Digest, Sha256};

use crate::graphql::{
    engine::{
        limits::{Limit, Limits},
        type_system::TypeSystem,
        validator::Validator,
        variables,
    },
    kit::error::{code, request_error},
};

/// Brackets inside each other, at most: the parser's work on them calls itself.
const MAX_BRACKETS: usize = 100;

/// Letters of a name or number, at most: an alias stands in the answer as often as its field, and what is wrong with an
/// operation may be told a hundred times, with its name.
const MAX_NAME: usize = 128;

/// The bytes of the parser's words on a document that it does not take, at most: they hold the whole line.
const MAX_PARSE_MESSAGE: usize = 1_000;

/// One operation of a document, and the document's fragments.
pub(super) struct Document {
    name: Option<Name>,
    hash: String,
    document: ExecutableDocument,
    plan: Plan,
    is_plain: bool,
}

impl Document {
    /// Reads `text` and chooses the operation of this name, which may be missing where there is only one.
    pub(super) async fn read(
        text: &str,
        operation_name: Option<&str>,
        limits: &Limits,
        types: &TypeSystem,
        checker: &Validator,
    ) -> Result<Self, Vec<ServerError>> {
        let document = parse(text, limits).map_err(|error| vec![error])?;
        let (name, operation) = choose(&document, operation_name).map_err(|error| vec![error])?;
        measure::check(&document, &operation.node, limits).map_err(|error| vec![error])?;
        let root = root_type(operation.node.ty);
        let samples = samples(&operation.node, types);
        checker.check(document.clone(), name.as_ref(), samples.clone()).await?;
        values::check(&document, &operation.node, root, types, &samples).map_err(|error| vec![error])?;
        merge::check(&document, &operation.node, root, types).map_err(|error| vec![error])?;

        let plan = Plan::new(&document, &operation.node, root, types);
        let is_plain = root::is_plain(&operation.node);
        let hash = hash(text);
        let document = ExecutableDocument {
            operations: DocumentOperations::Single(operation),
            fragments: document.fragments,
        };
        Ok(Self { name, hash, document, plan, is_plain })
    }

    /// The operation's name.
    pub(super) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The SHA-256 of the document's text, in hexadecimal.
    pub(super) fn hash(&self) -> &str {
        &self.hash
    }

    /// Whether it is a query, a mutation or a subscription.
    pub(super) fn kind(&self) -> OperationType {
        self.operation().ty
    }

    /// What it costs with these variables.
    pub(super) fn cost(&self, variables: &Variables) -> usize {
        self.plan.cost(variables)
    }

    /// Refuses variables that are not of the types that the operation declares, and adds the defaults of those that are
    /// missing: async-graphql 8.0.0-rc.5 forgets them for `@skip` and `@include`.
    pub(super) fn complete_variables(
        &self,
        variables: &mut Variables,
        types: &TypeSystem,
        limits: &Limits,
    ) -> Result<(), ServerError> {
        let definitions = &self.operation().variable_definitions;
        variables::check(definitions, variables, types, limits.variable_depth)?;
        // What no one asked for is not kept while the operation runs.
        variables.retain(|name, _| definitions.iter().any(|definition| definition.node.name.node == *name));
        for VariableDefinition { name, default_value, .. } in
            definitions.iter().map(|definition| &definition.node)
        {
            if let Some(default) = default_value
                && !variables.contains_key(&name.node)
            {
                variables.insert(name.node.clone(), default.node.clone());
            }
        }
        Ok(())
    }

    /// What async-graphql executes.
    pub(super) fn executable(&self, variables: &Variables) -> Result<ExecutableDocument, ServerError> {
        if self.is_plain {
            return Ok(self.document.clone());
        }
        let operation = root::collect(self.operation(), &self.document.fragments, variables)?;
        Ok(ExecutableDocument {
            operations: DocumentOperations::Single(Positioned::new(operation, Default::default())),
            fragments: self.document.fragments.clone(),
        })
    }

    fn operation(&self) -> &OperationDefinition {
        match &self.document.operations {
            DocumentOperations::Single(operation) => &operation.node,
            DocumentOperations::Multiple(_) => unreachable!("`read` keeps one operation"),
        }
    }
}

/// The names of a text's operations, `None` for one without.
pub(super) fn names(text: &str) -> Vec<Option<String>> {
    match parse_query(text) {
        Ok(document) => document.operations.iter().map(|(name, _)| name.map(ToString::to_string)).collect(),
        // Reading it will tell why.
        Err(_) => vec![None],
    }
}

/// The SHA-256 of a text, in hexadecimal, as persisted operations are known by.
pub(super) fn hash(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn parse(text: &str, limits: &Limits) -> Result<ExecutableDocument, ServerError> {
    let tokens = tokens::count(text);
    Limit::Tokens.check(tokens.count, limits.tokens)?;
    Limit::Nesting.check(tokens.nesting, MAX_BRACKETS)?;
    Limit::NameLength.check(tokens.longest_word, MAX_NAME)?;
    if tokens.is_open {
        return Err(request_error(code::GRAPHQL_PARSE_FAILED, "A block string has no end."));
    }
    if escapes_nul(text) {
        return Err(request_error(code::BAD_USER_INPUT, "The document holds a NUL character."));
    }
    parse_query(text).map_err(|error| {
        let code = match error {
            parser::Error::RecursionLimitExceeded => code::QUERY_TOO_COMPLEX,
            _ => code::GRAPHQL_PARSE_FAILED,
        };
        let mut error = ServerError::from(error);
        error.message = on_one_line(&error);
        error.extensions.get_or_insert_default().set("code", code);
        error
    })
}

/// A parser's message with the place, without the excerpt of the document that the parser draws below it.
fn on_one_line(error: &ServerError) -> String {
    let lines = || error.message.lines().map(str::trim).filter(|line| !line.is_empty());
    let words = lines().find_map(|line| line.strip_prefix("= ")).or_else(|| lines().next());
    let words = words.filter(|words| words.len() <= MAX_PARSE_MESSAGE).unwrap_or("it is not GraphQL");
    match error.locations.first() {
        Some(at) => format!("Syntax error at line {}, column {}: {words}.", at.line, at.column),
        None => format!("Syntax error: {words}."),
    }
}

/// The operation that a request means ([6.1](https://spec.graphql.org/draft/#GetOperation())).
fn choose(
    document: &ExecutableDocument,
    name: Option<&str>,
) -> Result<(Option<Name>, Positioned<OperationDefinition>), ServerError> {
    let mut operations = document.operations.iter();
    let found = match name {
        Some(wanted) => operations.find(|(name, _)| name.is_some_and(|name| *name == *wanted)),
        None if document.operations.iter().count() > 1 => {
            let message = "The document has more than one operation: say which by `operationName`.";
            return Err(request_error(code::BAD_USER_INPUT, message));
        }
        None => operations.next(),
    };
    let (name, operation) = found.ok_or_else(|| {
        let message = format!("The document has no operation `{}`.", name.unwrap_or_default());
        request_error(code::BAD_USER_INPUT, message)
    })?;
    Ok((name.cloned(), operation.clone()))
}

fn samples(operation: &OperationDefinition, types: &TypeSystem) -> Variables {
    let mut samples = Variables::default();
    for definition in &operation.variable_definitions {
        let sample = variables::sample(&definition.node.var_type.node, types);
        samples.insert(definition.node.name.node.clone(), sample);
    }
    samples
}

fn root_type(kind: OperationType) -> &'static str {
    match kind {
        OperationType::Query => "Query",
        OperationType::Mutation => "Mutation",
        OperationType::Subscription => "Subscription",
    }
}

/// Whether a document holds NUL itself or as the escape `\u0000` or `\u{0}`, after an even number of backslashes.
fn escapes_nul(document: &str) -> bool {
    let is_escaped = |at: usize| {
        let backslashes = document[..at].bytes().rev().take_while(|byte| *byte == b'\\').count();
        backslashes % 2 == 0
    };
    document.contains('\0')
        || document.match_indices("\\u0000").any(|(at, _)| is_escaped(at))
        || document.match_indices("\\u{").any(|(at, _)| {
            let digits = &document.as_bytes()[at + 3..];
            let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
            is_escaped(at) && zeros > 0 && digits.get(zeros) == Some(&b'}')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nul_is_found_in_escapes_and_nowhere_else() {
        for document in ["\0", r#"{ a(b: "\u0000") }"#, r#"{ a(b: "\\\u0000") }"#, r#"{ a(b: "\u{0}") }"#] {
            assert!(escapes_nul(document), "{document}");
        }
        for document in
            ["", r#"{ a(b: "\\u0000") }"#, r#"{ a(b: "\u0001") }"#, r"\u", "\\u00é0", r"\u{", r"\u{10}"]
        {
            assert!(!escapes_nul(document), "{document}");
        }
    }
}
