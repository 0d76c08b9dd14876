//! Documents whose operations can be run.

use std::{collections::HashMap, fs, path::Path};

use serde_json::{Value, json};

use super::Client;

/// An operation of a document, and the names that later operations have for values of its answer.
struct GuideStep {
    operation: String,
    variables: Value,
    /// The answer to a query.
    answer: Option<Value>,
    /// Path in the data, and name.
    kept: Vec<(Vec<String>, String)>,
}

/// The operations of a section of a document, after they were run.
pub(crate) struct Guide {
    pub(crate) queries: usize,
    pub(crate) mutations: usize,
    ids: HashMap<String, Value>,
    steps: Vec<GuideStep>,
}

impl Guide {
    /// Runs the operations in their order: mutations by `admin`, none of which may fail, and queries by `reader`.
    pub(crate) async fn follow(file: &str, heading: &str, admin: &Client, reader: &Client) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let document = fs::read_to_string(path).unwrap();
        let (_, section) = document.split_once(&format!("## {heading}\n")).unwrap();
        let (section, _) = section.split_once("\n## ").unwrap();
        let mut guide = Self { queries: 0, mutations: 0, ids: HashMap::new(), steps: steps(section) };
        for GuideStep { operation, variables, answer, kept } in &guide.steps {
            let client = if answer.is_some() { reader } else { admin };
            let reply = client.ask(operation, with_ids(variables, &guide.ids)).await;
            let data = reply.data();
            assert_eq!(errors(&data), Vec::<&Value>::new(), "{operation}");
            for (path, name) in kept {
                let step = |value: &Value, field: &String| match field.parse::<usize>() {
                    Ok(index) => value[index].clone(),
                    Err(_) => value[field].clone(),
                };
                let id = path.iter().fold(data.clone(), |value, field| step(&value, field));
                assert!(id.is_string(), "{path:?}");
                guide.ids.insert(name.clone(), id);
            }
            match answer {
                Some(answer) => {
                    assert_eq!(reply.json(), with_ids(answer, &guide.ids), "{operation}");
                    guide.queries += 1;
                }
                None => guide.mutations += 1,
            }
        }
        guide
    }

    /// Number of values that later operations use.
    pub(crate) fn kept(&self) -> usize {
        self.ids.len()
    }

    /// The answer to the last operation, run again.
    pub(crate) async fn repeat_last(&self, admin: &Client) -> Value {
        let last = self.steps.last().unwrap();
        admin.ask(&last.operation, with_ids(&last.variables, &self.ids)).await.data()
    }
}

/// The steps of a section, in their order. An operation that declares variables is followed by them; a query, after them, by
/// its answer.
fn steps(section: &str) -> Vec<GuideStep> {
    let mut steps = Vec::new();
    let mut rest = section;
    while let Some((text, after)) = rest.split_once("```graphql\n") {
        let (operation, after) = after.split_once("```").unwrap();
        rest = after;
        let is_query = operation.trim_start().starts_with("query");
        let variables = if is_query && !operation.contains('$') { json!({}) } else { next_json(&mut rest) };
        let answer = is_query.then(|| next_json(&mut rest));
        steps.push(GuideStep { operation: operation.to_owned(), variables, answer, kept: kept(text) });
    }
    steps
}

/// The next block of JSON.
fn next_json(rest: &mut &str) -> Value {
    let (_, after) = rest.split_once("```json\n").unwrap();
    let (json, after) = after.split_once("```").unwrap();
    *rest = after;
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{error} in {json}"))
}

/// Reads "Keep `path` as `NAME` and `path` as `NAME`", up to the end of the sentence.
fn kept(text: &str) -> Vec<(Vec<String>, String)> {
    let text = text.replace('\n', " ");
    let Some((_, kept)) = text.split_once("Keep `") else { return Vec::new() };
    let quoted: Vec<_> = kept.split('`').step_by(2).collect();
    let path = |path: &str| path.split('.').map(str::to_owned).collect();
    let is_name = |text: &str| text.bytes().all(|byte| byte.is_ascii_uppercase());
    let pairs = quoted.chunks_exact(2).take_while(|pair| is_name(pair[1]));
    pairs.map(|pair| (path(pair[0]), pair[1].to_owned())).collect()
}

/// The value with the ids that earlier operations have returned.
fn with_ids(value: &Value, ids: &HashMap<String, Value>) -> Value {
    match value {
        Value::String(text) => ids.get(text).unwrap_or(value).clone(),
        Value::Array(items) => items.iter().map(|item| with_ids(item, ids)).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(name, field)| (name.clone(), with_ids(field, ids))).collect()
        }
        _ => value.clone(),
    }
}

/// All errors of payloads in an answer.
fn errors(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().flat_map(errors).collect(),
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, field)| match (name.as_str(), field) {
                ("errors", Value::Array(errors)) => errors.iter().collect(),
                _ => errors(field),
            })
            .collect(),
        _ => Vec::new(),
    }
}
