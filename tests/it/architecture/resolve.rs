//! Follows a path to the module that defines what it names, through imports and re-exports.

use std::collections::BTreeSet;

use super::source::{Modules, Named, Visibility};

/// What a path leads to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// Something in this module, or the module itself.
    Module(usize),
    /// Something in the crate of this name, or a name of the standard library's prelude.
    Foreign(String),
}

/// One place in a file that uses something of another module.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Edge {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) line: usize,
    /// The path as it is written.
    pub(super) text: String,
    /// The modules on the way that are not `pub mod`.
    pub(super) restricted: Vec<usize>,
}

/// The names that are being looked up, so that no import is followed for ever.
type Seen = BTreeSet<(usize, String)>;

impl Modules {
    /// What `path` means in the module `from`.
    pub(super) fn resolve(&self, from: usize, path: &[String]) -> Target {
        self.walk(from, path, true, &mut Seen::new()).target
    }

    /// Follows a path, or with `is_whole = false` one that goes on behind what is given here.
    fn walk(&self, from: usize, path: &[String], is_whole: bool, seen: &mut Seen) -> Way {
        let (mut module, mut restricted) = (from, Vec::new());
        let mut target = None;
        for (at, name) in path.iter().enumerate() {
            let member = match name.as_str() {
                "::" => Some(Member::Foreign(path[at + 1].clone())),
                "crate" => Some(Member::Module(0)),
                "self" => continue,
                "super" => Some(Member::Module(self.0[module].parent)),
                _ => self.member(module, name, is_whole && at + 1 == path.len(), seen),
            };
            target = match member {
                Some(Member::Module(id)) => {
                    if self.0[module].children.get(name) == Some(&(id, Visibility::Restricted)) {
                        restricted.push(id);
                    }
                    module = id;
                    continue;
                }
                Some(Member::Item(id)) => Some(Target::Module(id)),
                Some(Member::Foreign(name)) => Some(Target::Foreign(name)),
                None if at == 0 => Some(Target::Foreign(name.clone())),
                // What a macro defines is not seen: it stands in the module that the path has reached.
                None => None,
            };
            break;
        }
        Way { target: target.unwrap_or(Target::Module(module)), restricted }
    }

    /// What a name means in a module. A function may have the name of a module; it is meant where the path ends.
    fn member(&self, module: usize, name: &str, is_last: bool, seen: &mut Seen) -> Option<Member> {
        let key = (module, format!("{name} {is_last}"));
        if !seen.insert(key.clone()) {
            return None;
        }
        let found = self.find(module, name, is_last, seen);
        seen.remove(&key);
        found
    }

    fn find(&self, module: usize, name: &str, is_last: bool, seen: &mut Seen) -> Option<Member> {
        let here = &self.0[module];
        let child = || here.children.get(name).map(|(id, _)| Member::Module(*id));
        let import = |seen: &mut Seen| {
            let path = here.imports.get(name)?;
            Some(self.member_at(module, path, is_last, seen))
        };
        let item = || here.items.contains_key(name).then_some(Member::Item(module));
        let named = if is_last {
            item().or_else(|| import(seen)).or_else(child)
        } else {
            child().or_else(|| import(seen)).or_else(item)
        };
        named.or_else(|| {
            here.globs.iter().find_map(|glob| match self.walk(module, glob, false, seen).target {
                Target::Module(id) if id != module => self.member(id, name, is_last, seen),
                _ => None,
            })
        })
    }

    /// What the path of an import leads to.
    fn member_at(&self, module: usize, path: &[String], is_last: bool, seen: &mut Seen) -> Member {
        let (last, parent) = path.split_last().unwrap();
        if ["self", "super", "crate"].contains(&last.as_str()) {
            return match self.walk(module, path, false, seen).target {
                Target::Module(id) => Member::Module(id),
                Target::Foreign(name) => Member::Foreign(name),
            };
        }
        if parent.is_empty() {
            return self.member(module, last, is_last, seen).unwrap_or(Member::Foreign(last.clone()));
        }
        match self.walk(module, parent, false, seen).target {
            Target::Module(id) => self.member(id, last, is_last, seen).unwrap_or(Member::Item(id)),
            Target::Foreign(name) => Member::Foreign(name),
        }
    }

    /// Every use of another module. A path that goes on from an imported name is left out where the import leads to the
    /// same room: that import is the use.
    pub(super) fn edges(&self, room: &dyn Fn(usize) -> String) -> Vec<Edge> {
        let mut edges = Vec::new();
        for (from, module) in self.0.iter().enumerate() {
            for named in &module.named {
                let Way { target, restricted } = self.walk(from, &named.path, true, &mut Seen::new());
                let Target::Module(to) = target else { continue };
                let imported = module.imports.get(&named.path[0]).filter(|_| !named.is_import);
                let is_repeated = imported.is_some_and(|path| match self.resolve(from, path) {
                    Target::Module(id) => room(id) == room(to),
                    Target::Foreign(_) => false,
                });
                if to != from && !is_repeated {
                    let text = named.path.join("::");
                    edges.push(Edge { from, to, line: named.line, text, restricted });
                }
            }
        }
        edges.sort();
        edges.dedup();
        edges
    }

    /// Every use of another crate: the module, the crate's name, and where.
    pub(super) fn foreign(&self) -> Vec<(usize, String, &Named)> {
        let mut uses = Vec::new();
        for (from, module) in self.0.iter().enumerate() {
            for named in &module.named {
                let is_own = ["crate", "self", "super"].contains(&named.path[0].as_str());
                if let Target::Foreign(name) = self.resolve(from, &named.path)
                    && !is_own
                    && (named.is_import || !module.imports.contains_key(&named.path[0]))
                {
                    uses.push((from, name, named));
                }
            }
        }
        uses
    }
}

struct Way {
    target: Target,
    /// The modules on the way that are not `pub mod`.
    restricted: Vec<usize>,
}

/// What a name means in a module.
enum Member {
    Module(usize),
    Item(usize),
    Foreign(String),
}
