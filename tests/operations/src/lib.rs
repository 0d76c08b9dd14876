//! Checks the GraphQL operations of the tests against the schema when the tests are compiled.

mod check;

use std::{
    fs,
    io::{self, Error},
    path::Path,
};

use proc_macro::{Group, Literal, Span, TokenStream, TokenTree};

use check::{Checked, Source, check};

/// Makes a constant of each operation in the `.graphql` files of a folder: `operations!("schema.graphql", "folder")`,
/// both paths from the package's root.
///
/// `mutation CustomerUpdate` becomes `CUSTOMER_UPDATE: crate::support::Mutation`, with the fragments that it uses;
/// queries and subscriptions become a `Query` and a `Subscription`. All files are one document, so that fragments are
/// shared and names are unique. Whatever is invalid is a compile error with its file and line, and an operation that
/// nothing uses is dead code.
#[proc_macro]
pub fn operations(input: TokenStream) -> TokenStream {
    let literals: Vec<_> = input.into_iter().filter_map(text).collect();
    let [(schema, _), (folder, span)] = literals.as_slice() else {
        return respanned(
            compile_error("write `operations!(\"schema.graphql\", \"folder\")`"),
            Span::call_site(),
        );
    };
    // The span is the input's, not the macro's: rustc reports no dead code in what a macro of another crate wrote.
    respanned(expand(schema, folder).unwrap_or_else(|error| compile_error(&error.to_string())), *span)
}

/// The text of a literal without escapes.
fn text(token: TokenTree) -> Option<(String, Span)> {
    let TokenTree::Literal(literal) = token else { return None };
    let text = literal.to_string().strip_prefix('"')?.strip_suffix('"')?.to_owned();
    Some((text, literal.span()))
}

fn expand(schema: &str, folder: &str) -> io::Result<String> {
    let root = std::env::var("CARGO_MANIFEST_DIR").map_err(Error::other)?;
    let root = Path::new(&root);
    let mut paths = Vec::new();
    for entry in fs::read_dir(root.join(folder))? {
        let name = entry?.file_name().into_string().map_err(|name| Error::other(format!("{name:?}")))?;
        if name.ends_with(".graphql") {
            paths.push(format!("{folder}/{name}"));
        }
    }
    paths.sort();
    let schema = read(root, schema)?;
    let files = paths.iter().map(|path| read(root, path)).collect::<io::Result<Vec<_>>>()?;

    // What is included makes rustc compile again when it has changed.
    let sources = std::iter::once(&schema).chain(&files);
    let mut code: String = sources
        .map(|source| format!("const _: &[u8] = include_bytes!({:?});\n", root.join(&source.path)))
        .collect();
    let Checked { operations, errors } = check(&schema, &files);
    if !errors.is_empty() {
        code += &compile_error(&format!("the operations of the tests are invalid\n{}", errors.join("\n")));
    }
    for operation in operations {
        code += &operation.constant();
    }
    Ok(code)
}

fn read(root: &Path, path: &str) -> io::Result<Source> {
    let text = fs::read_to_string(root.join(path))
        .map_err(|error| Error::new(error.kind(), format!("{path}: {error}")))?;
    Ok(Source { path: path.to_owned(), text })
}

fn compile_error(message: &str) -> String {
    format!("compile_error!({message:?});\n")
}

/// The tokens of this code, all with this span.
fn respanned(code: String, span: Span) -> TokenStream {
    fn set(tokens: TokenStream, span: Span) -> TokenStream {
        let each = |mut token: TokenTree| {
            if let TokenTree::Group(group) = &token {
                token = Group::new(group.delimiter(), set(group.stream(), span)).into();
            }
            token.set_span(span);
            token
        };
        tokens.into_iter().map(each).collect()
    }
    match code.parse() {
        Ok(tokens) => set(tokens, span),
        Err(error) => TokenTree::from(Literal::string(&error.to_string())).into(),
    }
}
