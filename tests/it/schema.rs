//! `schema.graphql` is what the server serves, and all of it is described, in plain words.

use std::{fs, path::Path};

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

/// First words that make a description hard to read. It begins with a noun or a verb.
const FORBIDDEN_STARTS: &[&str] = &["What", "Who", "Somebody", "Nobody", "Whoever", "It"];

/// Phrases that readers found hard to understand, in lower case.
const FORBIDDEN_PHRASES: &[&str] = &[
    "what is wrong, for people",
    "that is to blame",
    "from the outside in",
    "what became of",
    "by what.",
    "names, numbers, texts and punctuation marks",
    "that make nobody wait",
    "half a websocket handshake",
    "password is another one",
    "longer than this are not kept",
    "somebody",
    "nobody",
    "whoever",
];

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

/// Descriptions of a text with a forbidden start, and forbidden phrases. Names in code, like `nobody_pays`, are one word.
fn faults(text: &str) -> Vec<String> {
    let descriptions = text.split("\"\"\"").skip(1).step_by(2);
    let starts = descriptions.filter(|description| {
        let first = words(description).first().copied().unwrap_or_default();
        FORBIDDEN_STARTS.contains(&first.trim_end_matches(|letter: char| !letter.is_alphanumeric()))
    });
    let joined = words(text).join(" ").to_lowercase();
    let is_name =
        |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
    let phrases = FORBIDDEN_PHRASES.iter().filter(|phrase| {
        joined.match_indices(**phrase).any(|(at, _)| {
            let (before, after) = (&joined[..at], &joined[at + phrase.len()..]);
            !is_name(before.chars().next_back()) && !is_name(after.chars().next())
        })
    });
    starts
        .map(|description| words(description).join(" "))
        .chain(phrases.map(|phrase| (*phrase).to_owned()))
        .collect()
}

#[test]
fn descriptions_and_documents_use_plain_words() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let documents = fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let files = documents.chain([root.join("README.md"), root.join("schema.graphql")]);
    for file in files.filter(|file| file.is_file()) {
        let found = faults(&fs::read_to_string(&file).unwrap());
        assert_eq!(found, Vec::<String>::new(), "in {}", file.display());
    }
}

#[test]
fn words_that_are_not_plain_are_found() {
    let text = |description: &str| format!("\"\"\"\n{description}\n\"\"\"\ntype Query");
    assert_eq!(faults(&text("What is\nsold.")), ["What is sold."]);
    assert_eq!(faults(&text("It, too.")), ["It, too."]);
    assert_eq!(faults(&text("Field that\nis to blame.")), ["that is to blame"]);
    assert_eq!(faults("A lock for Nobody."), ["nobody"]);
    assert_eq!(faults(&text("Items, and whatever. `nobody_gives` It")), Vec::<String>::new());
}
