//! The operations of `docs/catalogue.md`, section "Building a shop", do in an empty database what the document says.

use std::{collections::HashMap, fs, path::Path};

use entity::account::Kind;
use serde_json::{Value, json};

use crate::support::TestApp;

/// An operation of the document, the JSON under it, and what later operations call a value of its answer.
struct GuideOperation {
    operation: String,
    json: Value,
    kept: Option<(Vec<String>, String)>,
}

/// The steps of the section, in their order.
fn steps(section: &str) -> Vec<GuideOperation> {
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
        steps.push(GuideOperation { operation: operation.to_owned(), json, kept });
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

#[tokio::test]
async fn catalogue_guide_builds_a_shop_from_nothing() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/catalogue.md");
    let document = fs::read_to_string(path).unwrap();
    let (_, section) = document.split_once("## Building a shop\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let app = TestApp::empty().await;
    let (admin, shopper) = (app.someone("boss@shop.example", Kind::Admin).await, app.anonymous());
    let (mut ids, mut queries, mut mutations) = (HashMap::new(), 0, 0);
    for GuideOperation { operation, json, kept } in steps(section) {
        if operation.trim_start().starts_with("query") {
            assert_eq!(shopper.run(&operation).await.json(), json);
            queries += 1;
            continue;
        }
        let answer = admin.ask(&operation, with_ids(&json, &ids)).await.data();
        assert_eq!(errors(&answer), Vec::<&Value>::new(), "{operation}");
        mutations += 1;
        if let Some((path, name)) = kept {
            let step = |value: Value, field: &String| match field.parse::<usize>() {
                Ok(index) => value[index].clone(),
                Err(_) => value[field].clone(),
            };
            let id = path.iter().fold(answer, step);
            assert!(id.is_string(), "{path:?}");
            ids.insert(name, id);
        }
    }
    assert_eq!((queries, mutations, ids.len()), (1, 11, 4));
    // The last operation, again: "the same call twice changes nothing".
    let last = steps(section).pop().unwrap();
    let again = admin.ask(&last.operation, with_ids(&last.json, &ids)).await.data();
    assert_eq!(again["productSet"]["changed"], json!(false));
}
