//! How many tokens a document has, how long they are, and how deep its brackets go, found by one look at each byte:
//! before the parser, whose work and memory grow with all of them ([GraphQL, 2.1](https://spec.graphql.org/draft/#sec-Language.Source-Text)).

/// What one look at a text finds. A text that is no GraphQL gets some numbers too; the parser refuses it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tokens {
    pub(super) count: usize,
    pub(super) nesting: usize,
    /// The bytes of the longest name or number.
    pub(super) longest_word: usize,
    /// Whether a block string has no end. async-graphql-parser takes its first two quotes for an empty string then, and
    /// reads as many tokens what was one here.
    pub(super) is_open: bool,
}

pub(super) fn count(text: &str) -> Tokens {
    let bytes = text.as_bytes();
    let (mut tokens, mut open, mut at) = (Tokens::default(), 0usize, 0);
    while let Some(&byte) = bytes.get(at) {
        let length = match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b',' => {
                at += 1;
                continue;
            }
            b'#' => {
                at += length(&bytes[at..], |byte| !matches!(byte, b'\n' | b'\r'));
                continue;
            }
            b'"' => string(&bytes[at..]).unwrap_or_else(|| {
                tokens.is_open |= bytes[at..].starts_with(BLOCK);
                bytes.len() - at
            }),
            b'.' => length(&bytes[at..bytes.len().min(at + 3)], |byte| byte == b'.'),
            byte if is_word(byte) || byte == b'-' => {
                let length = 1 + length(&bytes[at + 1..], |b| is_word(b) || b == b'.');
                tokens.longest_word = tokens.longest_word.max(length);
                length
            }
            _ => 1,
        };
        at += length;
        tokens.count += 1;
        match byte {
            b'{' | b'[' | b'(' => open += 1,
            b'}' | b']' | b')' => open = open.saturating_sub(1),
            _ => {}
        }
        tokens.nesting = tokens.nesting.max(open);
    }
    tokens
}

/// Letters and digits; whatever is not ASCII stands in texts and comments only.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn length(bytes: &[u8], belongs: impl Fn(u8) -> bool) -> usize {
    bytes.iter().take_while(|byte| belongs(**byte)).count()
}

/// The quotes of a block string.
const BLOCK: &[u8] = br#"""""#;

/// The length of the text that begins here, with its quotes, if it has an end.
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
}
