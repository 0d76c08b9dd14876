//! Names in URLs.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::domain::kernel::text::{FieldProblem, InvalidField};

/// The most characters of a slug.
const MAX: usize = 100;

/// The slug that somebody chose: letters a to z, digits, and single hyphens between them.
pub(super) fn chosen(field: &'static str, slug: &str) -> Result<String, InvalidField> {
    let invalid = |problem, message: &str| Err(InvalidField::new(field, problem, message));
    let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if slug.is_empty() {
        invalid(FieldProblem::Required, "The slug is missing.")
    } else if slug.len() > MAX {
        invalid(FieldProblem::TooLong, "The slug is longer than 100 characters.")
    } else if !slug.bytes().all(is_allowed) || slug.split('-').any(str::is_empty) {
        let message = "The slug must consist of the letters a to z, digits, and single hyphens between them.";
        invalid(FieldProblem::InvalidFormat, message)
    } else {
        Ok(slug.to_owned())
    }
}

/// A slug made from a name; `None` when the name has no letter that a slug may hold.
pub(super) fn of_name(name: &str) -> Option<String> {
    let mut slug = String::new();
    for c in name.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        match c {
            'ß' => slug.push_str("ss"),
            'æ' => slug.push_str("ae"),
            'ø' => slug.push('o'),
            c if c.is_ascii_alphanumeric() => slug.push(c),
            '\'' | '\u{2019}' => {}
            _ if !slug.is_empty() && !slug.ends_with('-') => slug.push('-'),
            _ => {}
        }
    }
    slug.truncate(MAX - 9);
    let slug = slug.trim_end_matches('-');
    (!slug.is_empty()).then(|| slug.to_owned())
}

/// A name as lists sort it: without case and marks.
pub fn name_key(name: &str) -> String {
    name.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slug_is_made_from_a_name() {
        let slug = |name: &str| of_name(name);
        assert_eq!(slug("Carbon Steel Chef's Knife").as_deref(), Some("carbon-steel-chefs-knife"));
        assert_eq!(slug("  Crème brûlée -- Straße ").as_deref(), Some("creme-brulee-strasse"));
        assert_eq!(slug("日本"), None);
        assert!(slug(&"a ".repeat(500)).is_some_and(|slug| chosen("slug", &slug).is_ok()));
    }

    #[test]
    fn slug_holds_letters_digits_and_single_hyphens() {
        assert_eq!(chosen("slug", "a-1"), Ok("a-1".to_owned()));
        for (text, problem) in [
            ("", FieldProblem::Required),
            ("A", FieldProblem::InvalidFormat),
            ("a--b", FieldProblem::InvalidFormat),
            ("-a", FieldProblem::InvalidFormat),
            ("a b", FieldProblem::InvalidFormat),
            ("é", FieldProblem::InvalidFormat),
            (&"a".repeat(101), FieldProblem::TooLong),
        ] {
            assert_eq!(chosen("slug", text).map_err(|invalid| invalid.problem), Err(problem), "{text:?}");
        }
    }
}
