//! Names in URLs.

use super::name_key;
use crate::domain::kernel::text::{FieldProblem, InvalidField};

/// Maximum length of a slug.
const MAX: usize = 100;

/// Parses a slug: letters a to z, digits, and single hyphens between them, at most 100 characters.
pub(super) fn parse(slug: &str) -> Result<String, InvalidField> {
    let is_word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    if slug.len() <= MAX && slug.split('-').all(is_word) {
        return Ok(slug.to_owned());
    }
    let message = format!(
        "The slug must be at most {MAX} letters a to z, digits, and single hyphens between them, like `red-mug`."
    );
    Err(InvalidField::new("slug", FieldProblem::InvalidFormat, message))
}

/// Makes a slug from a name.
pub(super) fn from_name(name: &str) -> Result<String, InvalidField> {
    let plain = name_key(name);
    let words = plain.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut slug = words.collect::<Vec<_>>().join("-");
    slug.truncate(MAX);
    match slug.trim_end_matches('-') {
        "" => {
            let message = "The name has no letters a to z and no digits for a slug. Give a slug.";
            Err(InvalidField::new("slug", FieldProblem::Required, message))
        }
        slug => Ok(slug.to_owned()),
    }
}

/// The error of a slug that another object has.
pub(super) fn taken(slug: &str) -> InvalidField {
    InvalidField::new("slug", FieldProblem::Taken, format!("The slug `{slug}` is taken. Give another one."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slug_has_words_and_single_hyphens() {
        for slug in ["a", "red-mug", "2-0", &"a".repeat(MAX)] {
            assert_eq!(parse(slug).as_deref(), Ok(slug));
        }
        for slug in ["", "-", "a--b", "-a", "a-", "A", "\u{e4}", "a b", "a\0", &"a".repeat(MAX + 1)] {
            assert!(parse(slug).is_err(), "{slug:?}");
        }
    }

    #[test]
    fn slug_is_made_from_a_name() {
        assert_eq!(from_name("  Cr\u{e8}me br\u{fb}l\u{e9}e, No. 5!").as_deref(), Ok("creme-brulee-no-5"));
        assert_eq!(from_name(&"ab ".repeat(60)).unwrap().len(), MAX);
        assert!(parse(&from_name(&"ab ".repeat(60)).unwrap()).is_ok());
        assert!(from_name("\u{65e5}\u{672c}").is_err());
    }
}
