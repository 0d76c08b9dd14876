//! One operation, from its text to its answer, whatever transport it came by.

use std::sync::Arc;

use async_graphql::{
    Request, Response, ServerError, Value, Variables,
    parser::{self, parse_query, types::ExecutableDocument},
};
use moka::sync::Cache;
use serde::Deserialize;

use super::{Limits, Schema, context::RowBudget, error::code, loader::Tasks, size};
use crate::domain::{Fault, Op, fault::with_causes};

/// What a client asks for, as every transport carries it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GraphqlRequest {
    /// The document.
    pub query: String,
    /// Which of the document's operations is meant.
    #[serde(default)]
    pub operation_name: Option<String>,
    /// The values of its variables.
    #[serde(default)]
    pub variables: Option<Variables>,
    /// Reserved for protocol extensions; an object if present.
    #[serde(default)]
    pub extensions: Option<serde_json::Map<String, serde_json::Value>>,
}

/// What the client gets.
pub struct Answer {
    /// The response; its keys are in the query's order.
    pub response: Response,
    /// Whether the operation never began: the document or the request is at fault, and there is no data.
    pub is_request_error: bool,
}

/// Documents longer than this are not kept.
const MAX_KEPT_DOCUMENT: usize = 8 * 1024;
/// The bytes of all documents that are kept. Parsed, they take some twenty times as much.
const MAX_KEPT_DOCUMENTS: u64 = 256 * 1024;

/// Runs operations. Clients send the same few documents again and again, so parsed ones are kept.
pub struct Executor {
    schema: Schema,
    limits: Limits,
    documents: Cache<String, Arc<ExecutableDocument>>,
}

impl Executor {
    /// For operations within these limits.
    pub fn new(limits: Limits) -> Self {
        let documents = Cache::builder()
            .max_capacity(MAX_KEPT_DOCUMENTS)
            .weigher(|text: &String, _| text.len().try_into().unwrap_or(u32::MAX))
            .build();
        Self { schema: super::schema(limits), limits, documents }
    }

    /// Runs one operation. Causes of faults are logged here, once; the answer holds none.
    pub async fn execute(&self, request: GraphqlRequest, op: Arc<Op>, request_id: &str) -> Answer {
        let document = match self.check(&request) {
            Ok(document) => document,
            Err(error) => {
                return Answer { response: Response::from_errors(vec![error]), is_request_error: true };
            }
        };
        let tasks = Tasks::default();
        let mut prepared = Request::new(request.query)
            .variables(request.variables.unwrap_or_default())
            .data(tasks.loader(op.clone()))
            .data(RowBudget::new(self.limits.unpaged_rows))
            .data(op);
        prepared.operation_name = request.operation_name;
        prepared.set_parsed_query(ExecutableDocument::clone(&document));

        let execution = tokio::time::timeout(self.limits.time, tasks.drive(self.schema.execute(prepared)));
        let Ok(mut response) = execution.await else {
            tracing::warn!(limit = ?self.limits.time, "operation took too long");
            let message = format!("The operation took longer than {:?}.", self.limits.time);
            let error = with_code(ServerError::new(message, None), code::UNAVAILABLE);
            return Answer { response: Response::from_errors(vec![error]), is_request_error: false };
        };
        for error in &mut response.errors {
            finish(error, request_id);
        }
        let is_request_error =
            response.data == Value::Null && response.errors.iter().any(|error| error.path.is_empty());
        Answer { response, is_request_error }
    }

    fn check(&self, request: &GraphqlRequest) -> Result<Arc<ExecutableDocument>, ServerError> {
        let mut variables = request.variables.iter().flat_map(|variables| variables.iter());
        if let Some((name, _)) = variables.find(|(_, value)| holds_nul(value)) {
            let message = format!("The variable `{name}` holds a NUL character.");
            return Err(with_code(ServerError::new(message, None), code::BAD_USER_INPUT));
        }
        if let Some(document) = self.documents.get(&request.query) {
            return Ok(document);
        }
        let document = Arc::new(parse(&request.query, self.limits.complexity)?);
        if request.query.len() <= MAX_KEPT_DOCUMENT {
            self.documents.insert(request.query.clone(), document.clone());
        }
        Ok(document)
    }
}

