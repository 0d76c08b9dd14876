//! Reads Rust source as tokens: which modules there are, what each defines and imports, and which paths it names.

use std::{collections::BTreeMap, fs, path::Path};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::{
    items::{Marker, attribute, definition, first_word, flat, item_length, marker},
    uses,
};

/// Who may name a child module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Visibility {
    /// `pub mod`.
    Public,
    /// `mod` and `pub(…) mod`.
    Restricted,
}

/// A path as the source names it: `crate`, `super`, `self` or a name first; `::` first where it begins with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) path: Vec<String>,
    pub(super) line: usize,
    /// Whether a `use` item names it.
    pub(super) is_import: bool,
}

/// One module of the program, unit tests left out.
#[derive(Debug, Default)]
pub(super) struct Module {
    /// Names from the root of the crate.
    pub(super) path: Vec<String>,
    /// The file, from the root of the repository.
    pub(super) file: String,
    pub(super) parent: usize,
    pub(super) children: BTreeMap<String, (usize, Visibility)>,
    /// What the module itself defines, and in which line.
    pub(super) items: BTreeMap<String, usize>,
    /// The paths of imported names.
    pub(super) imports: BTreeMap<String, Vec<String>>,
    pub(super) globs: Vec<Vec<String>>,
    pub(super) named: Vec<Named>,
}

/// Where files are read from: the disk, or a table in the tests of the resolver.
type Files<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The modules of a crate; the first is its root.
pub(super) struct Modules(pub(super) Vec<Module>);

impl Modules {
    /// The crate whose root is `file`, a path from `root`.
    pub(super) fn of_crate(root: &Path, file: &str) -> Self {
        Self::read(file, &|path| fs::read_to_string(root.join(path)).ok())
    }

    pub(super) fn read(file: &str, files: Files<'_>) -> Self {
        let mut modules = Self(vec![Module { file: file.to_owned(), ..Module::default() }]);
        let dir = Path::new(file).parent().unwrap().to_path_buf();
        modules.file(0, &dir, files);
        modules
    }

    /// Reads the file of a module whose children stand in `dir`.
    fn file(&mut self, module: usize, dir: &Path, files: Files<'_>) {
        let file = self.0[module].file.clone();
        let source = files(&file).unwrap_or_else(|| panic!("{file} cannot be read"));
        let tokens = source.parse::<TokenStream>().unwrap_or_else(|error| panic!("{file}: {error}"));
        self.scan(&Scan { module, dir, files }, tokens, true);
    }

    /// Scans tokens of a module. With `top` they are its items, otherwise what stands inside them.
    fn scan(&mut self, scan: &Scan<'_>, tokens: TokenStream, top: bool) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let (mut at, mut visibility, mut is_exported) = (0, Visibility::Restricted, false);
        while at < tokens.len() {
            let rest = &tokens[at..];
            if let Some((attribute, length)) = attribute(rest) {
                at += length;
                match marker(&attribute) {
                    Marker::Test => at += item_length(&tokens[at..]),
                    Marker::Exported => is_exported = true,
                    Marker::Other => self.attribute(scan, attribute),
                }
                continue;
            }
            if uses::is(rest, 0, "pub") {
                visibility = Visibility::Public;
                at += 1;
                if let Some(TokenTree::Group(group)) = tokens.get(at)
                    && group.delimiter() == Delimiter::Parenthesis
                    && ["crate", "super", "self", "in"].contains(&first_word(group.stream()).as_str())
                {
                    visibility = Visibility::Restricted;
                    at += 1;
                }
                continue;
            }
            if let Some((definition, length)) = definition(&tokens, at) {
                let is_child = top && definition.keyword == "mod";
                if is_child {
                    self.child(scan, &definition.name, visibility, tokens.get(at + length));
                    at += 1;
                } else if top {
                    self.0[scan.module].items.insert(definition.name.clone(), definition.line);
                    if is_exported {
                        let path =
                            [&self.0[scan.module].path[..], std::slice::from_ref(&definition.name)].concat();
                        let path = std::iter::once("crate".to_owned()).chain(path).collect();
                        self.0[0].imports.insert(definition.name.clone(), path);
                    }
                }
                (visibility, is_exported) = (Visibility::Restricted, false);
                at += length;
                continue;
            }
            if uses::is(rest, 0, "use") && !uses::is(rest, 1, "<") {
                let length = rest.iter().take_while(|token| !uses::is_token(token, ";")).count();
                self.import(scan.module, &rest[1..length]);
                visibility = Visibility::Restricted;
                at += length;
            } else if let Some((paths, length)) = uses::path(&tokens, at) {
                self.0[scan.module].named.extend(paths);
                at += length;
            } else {
                if let TokenTree::Group(group) = &tokens[at] {
                    let is_macro = at > 0 && uses::is_token(&tokens[at - 1], "!");
                    self.scan(scan, group.stream(), top && is_macro);
                }
                at += 1;
            }
        }
    }

    /// A child module, in its own file or in braces.
    fn child(&mut self, scan: &Scan<'_>, name: &str, visibility: Visibility, body: Option<&TokenTree>) {
        let id = self.0.len();
        let parent = &mut self.0[scan.module];
        parent.children.insert(name.to_owned(), (id, visibility));
        let path = [&parent.path[..], &[name.to_owned()]].concat();
        let mut module = Module { path, parent: scan.module, file: parent.file.clone(), ..Module::default() };
        let dir = scan.dir.join(name);
        if let Some(TokenTree::Group(group)) = body {
            self.0.push(module);
            return self.scan(&Scan { module: id, dir: &dir, files: scan.files }, group.stream(), true);
        }
        let places = [scan.dir.join(format!("{name}.rs")), dir.join("mod.rs")];
        let places = places.map(|path| path.to_str().unwrap().to_owned());
        module.file = places
            .iter()
            .find(|path| (scan.files)(path).is_some())
            .unwrap_or_else(|| panic!("no file for mod {name} of {}", module.file))
            .clone();
        self.0.push(module);
        self.file(id, &dir, scan.files);
    }

    fn import(&mut self, module: usize, tree: &[TokenTree]) {
        let module = &mut self.0[module];
        for leaf in uses::leaves(tree, &[]) {
            match &leaf.name {
                None => module.globs.push(leaf.path.clone()),
                Some(name) => {
                    module.imports.entry(name.clone()).or_insert_with(|| leaf.path.clone());
                }
            }
            module.named.push(Named { path: leaf.path, line: leaf.line, is_import: true });
        }
    }

    /// Paths in an attribute, also those that a text holds, as in `#[serde(with = "crate::…")]`.
    fn attribute(&mut self, scan: &Scan<'_>, attribute: TokenStream) {
        assert_ne!(first_word(attribute.clone()), "path", "modules stand in files of their names");
        if first_word(attribute.clone()) == "doc" {
            return;
        }
        for token in flat(attribute.clone()) {
            let text = token.to_string();
            let text = text.trim_matches('"');
            if ["crate::", "super::", "self::"].iter().any(|start| text.starts_with(start))
                && let Ok(tokens) = text.parse::<TokenStream>()
            {
                let tokens = tokens.into_iter().map(|mut inner| {
                    inner.set_span(token.span());
                    inner
                });
                self.scan(scan, tokens.collect(), false);
            }
        }
        self.scan(scan, attribute, false);
    }
}

/// What [`Modules::scan`] is scanning.
struct Scan<'a> {
    module: usize,
    /// Where files of child modules stand.
    dir: &'a Path,
    files: Files<'a>,
}
