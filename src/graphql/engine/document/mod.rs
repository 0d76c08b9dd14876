//! An operation before its variables are known: parsed, measured, validated, planned. Clients send the same few
//! documents again and again, so the result is cached.

mod measure;
mod merge;
mod plan;
mod root;
mod tokens;
mod values;

use async_graphql::{
    Name, Pos, Positioned, Request, ServerError, Variables,
    parser::{
        self, parse_query,
        types::{
            DocumentOperations, ExecutableDocument, OperationDefinition, OperationType, VariableDefinition,
        },
    },
};
use sha2::{Digest, Sha256};

use self::{plan::Plan, tokens::Overlooked};

use crate::graphql::{
    engine::{
        limits::{Limit, Limits},
        schema::ExecutableSchema,
        type_system::TypeSystem,
        variables,
    },
    kit::error::{code, request_error},
};

/// Maximum number of nested brackets: the parser is recursive.
const MAX_BRACKETS: usize = 100;

/// Maximum number of characters of a name or number: the response repeats an alias for each of its fields, and up to a
/// hundred errors repeat a name.
const MAX_NAME: usize = 128;

/// Maximum size of a parser's message, in bytes: it contains the whole line.
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
    /// Parses `text` and selects the operation of this name, which is optional if there is only one.
    pub(super) async fn read(
        text: &str,
        operation_name: Option<&str>,
        limits: &Limits,
        types: &TypeSystem,
        validating: &dyn ExecutableSchema,
    ) -> Result<Self, Vec<ServerError>> {
        let document = parse(text, limits).map_err(|error| vec![error])?;
        let (name, operation) = choose(&document, operation_name).map_err(|error| vec![error])?;
        measure::check(&document, &operation.node, limits).map_err(|error| vec![error])?;
        let root = root_type(operation.node.ty);
        validate(validating, &document, name.as_ref(), samples(&operation.node, types)).await?;
        for (_, each) in document.operations.iter() {
            values::check(&document, &each.node, types).map_err(|error| vec![error])?;
            merge::check(&document, &each.node, root_type(each.node.ty), types)
                .map_err(|error| vec![error])?;
        }

        let plan = Plan::new(&document, &operation.node, root, types);
        let is_plain = root::is_plain(&operation.node);
        let hash = hash(text);
        let document = ExecutableDocument {
            operations: DocumentOperations::Single(operation),
            fragments: document.fragments,
        };
        Ok(Self { name, hash, document, plan, is_plain })
    }

    pub(super) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// SHA-256 of the document's text, in hexadecimal.
    pub(super) fn hash(&self) -> &str {
        &self.hash
    }

    pub(super) fn kind(&self) -> OperationType {
        self.operation().ty
    }

    pub(super) fn cost(&self, variables: &Variables) -> usize {
        self.plan.cost(variables)
    }

    /// Rejects variables that do not match their declared types, and adds missing default values: async-graphql
    /// 8.0.0-rc.5 ignores these in `@skip` and `@include`.
    pub(super) fn complete_variables(
        &self,
        variables: &mut Variables,
        types: &TypeSystem,
        limits: &Limits,
    ) -> Result<(), ServerError> {
        let definitions = &self.operation().variable_definitions;
        variables::check(definitions, variables, types, limits.variable_depth)?;
        // Undeclared variables would only use memory while the operation runs.
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

/// Names of a text's operations, `None` for one without.
pub(super) fn names(text: &str) -> Vec<Option<String>> {
    match parse_query(text) {
        Ok(document) => document.operations.iter().map(|(name, _)| name.map(ToString::to_string)).collect(),
        // Parsing it reports the error.
        Err(_) => vec![None],
    }
}

/// SHA-256 of a text, in hexadecimal, the id of persisted operations.
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
    let document = parse_query(text).map_err(|error| {
        let code = match error {
            parser::Error::RecursionLimitExceeded => code::QUERY_TOO_COMPLEX,
            _ => code::GRAPHQL_PARSE_FAILED,
        };
        let mut error = ServerError::from(error);
        error.message = on_one_line(&error);
        error.extensions.get_or_insert_default().set("code", code);
        error
    })?;
    let Some((at, overlooked)) = tokens::overlooked(text) else { return Ok(document) };
    let (line, column) = text[..at]
        .split('\n')
        .enumerate()
        .last()
        .map_or((1, 1), |(line, text)| (line + 1, text.chars().count() + 1));
    let (code, message) = match overlooked {
        Overlooked::EmptyParentheses => {
            let message = format!("Syntax error at line {line}, column {column}: the parentheses are empty.");
            (code::GRAPHQL_PARSE_FAILED, message)
        }
        Overlooked::NoDefinition(word) => {
            let message = format!("Syntax error at line {line}, column {column}: unexpected `{word}`.");
            (code::GRAPHQL_PARSE_FAILED, message)
        }
        Overlooked::Repeated(name) => (code::GRAPHQL_VALIDATION_FAILED, format!("`{name}` is given twice.")),
    };
    Err(ServerError { locations: vec![Pos { line, column }], ..request_error(code, message) })
}

/// A parser's message with the position, without the excerpt of the document below it.
fn on_one_line(error: &ServerError) -> String {
    let lines = || error.message.lines().map(str::trim).filter(|line| !line.is_empty());
    let words = lines().find_map(|line| line.strip_prefix("= ")).or_else(|| lines().next());
    let words = words.filter(|words| words.len() <= MAX_PARSE_MESSAGE).unwrap_or("it is not GraphQL");
    match error.locations.first() {
        Some(at) => format!("Syntax error at line {}, column {}: {words}.", at.line, at.column),
        None => format!("Syntax error: {words}."),
    }
}

/// The operation of a request ([6.1](https://spec.graphql.org/draft/#GetOperation())).
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

/// Validates a document against the schema ([5](https://spec.graphql.org/draft/#sec-Validation)), with `samples` for
/// the variables of the operation.
async fn validate(
    schema: &dyn ExecutableSchema,
    document: &ExecutableDocument,
    operation: Option<&Name>,
    samples: Variables,
) -> Result<(), Vec<ServerError>> {
    let mut request = Request::new("").variables(samples);
    // async-graphql rejects a name for the only operation.
    let is_one_of_several = matches!(document.operations, DocumentOperations::Multiple(_));
    request.operation_name = operation.filter(|_| is_one_of_several).map(ToString::to_string);
    request.set_parsed_query(document.clone());
    let mut errors = schema.execute(request).await.errors;
    for error in &mut errors {
        error.extensions.get_or_insert_default().set("code", code::GRAPHQL_VALIDATION_FAILED);
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
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
