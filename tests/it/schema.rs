//! `schema.graphql` is what the server serves, and all of it is described.

use serde_json::Value;

use crate::{cli::run, support::TestApp};

#[test]
fn the_schema_file_is_current() {
    let file = include_str!("../../schema.graphql");
    assert!(file == bodega::graphql::sdl(), "schema.graphql is outdated: `make schema` writes it anew");
}

#[test]
fn the_schema_is_printed() {
    let printed = run(&["schema"]).stdout;
    assert!(printed == bodega::graphql::sdl().as_bytes());
}

#[tokio::test]
async fn everything_is_described() {
    let app = TestApp::start().await;
    let query = "{ __schema { types { name kind description
        fields { name description args { name description } }
        inputFields { name description } enumValues { name description } } } }";
    let data = app.anonymous().run(query).await.data();
    let mut undescribed = Vec::new();
    let mut check = |path: String, item: &Value| {
        if item["description"].as_str().is_none_or(str::is_empty) {
            undescribed.push(path);
        }
    };
    for item in data["__schema"]["types"].as_array().unwrap() {
        let name = item["name"].as_str().unwrap();
        if name.starts_with("__") {
            continue;
        }
        check(name.to_owned(), item);
        for list in ["fields", "inputFields", "enumValues"] {
            for member in item[list].as_array().into_iter().flatten() {
                let path = format!("{name}.{}", member["name"].as_str().unwrap());
                check(path.clone(), member);
                for argument in member["args"].as_array().into_iter().flatten() {
                    check(format!("{path}({})", argument["name"].as_str().unwrap()), argument);
                }
            }
        }
    }
    assert_eq!(undescribed, Vec::<String>::new());
}
