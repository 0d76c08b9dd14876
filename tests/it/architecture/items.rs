//! Items in tokens: definitions, attributes, and where an item ends.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};

use super::uses;

/// The definition of a type, function, module, constant or macro.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Definition {
    /// `struct`, `fn`, `mod`, …
    pub(super) keyword: String,
    pub(super) name: String,
    pub(super) line: usize,
}

/// What an attribute says of the item behind it.
pub(super) enum Marker {
    Test,
    Exported,
    Other,
}

pub(super) fn marker(attribute: &TokenStream) -> Marker {
    match attribute.to_string().replace(' ', "").as_str() {
        "test" | "cfg(test)" => Marker::Test,
        text if text.starts_with("cfg(all(test,") => Marker::Test,
        "macro_export" => Marker::Exported,
        _ => Marker::Other,
    }
}

/// The content of the attribute that begins here, and how many tokens it takes.
pub(super) fn attribute(tokens: &[TokenTree]) -> Option<(TokenStream, usize)> {
    if !uses::is(tokens, 0, "#") {
        return None;
    }
    let at = if uses::is(tokens, 1, "!") { 2 } else { 1 };
    match tokens.get(at) {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Bracket => {
            Some((group.stream(), at + 1))
        }
        _ => None,
    }
}

/// How many tokens the item, field or match arm takes that begins here.
pub(super) fn item_length(tokens: &[TokenTree]) -> usize {
    const ITEMS: &[&str] = &[
        "pub", "mod", "use", "fn", "async", "struct", "enum", "impl", "const", "static", "trait", "type",
        "unsafe",
    ];
    let mut at = 0;
    while let Some((_, length)) = attribute(&tokens[at..]) {
        at += length;
    }
    let is_item = ITEMS.iter().any(|item| uses::is(tokens, at, item));
    let ends = |token: &TokenTree| {
        is_braced(token) || uses::is_token(token, ";") || (!is_item && uses::is_token(token, ","))
    };
    tokens[at..].iter().position(ends).map_or(tokens.len(), |end| at + end + 1)
}

/// The definition at this place, and how many tokens its keyword and name take.
pub(super) fn definition(tokens: &[TokenTree], at: usize) -> Option<(Definition, usize)> {
    const KEYWORDS: &[&str] = &["struct", "enum", "trait", "type", "fn", "mod", "const", "static"];
    let keyword = KEYWORDS.iter().find(|keyword| uses::is(tokens, at, keyword));
    let (keyword, length) = match keyword {
        // `*const T` and `&'static T` define nothing.
        Some(_) if at > 0 && ["*", "'"].iter().any(|mark| uses::is_token(&tokens[at - 1], mark)) => {
            return None;
        }
        Some(&"static") if uses::is(tokens, at + 1, "mut") => ("static", 3),
        Some(keyword) => (*keyword, 2),
        None if uses::is(tokens, at, "macro_rules") && uses::is(tokens, at + 1, "!") => ("macro", 3),
        None => return None,
    };
    let TokenTree::Ident(name) = tokens.get(at + length - 1)? else { return None };
    if ["fn", "unsafe", "async", "extern", "_"].iter().any(|word| name == word) {
        return None;
    }
    let line = name.span().start().line;
    Some((Definition { keyword: keyword.to_owned(), name: plain(name), line }, length))
}

fn is_braced(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}

/// The variants of the enum that begins here, if it is one.
pub(super) fn variants_at(tokens: &[TokenTree], at: usize) -> Vec<Definition> {
    let body = tokens[at..].iter().find(|token| is_braced(token)).filter(|_| uses::is(tokens, at, "enum"));
    let Some(TokenTree::Group(group)) = body else { return Vec::new() };
    let tokens: Vec<_> = group.stream().into_iter().collect();
    let name = |variant: &[TokenTree]| {
        let mut at = 0;
        while let Some((_, length)) = attribute(&variant[at..]) {
            at += length;
        }
        let TokenTree::Ident(name) = variant.get(at)? else { return None };
        let line = name.span().start().line;
        Some(Definition { keyword: "variant".to_owned(), name: plain(name), line })
    };
    tokens.split(|token| uses::is_token(token, ",")).filter_map(name).collect()
}

/// A name without `r#`.
pub(super) fn plain(name: &Ident) -> String {
    name.to_string().trim_start_matches("r#").to_owned()
}

pub(super) fn first_word(tokens: TokenStream) -> String {
    tokens.into_iter().next().map(|token| token.to_string()).unwrap_or_default()
}

pub(super) fn flat(tokens: TokenStream) -> Vec<TokenTree> {
    let inner = |token| match token {
        TokenTree::Group(group) => flat(group.stream()),
        token => vec![token],
    };
    tokens.into_iter().flat_map(inner).collect()
}
