//! The resolver, on small crates.

use super::{resolve::Target, source::Modules};

/// A crate of these files; `path: source` each.
fn read(files: &[(&str, &str)]) -> Modules {
    let source =
        |path: &str| files.iter().find(|(name, _)| *name == path).map(|(_, source)| (*source).to_owned());
    Modules::read("src/lib.rs", &source)
}

/// All uses of other modules in a crate: file, line, path and the file that it leads to.
fn uses(files: &[(&str, &str)]) -> Vec<String> {
    let modules = read(files);
    let edges = modules.edges(&|id| modules.0[id].path.join("/"));
    let text = |file: &str| file.trim_start_matches("src/").trim_end_matches(".rs").to_owned();
    let edges = edges.iter().map(|edge| {
        let (from, to) = (&modules.0[edge.from], &modules.0[edge.to]);
        format!("{}:{} {} = {}", text(&from.file), edge.line, edge.text, text(&to.file))
    });
    edges.filter(|edge| edge.starts_with("a/x:")).collect()
}

/// The uses in `a/x.rs`, among modules that re-export.
fn uses_in(source: &str) -> Vec<String> {
    uses(&[
        ("src/lib.rs", "pub mod a; pub mod b; pub mod redis;"),
        ("src/a/mod.rs", "mod x; mod y; mod z; pub use y::{Y, one}; pub use crate::b::B as Again; use z::*;"),
        ("src/a/x.rs", source),
        ("src/a/y.rs", "pub struct Y; pub fn one() {} operation! { pub enum Made { No } }"),
        ("src/a/z.rs", "pub fn globbed() {} pub mod inner { pub const DEEP: u8 = 1; }"),
        (
            "src/b/mod.rs",
            "mod private; pub mod open; pub use private::{B, Trait}; pub use open as other; pub fn own() {}",
        ),
        (
            "src/b/private.rs",
            "pub struct B; pub trait Trait {} #[macro_export] macro_rules! shout { () => {} }",
        ),
        ("src/b/open.rs", "pub fn open() {} pub fn second() {}"),
        ("src/redis.rs", "pub struct Redis;"),
    ])
}

#[test]
fn imports_lead_to_the_defining_module() {
    let source = "use crate::b::B;\nuse super::{Y, one as two};\nuse super::super::b::{self, open::{open, second}, Trait as _};";
    let expected = [
        "a/x:1 crate::b::B = b/private",
        "a/x:2 super::Y = a/y",
        "a/x:2 super::one = a/y",
        "a/x:3 super::super::b = b/mod",
        "a/x:3 super::super::b::Trait = b/private",
        "a/x:3 super::super::b::open::open = b/open",
        "a/x:3 super::super::b::open::second = b/open",
    ];
    assert_same(&uses_in(source), &expected);
}

#[test]
fn imports_are_followed_through_renames_and_globs() {
    let source = "use super::Again;\nuse crate::b::other::open;\nuse super::globbed;\nuse crate::b::*;\nuse super::inner::DEEP;";
    let expected = [
        "a/x:1 super::Again = b/private",
        "a/x:2 crate::b::other::open = b/open",
        "a/x:3 super::globbed = a/z",
        "a/x:4 crate::b = b/mod",
        "a/x:5 super::inner::DEEP = a/z",
    ];
    assert_same(&uses_in(source), &expected);
}

#[test]
fn inline_paths_count_in_code_types_attributes_and_macros() {
    let source = "\
        fn f(b: crate::b::B) -> <crate::a::Y as crate::b::Trait>::Out { for _ in 0..super::one() {} }\n\
        #[serde(with = \"crate::b::open\")] struct S { b: Vec<crate::b::B> }\n\
        macro_rules! m { ($x:expr) => { $crate::b::own($x) }; }\n\
        fn g() { info!(x = super::one(), \"crate::b::text\"); }\n\
        operation! { #[error(\"{}\", crate::b::open::open())] pub enum E { A } }\n\
        /// See crate::b::own.\n\
        fn h() { crate::b::open::{open, second}; }\n\
        const C: u8 = crate::shout!();";
    let expected = [
        "a/x:1 crate::b::B = b/private",
        "a/x:1 crate::a::Y = a/y",
        "a/x:1 crate::b::Trait = b/private",
        "a/x:1 super::one = a/y",
        "a/x:2 crate::b::open = b/open",
        "a/x:2 crate::b::B = b/private",
        "a/x:3 crate::b::own = b/mod",
        "a/x:4 super::one = a/y",
        "a/x:5 crate::b::open::open = b/open",
        "a/x:7 crate::b::open::open = b/open",
        "a/x:7 crate::b::open::second = b/open",
        "a/x:8 crate::shout = b/private",
    ];
    assert_same(&uses_in(source), &expected);
}

