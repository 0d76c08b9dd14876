//! Documents whose operations can be run.

use std::{collections::HashMap, fs, path::Path};

use serde_json::Value;

use super::Client;

/// An operation of a document, the JSON under it, and the name that later operations have for a value of its answer.
struct Step {
    operation: String,
    /// Variables of a mutation; the answer to a query.
    json: Value,
    kept: Option<(Vec<String>, String)>,
}

/// The operations of a section of a document, after they were run.
pub(crate) struct Guide {
    pub(crate) queries: usize,
    pub(crate) mutations: usize,
    ids: HashMap<String, Value>,
    steps: Vec<Step>,
}

impl Guide {
    /// Runs the operations in their order: mutations by `admin`, none of which may fail, and queries by `reader`.
    pub(crate) async fn follow(file: &str, heading: &str, admin: &Client, reader: &Client) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let document = fs::read_to_string(path).unwrap();
        let (_, section) = document.split_once(&format!("## {heading}\n")).unwrap();
        let (section, _) = section.split_once("\n## ").unwrap();
        let mut guide = Self { queries: 0, mutations: 0, ids: HashMap::new(), steps: steps(section) };
        for Step { operation, json, kept } in &guide.steps {
            if operation.trim_start().starts_with("query") {
                assert_eq!(reader.run(operation).await.json(), *json);
                guide.queries += 1;
                continue;
            }
            let answer = admin.ask(operation, with_ids(json, &guide.ids)).await.data();
            assert_eq!(errors(&answer), Vec::<&Value>::new(), "{operation}");
            guide.mutations += 1;
            if let Some((path, name)) = kept {
                let step = |value: Value, field: &String| match field.parse::<usize>() {
                    Ok(index) => value[index].clone(),
                    Err(_) => value[field].clone(),
                };
                let id = path.iter().fold(answer, step);
                assert!(id.is_string(), "{path:?}");
                guide.ids.insert(name.clone(), id);
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
        admin.ask(&last.operation, with_ids(&last.json, &self.ids)).await.data()
    }
}

/// The steps of a section, in their order.
fn steps(section: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut rest = section;
    while let Some((text, after)) = rest.split_once("```graphql\n") {
        let (operation, after) = after.split_once("```").unwrap();
        let (_, after) = after.split_once("```json\n").unwrap();
        let (json, after) = after.split_once("```").unwrap();
        let kept = text.rsplit_once("Keep `").map(|(_, kept)| {
            let mut quoted = kept.split('`');
            let path = quoted.next().unwrap().split('.').map(str::to_owned).collect();
            (path, quoted.nth(1).unwrap().to_owned())
        });
        let json = serde_json::from_str(json).unwrap_or_else(|error| panic!("{error} in {json}"));
        steps.push(Step { operation: operation.to_owned(), json, kept });
        rest = after;
    }
    steps
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