fn parse(text: &str, max_selections: usize) -> Result<ExecutableDocument, ServerError> {
    if escapes_nul(text) {
        let error = ServerError::new("The document holds a NUL character.", None);
        return Err(with_code(error, code::BAD_USER_INPUT));
    }
    let document = parse_query(text).map_err(|error| {
        let code = match error {
            parser::Error::RecursionLimitExceeded => code::QUERY_TOO_COMPLEX,
            _ => code::GRAPHQL_PARSE_FAILED,
        };
        with_code(error.into(), code)
    })?;
    if size::selections(&document) > max_selections {
        let message = format!("The document has more than {max_selections} fields.");
        return Err(with_code(ServerError::new(message, None), code::QUERY_TOO_COMPLEX));
    }
    Ok(document)
}

impl Answer {
    /// The response as JSON, without `data` where the operation never began
    /// ([GraphQL, 7.1](https://spec.graphql.org/draft/#sec-Response-Format)).
    pub fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        #[derive(serde::Serialize)]
        struct RequestError<'a> {
            errors: &'a [ServerError],
        }
        match self.is_request_error {
            true => serde_json::to_vec(&RequestError { errors: &self.response.errors }),
            false => serde_json::to_vec(&self.response),
        }
    }
}

/// PostgreSQL cannot store NUL in text, and no name, address or search needs it: it is refused everywhere alike.
fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::List(items) => items.iter().any(holds_nul),
        Value::Object(fields) => fields.iter().any(|(name, value)| name.contains('\0') || holds_nul(value)),
        _ => false,
    }
}

/// Whether a document holds NUL itself or as the escape `\u0000`, after an even number of backslashes.
fn escapes_nul(document: &str) -> bool {
    document.contains('\0')
        || document.match_indices("\\u0000").any(|(at, _)| {
            let backslashes = document[..at].bytes().rev().take_while(|byte| *byte == b'\\').count();
            backslashes % 2 == 0
        })
}

/// Gives the errors that async-graphql makes a code, and logs the causes of faults.
fn finish(error: &mut ServerError, request_id: &str) {
    if let Some(fault) = error.source::<Fault>() {
        match fault {
            Fault::Internal(_) => {
                tracing::error!(
                    request_id,
                    path = path(error),
                    cause = with_causes(fault),
                    "operation failed"
                );
                error.extensions.get_or_insert_default().set("requestId", request_id);
            }
            _ => {
                tracing::warn!(path = path(error), cause = with_causes(fault), "operation failed")
            }
        }
    }
    if error.extensions.as_ref().is_none_or(|extensions| extensions.get("code").is_none()) {
        let code = if !error.path.is_empty() {
            code::BAD_USER_INPUT
        } else if is_limit(&error.message) {
            code::QUERY_TOO_COMPLEX
        } else {
            code::GRAPHQL_VALIDATION_FAILED
        };
        error.extensions.get_or_insert_default().set("code", code);
    }
}

/// The refusals of async-graphql's limits (8.0.0-rc.5), which it tells apart only by their texts.
fn is_limit(message: &str) -> bool {
    [
        "Query is too complex.",
        "Query is nested too deep.",
        "The recursion depth of the query cannot be greater than",
        "The amount of aliases of the query cannot be greater than",
        "The number of directives on the field",
    ]
    .iter()
    .any(|limit| message.starts_with(limit))
}

fn with_code(mut error: ServerError, code: &str) -> ServerError {
    error.extensions.get_or_insert_default().set("code", code);
    error
}

fn path(error: &ServerError) -> String {
    serde_json::to_string(&error.path).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nul_is_found_in_escapes_and_nowhere_else() {
        for document in ["\0", r#"{ a(b: "\u0000") }"#, r#"{ a(b: "\\\u0000") }"#] {
            assert!(escapes_nul(document), "{document}");
        }
        for document in ["", r#"{ a(b: "\\u0000") }"#, r#"{ a(b: "\u0001") }"#, r"\u", "\\u00é0"] {
            assert!(!escapes_nul(document), "{document}");
        }
    }
}