#[test]
fn paths_from_imported_names_count_where_they_leave_the_import() {
    let source = "use crate::{a, b};\nfn f() { b::own(); b::B::new(); a::Again::new(); x.b::<u8>(); }";
    let expected = [
        "a/x:1 crate::a = a/mod",
        "a/x:1 crate::b = b/mod",
        // The room of `b::B` is another one here, where each module is a room.
        "a/x:2 b::B::new = b/private",
        "a/x:2 a::Again::new = b/private",
    ];
    assert_same(&uses_in(source), &expected);
}

#[test]
fn unit_tests_and_visibilities_do_not_count() {
    let source = "\
        pub(in crate::b) fn f() {}\n\
        pub(super) struct S(#[cfg(test)] crate::b::B, pub(in crate::b) u8);\n\
        #[cfg(test)] use crate::b::B;\n\
        #[cfg(all(test, unix))] fn t() { crate::b::own() }\n\
        #[cfg(test)]\n#[allow(dead_code)]\nmod tests { use super::*; use crate::b::B; }\n\
        #[test] fn u() { crate::b::own() }\n\
        fn g<'a>() -> impl Trait + use<'a> { &'static STR }";
    assert_same(&uses_in(source), &[] as &[&str]);
}

#[test]
fn macros_define_what_stands_in_them() {
    assert_same(&uses_in("use super::y::Made;"), &["a/x:1 super::y::Made = a/y"]);
}

#[test]
fn nested_modules_are_modules_of_their_own() {
    let source = "mod inner {\n use super::super::Y;\n pub fn f() { self::deep::g(); super::h() }\n mod deep { pub fn g() {} }\n}\nfn h() { inner::f() }";
    let expected = [
        "a/x:2 super::super::Y = a/y",
        "a/x:3 self::deep::g = a/x",
        "a/x:3 super::h = a/x",
        "a/x:6 inner::f = a/x",
    ];
    assert_same(&uses_in(source), &expected);
}

#[test]
fn functions_may_have_the_name_of_their_module() {
    let files = [
        ("src/lib.rs", "pub mod a; pub mod b;"),
        ("src/a/mod.rs", "mod x;"),
        ("src/a/x.rs", "use crate::b::login;\nuse crate::b::login::Login;"),
        ("src/b/mod.rs", "mod login; pub use login::{Login, login};"),
        ("src/b/login.rs", "pub struct Login; pub fn login() {}"),
    ];
    assert_same(
        &uses(&files),
        &["a/x:1 crate::b::login = b/login", "a/x:2 crate::b::login::Login = b/login"],
    );
    let modules = read(&files);
    let edges = modules.edges(&|id| modules.0[id].path.join("/"));
    let restricted = |line: usize| {
        let edge =
            edges.iter().find(|edge| modules.0[edge.from].file == "src/a/x.rs" && edge.line == line).unwrap();
        edge.restricted.len()
    };
    assert_eq!([restricted(1), restricted(2)], [0, 1], "the second goes through a private module");
}

#[test]
fn foreign_crates_are_told_from_modules_of_their_name() {
    let source = "use redis::Client;\nuse crate::redis::Redis;\nfn f() { ::redis::cmd(); Client::open(); poem::get(); }\nuse poem as p;";
    let modules = read(&[
        ("src/lib.rs", "mod redis; mod x; use redis::Redis;"),
        ("src/redis.rs", "pub struct Redis;"),
        ("src/x.rs", source),
    ]);
    let foreign = modules.foreign().into_iter().map(|(_, name, named)| format!("{} {name}", named.line));
    assert_eq!(foreign.collect::<Vec<_>>(), ["1 redis", "3 redis", "3 poem", "4 poem"]);
    assert_eq!(modules.resolve(0, &["redis".to_owned(), "Redis".to_owned()]), Target::Module(1));
}

fn assert_same(found: &[String], expected: &[impl AsRef<str>]) {
    let mut found: Vec<_> = found.iter().map(String::as_str).collect();
    let mut expected: Vec<_> = expected.iter().map(AsRef::as_ref).collect();
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
}
