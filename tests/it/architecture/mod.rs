//! Rules of the source: which room may use which, names, and the length of files.
//!
//! A room is a direct child of a layer, a file or a folder: `domain/account`, `http/server`. A layer's own `mod.rs` is
//! above its rooms. [`rules`] holds the tables. Every path in the source, also in attributes and the bodies of macros, is
//! resolved to the module that defines what it names. Unit tests inside `src/` may use anything.

mod graph;
mod items;
mod names;
mod resolve;
mod resolve_tests;
mod rules;
mod source;
mod uses;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    sync::LazyLock,
};

use self::{
    graph::Graph,
    items::Definition,
    resolve::Edge,
    source::{Module, Modules},
};

/// The most lines of a file.
const MAX_LINES: usize = 500;

/// Files that are longer, and how long they may be. Rows go when files are split; none is added.
const LONGER: &[(&str, usize)] = &[];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The library, which is the whole program.
static PROGRAM: LazyLock<Modules> = LazyLock::new(|| Modules::of_crate(root(), "src/lib.rs"));

fn room_of(module: &Module) -> String {
    module.path[..module.path.len().min(2)].join("/")
}

fn edges(modules: &Modules) -> Vec<Edge> {
    modules.edges(&|id| room_of(&modules.0[id]))
}

/// All files below these folders whose names end so, from the root of the repository.
fn files(dirs: &[&str], extensions: &[&str]) -> Vec<String> {
    let mut files = Vec::new();
    let mut dirs: Vec<_> = dirs.iter().map(|dir| root().join(dir)).collect();
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("node_modules") {
                dirs.push(path);
            } else if extensions.iter().any(|one| path.extension().is_some_and(|found| found == *one)) {
                files.push(path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    files
}

/// Fails with all findings, one a line.
fn assert_none(findings: impl IntoIterator<Item = String>) {
    // Sorted by file and line.
    let key = |finding: &String| {
        let mut parts = finding.splitn(3, ':').map(str::to_owned);
        let file = parts.next().unwrap_or_default();
        (file, parts.next().and_then(|line| line.parse::<usize>().ok()), finding.clone())
    };
    let findings: BTreeSet<_> = findings.into_iter().map(|finding| key(&finding)).collect();
    let lines: Vec<_> = findings.into_iter().map(|(_, _, finding)| finding).collect();
    assert!(lines.is_empty(), "{} findings:\n{}\n", lines.len(), lines.join("\n"));
}

#[test]
fn rooms_use_only_the_rooms_below_them() {
    let modules = &PROGRAM;
    let findings = edges(modules).into_iter().filter_map(|edge| {
        let (from, to) = (&modules.0[edge.from], &modules.0[edge.to]);
        let reason = rules::check(&from.path, &to.path).err()?;
        Some(format!("{}:{}: {reason}; `{}` stands in {}", from.file, edge.line, edge.text, to.file))
    });
    assert_none(findings);
}

#[test]
fn rooms_have_a_place_in_the_tables() {
    let modules = &PROGRAM;
    let rooms = modules.0.iter().filter(|module| (1..=2).contains(&module.path.len()));
    let unknown = rooms.filter(|module| !rules::is_known(rules::place(&module.path)));
    let unknown =
        unknown.map(|module| format!("{}:1: no table has a place for {}", module.file, room_of(module)));
    let domain = modules.0.iter().find(|module| module.path == ["domain"]).unwrap();
    let own =
        domain.items.iter().map(|(name, line)| format!("{}:{line}: {name} belongs in a room", domain.file));
    assert_none(unknown.chain(own));
}

/// Other rooms reach into a room's modules only where these are `pub mod`; the rest is re-exported by its `mod.rs`.
#[test]
fn rooms_are_used_through_their_mod_rs() {
    let modules = &PROGRAM;
    let findings = edges(modules).into_iter().flat_map(|edge| {
        let from = &modules.0[edge.from];
        let passed = edge.restricted.iter().map(|id| &modules.0[*id]);
        let passed = passed.filter(|module| module.path.len() > 2 && room_of(module) != room_of(from));
        let finding = |module: &Module| {
            format!(
                "{}:{}: `{}` goes through {}, which is no `pub mod`",
                from.file, edge.line, edge.text, module.file
            )
        };
        passed.map(finding).collect::<Vec<_>>()
    });
    assert_none(findings);
}

#[test]
fn rooms_have_no_cycles() {
    let modules = &PROGRAM;
    let edges = edges(modules);
    let folders =
        modules.0.iter().filter(|module| !module.path.is_empty() && !rules::is_in_noun(&module.path));
    let findings: Vec<_> =
        folders.flat_map(|folder| cycles_in(&folder.path.join("/"), modules, &edges)).collect();
    assert!(findings.is_empty(), "{} cycles:\n\n{}\n", findings.len(), findings.join("\n\n"));
}

/// The cycles among the direct children of a folder of `src/`, each with a way around it and all that belongs to it.
fn cycles_in(folder: &str, modules: &Modules, edges: &[Edge]) -> Vec<String> {
    let child = |id: usize| {
        let rest = modules.0[id].path.join("/").strip_prefix(folder)?.strip_prefix('/')?.to_owned();
        rest.split('/').next().map(str::to_owned)
    };
    let (mut graph, mut examples) = (Graph::new(), BTreeMap::<_, Vec<String>>::new());
    for edge in edges {
        let (Some(from), Some(to)) = (child(edge.from), child(edge.to)) else { continue };
        if from == to || rules::is_schema(&modules.0[edge.from].path, &modules.0[edge.to].path) {
            continue;
        }
        graph.entry(from.clone()).or_default().insert(to.clone());
        let file = &modules.0[edge.from].file;
        examples.entry((from, to)).or_default().push(format!("{file}:{}: `{}`", edge.line, edge.text));
    }
    let step = |from: &String, to: &String| {
        let all = &examples[&(from.clone(), to.clone())];
        let more = if all.len() > 1 { format!(" and {} more", all.len() - 1) } else { String::new() };
        format!("{}: {from} -> {to}{more}", all[0])
    };
    let cycles = graph::cycles(&graph).into_iter().map(|cycle| {
        let way = graph::shortest(&graph, &cycle);
        let way = (0..way.len()).map(|at| (&way[at], &way[(at + 1) % way.len()]));
        let all = cycle.iter().flat_map(|from| graph[from].iter().map(move |to| (from, to)));
        let mut lines = vec![format!("{} rooms of {folder} form a cycle: {}", cycle.len(), cycle.join(", "))];
        let steps: Vec<_> = way.map(|(from, to)| step(from, to)).collect();
        let others = all.filter(|(_, to)| cycle.contains(to)).map(|(from, to)| step(from, to));
        let others: Vec<_> = others.filter(|other| !steps.contains(other)).collect();
        lines.extend(steps.iter().map(|step| format!("  {step}")));
        if !others.is_empty() {
            lines.push("and in the same cycle".to_owned());
            lines.extend(others.iter().map(|step| format!("  {step}")));
        }
        lines.join("\n")
    });
    cycles.collect()
}

#[test]
fn crates_are_known_to_their_layers_only() {
    let modules = &PROGRAM;
    let findings = modules.foreign().into_iter().filter_map(|(from, name, named)| {
        let from = &modules.0[from];
        let (_, unwanted) = rules::FOREIGN.iter().find(|(layer, _)| *layer == rules::place(&from.path).0)?;
        let is_unwanted = unwanted.contains(&name.as_str());
        is_unwanted
            .then(|| format!("{}:{}: knows {name}: `{}`", from.file, named.line, named.path.join("::")))
    });
    assert_none(findings);
}

#[test]
fn entity_and_migration_use_no_other_crate_of_ours() {
    let ours = ["bodega", "entity", "migration", "bench", "operations", "services"];
    for name in ["entity", "migration"] {
        let manifest = fs::read_to_string(root().join(name).join("Cargo.toml")).unwrap();
        assert!(!manifest.contains("path ="), "{name}/Cargo.toml has a path");
        let modules = Modules::of_crate(root(), &format!("{name}/src/lib.rs"));
        let uses = modules.foreign().into_iter().filter(|(_, used, _)| ours.contains(&used.as_str()));
        assert_none(
            uses.map(|(from, used, named)| format!("{}:{}: knows {used}", modules.0[from].file, named.line)),
        );
    }
}

#[test]
fn names_follow_the_style_guide() {
    let findings =
        files(&["src", "entity/src", "migration/src", "tests/it"], &["rs"]).into_iter().flat_map(|file| {
            let source = fs::read_to_string(root().join(&file)).unwrap();
            let definitions = names::definitions(source.parse().unwrap());
            let finding = |found: &Definition| {
                let replacement = names::replacement(found)?;
                Some(format!("{file}:{}: {} {}: write {replacement}", found.line, found.keyword, found.name))
            };
            definitions.iter().filter_map(finding).collect::<Vec<_>>()
        });
    assert_none(findings);
}

#[test]
fn files_have_at_most_500_lines() {
    let files = files(&["src", "entity/src", "migration/src", "tests", "bench"], &["rs", "graphql"]);
    let findings = files.iter().filter_map(|name| {
        let lines = fs::read_to_string(root().join(name)).unwrap().lines().count();
        let listed = LONGER.iter().find(|(longer, _)| *longer == name).map(|(_, lines)| *lines);
        match listed {
            Some(_) if lines <= MAX_LINES => {
                Some(format!("{name}: is no longer too long; take it off the list"))
            }
            _ if lines > listed.unwrap_or(MAX_LINES) => Some(format!("{name}: has {lines} lines")),
            _ => None,
        }
    });
    let missing = LONGER.iter().filter(|(name, _)| !root().join(name).exists());
    assert_none(findings.chain(missing.map(|(name, _)| format!("{name}: is gone; take it off the list"))));
}
