//! The way through the house, checked: which room may use which, and no file grows too long.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Which rooms of `src/` a room may use. `app` and `cli` put everything together.
const ROOMS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("graphql", &["domain"]),
    ("http", &["domain", "graphql"]),
    ("infra", &["domain"]),
    ("config", &["domain", "graphql", "http", "infra"]),
    ("telemetry", &["config", "domain"]),
    ("app", &["config", "domain", "graphql", "http", "infra"]),
    ("cli", &["app", "config", "domain", "graphql", "telemetry"]),
];

/// The nouns of `domain`; each may use those after it. What is not here is used by all of them and uses none.
const NOUNS: &[&str] = &[
    "sample",
    "privacy",
    "report",
    "order",
    "payment",
    "cart",
    "inventory",
    "product",
    "address",
    "api_key",
    "staff",
    "customer",
    "account",
];

/// Crates that a room must not know.
const FOREIGN: &[(&str, &[&str])] = &[
    (
        "domain",
        &[
            "poem",
            "async_graphql",
            "redis",
            "lettre",
            "prometheus_client",
            "opentelemetry",
            "tracing_opentelemetry",
        ],
    ),
    (
        "graphql",
        &[
            "poem",
            "redis",
            "sea_orm",
            "rust_iso3166",
            "lettre",
            "minijinja",
            "prometheus_client",
            "opentelemetry",
            "tracing_opentelemetry",
        ],
    ),
    ("http", &["lettre", "minijinja"]),
    (
        "infra",
        &[
            "poem",
            "async_graphql",
            "minijinja",
            "prometheus_client",
            "opentelemetry",
            "tracing_opentelemetry",
        ],
    ),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).into()
}

fn rust_files(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let mut files = Vec::new();
    for path in entries {
        if path.ends_with("node_modules") {
            continue;
        }
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// The first two names of every path that begins with `crate::` in the file, also in braces and across lines.
fn uses(source: &str) -> BTreeSet<(String, String)> {
    let code: String =
        source.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join(" ");
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        for (first, inner) in members(rest) {
            let seconds = members(inner.strip_prefix("::").unwrap_or_default());
            if seconds.is_empty() {
                found.insert((first.clone(), String::new()));
            }
            found.extend(seconds.into_iter().map(|(second, _)| (first.clone(), second)));
        }
    }
    found
}

/// The names at the start of a path: one, or those in the braces that follow, each with what comes behind it.
fn members(path: &str) -> Vec<(String, &str)> {
    let name = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let Some(group) = path.strip_prefix('{') else {
        let first = name(path);
        return if first.is_empty() { Vec::new() } else { vec![(first.clone(), &path[first.len()..])] };
    };
    let (mut depth, mut start, mut parts) = (0, 0, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                parts.push(group[start..at].trim());
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(group[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts
        .into_iter()
        .map(|part| (name(part), &part[name(part).len()..]))
        .filter(|(name, _)| !name.is_empty())
        .collect()
}

#[test]
fn imports_are_understood() {
    assert!(knows("use redis::Client;", "redis") && knows("Arc<redis::Client>", "redis"));
    assert!(!knows("// redis::Client", "redis") && !knows("crate::infra::redis::Redis", "redis"));
    let source = "use crate::{ domain::{Fault, account::Session, page}, graphql::id }; crate::http::x(); // crate::no\n//! crate::no";
    let expected =
        [("domain", "Fault"), ("domain", "account"), ("domain", "page"), ("graphql", "id"), ("http", "x")];
    let found = uses(source.split("//").next().unwrap());
    assert_eq!(found, expected.map(|(a, b)| (a.to_owned(), b.to_owned())).into());
}

/// Whether code (not a comment, not a unit test) names something in the crate `name`.
fn knows(source: &str, name: &str) -> bool {
    let program = source.split("#[cfg(test)]").next().unwrap_or_default();
    let code = program.lines().map(|line| line.split("//").next().unwrap_or_default());
    let path = format!("{name}::");
    code.flat_map(|line| line.match_indices(&path).map(move |(at, _)| line[..at].chars().last()))
        .any(|before| before.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != ':'))
}

#[test]
fn rooms_use_only_the_rooms_below_them() {
    let mut wrong = Vec::new();
    for (room, allowed) in ROOMS {
        let dir = root().join("src").join(room);
        let files = if dir.is_dir() { rust_files(&dir) } else { vec![root().join(format!("src/{room}.rs"))] };
        assert!(!files.is_empty());
        for file in files {
            let source = fs::read_to_string(&file).unwrap();
            for (used, _) in uses(&source) {
                if used != *room && !allowed.contains(&used.as_str()) {
                    wrong.push(format!("{} uses crate::{used}", file.display()));
                }
            }
            for (_, foreign) in FOREIGN.iter().filter(|(name, _)| name == room) {
                let knows = |name: &&&str| knows(&source, name);
                wrong.extend(
                    foreign.iter().filter(knows).map(|name| format!("{} knows {name}", file.display())),
                );
            }
        }
    }
    let rooms: BTreeSet<_> = ROOMS.iter().map(|(room, _)| (*room).to_owned()).collect();
    let stands = fs::read_dir(root().join("src"))
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned());
    let stands: BTreeSet<_> = stands.filter(|name| name != "main" && name != "lib").collect();
    assert_eq!(stands, rooms, "a new room needs its place in ROOMS");
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn nouns_use_only_the_nouns_below_them() {
    let mut wrong = Vec::new();
    for (at, noun) in NOUNS.iter().enumerate() {
        let dir = root().join("src/domain").join(noun);
        if !dir.is_dir() {
            continue;
        }
        for file in rust_files(&dir) {
            let source = fs::read_to_string(&file).unwrap();
            for (room, used) in uses(&source) {
                if room == "domain" && NOUNS[..at].contains(&used.as_str()) {
                    wrong.push(format!("{} uses crate::domain::{used}", file.display()));
                }
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn no_file_is_longer_than_600_lines() {
    let dirs = ["src", "entity/src", "migration/src", "tests", "bench"];
    let files = dirs.iter().flat_map(|dir| rust_files(&root().join(dir)));
    let long: Vec<_> = files.filter(|file| fs::read_to_string(file).unwrap().lines().count() > 600).collect();
    assert_eq!(long, Vec::<PathBuf>::new());
}
