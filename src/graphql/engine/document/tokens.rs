//! Number and length of the tokens of a document, and depth of its brackets, in one pass over its bytes before parsing,
//! whose time and memory grow with them ([GraphQL, 2.1](https://spec.graphql.org/draft/#sec-Language.Source-Text)).

use std::collections::HashSet;

/// Result of the pass. A text that is not GraphQL has some result, too; the parser rejects it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tokens {
    pub(super) count: usize,
    pub(super) nesting: usize,
    /// Bytes of the longest name or number.
    pub(super) longest_word: usize,
    /// Whether a block string has no end. async-graphql-parser then reads its first two quotes as an empty string, and
    /// more tokens than are counted here.
    pub(super) is_open: bool,
}

pub(super) fn count(text: &str) -> Tokens {
    let (mut counted, mut open) = (Tokens::default(), 0usize);
    for (_, token) in tokens(text) {
        counted.count += 1;
        match token[0] {
            b'{' | b'[' | b'(' => open += 1,
            b'}' | b']' | b')' => open = open.saturating_sub(1),
            b'"' => counted.is_open |= token.starts_with(BLOCK) && string(token).is_none(),
            byte if is_word(byte) || byte == b'-' => {
                counted.longest_word = counted.longest_word.max(token.len());
            }
            _ => {}
        }
        counted.nesting = counted.nesting.max(open);
    }
    counted
}

/// Errors that async-graphql-parser 8.0.0-rc.5 does not report.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Overlooked<'t> {
    /// Empty parentheses.
    EmptyParentheses,
    /// A word that starts no definition, like `queryMe`, which the parser reads as `query Me`.
    NoDefinition(&'t str),
    /// Two arguments, or two fields of an input object, of one name; the parser keeps one of two such fields.
    Repeated(&'t str),
}

/// Words that start a definition.
const DEFINITIONS: [&[u8]; 4] = [b"query", b"mutation", b"subscription", b"fragment"];

/// The first such error, with its byte position.
pub(super) fn overlooked(text: &str) -> Option<(usize, Overlooked<'_>)> {
    // Names in each open bracket with arguments or input fields.
    let mut open: Vec<Option<HashSet<&[u8]>>> = Vec::new();
    let (mut parentheses, mut previous) = (0, (0, &b""[..]));
    for (at, token) in tokens(text).filter(|(_, token)| token[0].is_ascii()) {
        let is_start = open.is_empty() && matches!(previous.1, b"" | b"}");
        match token[0] {
            byte if is_start && is_word(byte) && !DEFINITIONS.contains(&token) => {
                return Some((at, Overlooked::NoDefinition(&text[at..at + token.len()])));
            }
            b'(' => {
                parentheses += 1;
                open.push(Some(HashSet::new()));
            }
            b'{' => open.push((parentheses > 0).then(HashSet::new)),
            b'[' => open.push(None),
            b')' if previous.1 == b"(" => return Some((previous.0, Overlooked::EmptyParentheses)),
            b')' | b'}' | b']' => {
                parentheses -= usize::from(token[0] == b')');
                open.pop();
            }
            b':' => {
                let (at, name) = previous;
                if open.last_mut().and_then(Option::as_mut).is_some_and(|names| !names.insert(name)) {
                    return Some((at, Overlooked::Repeated(&text[at..at + name.len()])));
                }
            }
            _ => {}
        }
        previous = (at, token);
    }
    None
}

/// Non-empty tokens of a text, each with its byte position.
fn tokens(text: &str) -> impl Iterator<Item = (usize, &[u8])> {
    let (bytes, mut at) = (text.as_bytes(), 0);
    std::iter::from_fn(move || {
        loop {
            let rest = &bytes[at..];
            at += match *rest.first()? {
                b' ' | b'\t' | b'\r' | b'\n' | b',' => 1,
                b'#' => length(rest, |byte| !matches!(byte, b'\n' | b'\r')),
                byte => {
                    let length = match byte {
                        b'"' => string(rest).unwrap_or(rest.len()),
                        b'.' => length(&rest[..rest.len().min(3)], |byte| byte == b'.'),
                        byte if is_word(byte) || byte == b'-' => {
                            1 + length(&rest[1..], |byte| is_word(byte) || byte == b'.')
                        }
                        _ => 1,
                    };
                    at += length;
                    return Some((at - length, &rest[..length]));
                }
            };
        }
    })
}

/// Letters and digits; other characters than ASCII occur only in strings and comments.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn length(bytes: &[u8], belongs: impl Fn(u8) -> bool) -> usize {
    bytes.iter().take_while(|byte| belongs(**byte)).count()
}

