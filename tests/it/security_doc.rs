//! What `docs/security.md` gives as evidence is there: its files, its tests, and no row that is still to be checked.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// What the paths of this repository begin with that the document names.
const FOLDERS: &[&str] = &["src/", "entity/", "migration/", "tests/", "docs/"];

/// Where the paths begin that the document names without it.
const HOME: &str = "src/domain";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).into()
}

/// What stands in backticks.
fn quoted(document: &str) -> Vec<&str> {
    document.lines().flat_map(|line| line.split('`').skip(1).step_by(2)).collect()
}

/// The path that a text names, if it looks like one.
fn named_path(text: &str) -> Option<PathBuf> {
    if FOLDERS.iter().any(|folder| text.starts_with(folder)) {
        return Some(text.into());
    }
    text.ends_with(".rs").then(|| Path::new(HOME).join(text))
}

/// The module and the name of the test that a text names as `cargo test` prints it, if it looks like one.
fn named_test(text: &str) -> Option<(Vec<&str>, &str)> {
    let is_name = |part: &&str| {
        !part.is_empty() && part.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
    };
    let mut module: Vec<_> = text.split("::").collect();
    if !module.iter().all(is_name) {
        return None;
    }
    let name = module.pop()?;
    if module.is_empty() { None } else { Some((module, name)) }
}

/// The files one of which is this module: of the program's `domain`, else of these tests.
fn module_files(module: &[&str]) -> [PathBuf; 2] {
    let folder = if module.first() == Some(&"domain") { "src" } else { "tests/it" };
    let module = match module {
        [module @ .., "tests"] => module,
        module => module,
    };
    let path = root().join(folder).join(module.join("/"));
    [path.with_extension("rs"), path.join("mod.rs")]
}

fn is_test(module: &[&str], name: &str) -> bool {
    let function = format!("fn {name}(");
    let holds = |file: &PathBuf| fs::read_to_string(file).is_ok_and(|source| source.contains(&function));
    module_files(module).iter().any(holds)
}

#[test]
fn what_the_document_names_is_there() {
    let document = fs::read_to_string(root().join("docs/security.md")).unwrap();
    let (mut paths, mut tests, mut missing) = (0, 0, Vec::new());
    for text in quoted(&document) {
        if let Some(path) = named_path(text) {
            paths += 1;
            if !root().join(path).exists() {
                missing.push(text);
            }
        } else if let Some((module, name)) = named_test(text) {
            tests += 1;
            if !is_test(&module, name) {
                missing.push(text);
            }
        }
    }
    assert_eq!(missing, Vec::<&str>::new(), "these are named and not there");
    assert!(
        paths > 50 && tests > 100,
        "only {paths} paths and {tests} tests were found: the form has changed"
    );
    assert!(!document.contains("(CHECK)"), "a row is still to be checked");
}
