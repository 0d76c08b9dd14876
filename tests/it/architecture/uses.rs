//! Paths in tokens: `use` trees, and paths in expressions, types and the bodies of macros.

use proc_macro2::{Delimiter, Spacing, TokenTree};

use super::{items::plain, source::Named};

/// One name that a `use` item brings.
pub(super) struct Leaf {
    pub(super) path: Vec<String>,
    /// The name it has here; none for a glob.
    pub(super) name: Option<String>,
    pub(super) line: usize,
}

pub(super) fn is_token(token: &TokenTree, text: &str) -> bool {
    match token {
        TokenTree::Ident(ident) => ident == text,
        TokenTree::Punct(punct) => text.len() == 1 && text.starts_with(punct.as_char()),
        _ => false,
    }
}

pub(super) fn is(tokens: &[TokenTree], at: usize, text: &str) -> bool {
    tokens.get(at).is_some_and(|token| is_token(token, text))
}

/// Whether `::` stands here.
fn is_separator(tokens: &[TokenTree], at: usize) -> bool {
    let joint =
        |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.spacing() == Spacing::Joint);
    is(tokens, at, ":") && joint(&tokens[at]) && is(tokens, at + 1, ":")
}

/// The names of a `use` tree below `prefix`.
pub(super) fn leaves(tree: &[TokenTree], prefix: &[String]) -> Vec<Leaf> {
    let (mut path, mut at) = (prefix.to_vec(), 0);
    if is_separator(tree, 0) {
        path.push("::".to_owned());
        at = 2;
    }
    let mut line = 0;
    while let Some(token) = tree.get(at) {
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                let inner: Vec<_> = group.stream().into_iter().collect();
                let parts = inner.split(|token| is_token(token, ",")).filter(|part| !part.is_empty());
                return parts.flat_map(|part| leaves(part, &path)).collect();
            }
            TokenTree::Ident(ident) if ident == "as" => {
                let name = tree.get(at + 1).map(ToString::to_string);
                return vec![Leaf {
                    path,
                    name: name.filter(|name| name != "_").or(Some(String::new())),
                    line,
                }];
            }
            // `a::{self}` names `a`.
            TokenTree::Ident(ident) if ident == "self" && at == 0 && !prefix.is_empty() => {
                line = ident.span().start().line;
            }
            TokenTree::Ident(ident) => {
                line = ident.span().start().line;
                path.push(plain(ident));
            }
            token if is_token(token, "*") => {
                return vec![Leaf { path, name: None, line: token.span().start().line }];
            }
            _ => {}
        }
        at += 1;
    }
    let name = path.last().cloned();
    if name.is_none() { Vec::new() } else { vec![Leaf { path, name, line }] }
}

/// The paths that begin at this place in code (several where braces follow), and how many tokens they take.
pub(super) fn path(tokens: &[TokenTree], at: usize) -> Option<(Vec<Named>, usize)> {
    let (mut path, mut next) = (Vec::new(), at);
    if is_separator(tokens, at) && !is_joined(tokens, at) {
        path.push("::".to_owned());
        next += 2;
    }
    let Some(TokenTree::Ident(first)) = tokens.get(next) else { return None };
    let line = first.span().start().line;
    if first == "Self" || (path.is_empty() && is_joined(tokens, at)) {
        return None;
    }
    path.push(plain(first));
    next += 1;
    while is_separator(tokens, next) {
        match tokens.get(next + 2) {
            Some(TokenTree::Ident(name)) => path.push(plain(name)),
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                let leaves = leaves(&tokens[next + 2..=next + 2], &path);
                let named = |leaf: Leaf| Named { path: leaf.path, line: leaf.line, is_import: false };
                return Some((leaves.into_iter().map(named).collect(), next + 3 - at));
            }
            _ => break,
        }
        next += 3;
    }
    (path.len() > 1).then(|| (vec![Named { path, line, is_import: false }], next - at))
}

/// Whether what stands here goes on from something before it: a field, a method, a path, or a macro's variable.
fn is_joined(tokens: &[TokenTree], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).map(|before| &tokens[before]) else { return false };
    let is_path = at > 1 && is_separator(tokens, at - 2);
    let is_variable = is_token(before, "$") && !is(tokens, at, "crate");
    let is_generic =
        is_separator(tokens, at) && (is_token(before, ">") || matches!(before, TokenTree::Ident(_)));
    // `..path` is a range or the rest of a struct, `.name` a field or a method.
    let is_field = is_token(before, ".") && !(at > 1 && is_token(&tokens[at - 2], "."));
    is_path || is_variable || is_generic || is_field
}