const BLOCK: &[u8] = br#"""""#;

/// Length of the string that starts here, with its quotes, if it has an end.
fn string(bytes: &[u8]) -> Option<usize> {
    let (quote, escape): (&[u8], &[u8]) =
        if bytes.starts_with(BLOCK) { (BLOCK, br#"\""""#) } else { (b"\"", b"\\") };
    let mut at = quote.len();
    while at < bytes.len() {
        let rest = &bytes[at..];
        if rest.starts_with(escape) {
            at += escape.len().max(2);
        } else if rest.starts_with(quote) {
            return Some(at + quote.len());
        } else {
            at += 1;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(count: usize, nesting: usize) -> Tokens {
        Tokens { count, nesting, ..Tokens::default() }
    }

    fn count(text: &str) -> Tokens {
        Tokens { longest_word: 0, ..super::count(text) }
    }

    #[test]
    fn tokens_are_counted_as_the_specification_has_them() {
        assert_eq!(count(""), tokens(0, 0));
        assert_eq!(count("{ a }"), tokens(3, 1));
        assert_eq!(count("{a,b # c d e\n d}"), tokens(5, 1));
        assert_eq!(count("query Q($x: [Int!]! = [-1.5e3]) { ...F @d(i: $x) }"), tokens(28, 2));
        assert_eq!(count(r#"{ a(b: "c d \" { { e") }"#), tokens(8, 2));
        assert_eq!(count(r#"{ a(b: """ " \""" { """) }"#), tokens(8, 2));
        assert_eq!(count(r#"{ a(b: "\\") }"#), tokens(8, 2));
    }

    #[test]
    fn texts_without_an_end_have_one_all_the_same() {
        for text in ["\"", "\"\\", "\"\"\"", "\"\"\"\\\"\"\"", "#", "-", "..", "\u{e9}"] {
            assert!(count(text).count <= 2, "{text}");
        }
        assert_eq!(count(&"[".repeat(1_000)).nesting, 1_000);
    }

    #[test]
    fn a_block_string_without_an_end_is_told() {
        for text in [r#"["""x" [[["#, r#""""\""""#, r#""" """"#] {
            assert!(count(text).is_open, "{text}");
        }
        for text in [r#""""""""#, r##""""\""" """ """""""##, r##"# """"##, r#""\"\"\"""#, "\""] {
            assert!(!count(text).is_open, "{text}");
        }
    }

    #[test]
    fn the_longest_name_or_number_is_found() {
        assert_eq!(count("... ......").count, 3);
        for (text, length) in
            [("{ a bcd }", 3), ("{ a(b: -12.5e3) }", 7), ("\"a long text\" # a comment\n a", 1), ("", 0)]
        {
            assert_eq!(super::count(text).longest_word, length, "{text}");
        }
    }

    #[test]
    fn what_the_parser_overlooks_is_found() {
        let found = |text| overlooked(text).map(|(at, found)| (at, format!("{found:?}")));
        for (text, at, expected) in [
            ("query () { a }", 6, "EmptyParentheses"),
            ("{ a( # none\n) }", 3, "EmptyParentheses"),
            ("{ a(b: { c: 1, d: 2, c: 3 }) }", 21, "Repeated(\"c\")"),
            ("{ a(b: [{ c: { d: 1 d: 2 } }]) }", 20, "Repeated(\"d\")"),
            ("query ($a: In = { b: 1 b: 2 }) { a }", 23, "Repeated(\"b\")"),
            ("{ a @d(b: 1 b: 2) }", 12, "Repeated(\"b\")"),
            ("queryMe { a }", 0, "NoDefinition(\"queryMe\")"),
            ("{ a } fragmentF on A { b }", 6, "NoDefinition(\"fragmentF\")"),
            ("query ($a: In, $a: In) { a }", 16, "Repeated(\"a\")"),
        ] {
            assert_eq!(found(text), Some((at, expected.to_owned())), "{text}");
        }
        for text in [
            "{ a: b a: b }",
            "\u{feff}query A { a } query B { a { b } } fragment F on A { b }",
            "{ a(b: { c: [{ d: 1 }, { d: 2 }] }, c: B, d: {}, e: []) { a: b @d(b: 1) a: b @d(b: 1) } }",
            "query ($a: In = { a: 1 } $b: [In!]! = [B, B]) { a(b: \"() { c: 1 c: 1 }\") }",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
