//! Typed texts: names on one line, search texts, and problems of input fields.

use std::{fmt, str::FromStr};

use super::fault::Fault;

/// A text on one line of `MIN` to `MAX` characters, without surrounding spaces. Texts without visible characters are
/// rejected, and so are control characters, line breaks, and characters that change the direction of writing ([Unicode
/// TR 36, 2.11](https://www.unicode.org/reports/tr36/)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line<const MIN: usize, const MAX: usize>(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextProblem {
    #[error("is missing")]
    Missing,
    #[error("is longer than {max} characters")]
    TooLong { max: usize },
    /// A line break, another control character, or one that changes the direction of writing.
    #[error("contains a line break or another control character")]
    ControlCharacter,
    #[error("has no visible character")]
    Invisible,
}

impl<const MIN: usize, const MAX: usize> Line<MIN, MAX> {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Parses the text of the input field `field`, see [`InvalidField`].
    pub fn of_field(field: &'static str, text: &str) -> Result<Self, InvalidField> {
        text.parse().map_err(|problem| InvalidField::of_text(field, problem))
    }
}

impl<const MIN: usize, const MAX: usize> FromStr for Line<MIN, MAX> {
    type Err = TextProblem;

    fn from_str(text: &str) -> Result<Self, TextProblem> {
        check_line(text, MIN, MAX).map(|text| Self(text.to_owned()))
    }
}

impl<const MIN: usize, const MAX: usize> fmt::Display for Line<MIN, MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<const MIN: usize, const MAX: usize> From<Line<MIN, MAX>> for String {
    fn from(line: Line<MIN, MAX>) -> Self {
        line.0
    }
}

/// Parses the text of an input field that may have several lines, of at most `max` characters; it stays as it is. NUL and
/// other control characters are rejected, apart from line breaks and tabs, and so are changes of the direction of writing.
pub fn paragraphs(field: &'static str, text: &str, max: usize) -> Result<String, InvalidField> {
    let is_forbidden = |c: char| (c.is_control() && !matches!(c, '\n' | '\r' | '\t')) || is_direction(c);
    if text.chars().any(is_forbidden) {
        let message = format!("The {} contains a control character.", words(field));
        return Err(InvalidField::new(field, FieldProblem::ForbiddenCharacter, message));
    }
    match text.chars().nth(max) {
        Some(_) => Err(InvalidField::of_text(field, TextProblem::TooLong { max })),
        None => Ok(text.to_owned()),
    }
}

/// The rules of [`Line`] for bounds that are not constants.
pub fn check_line(text: &str, min: usize, max: usize) -> Result<&str, TextProblem> {
    let text = text.trim();
    if text.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') || is_direction(c)) {
        Err(TextProblem::ControlCharacter)
    } else if text.is_empty() {
        if min > 0 { Err(TextProblem::Missing) } else { Ok(text) }
    } else if text.chars().all(|c| c.is_whitespace() || is_invisible(c)) {
        Err(TextProblem::Invisible)
    } else if text.chars().nth(max).is_some() {
        Err(TextProblem::TooLong { max })
    } else {
        Ok(text)
    }
}

/// Whether a character changes or isolates the direction of writing.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct InvalidField {
    /// Name of the field in the operation's command, in snake case, as the API has it in camel case; empty for an item of
    /// a list of single values.
    pub field: &'static str,
    pub problem: FieldProblem,
    /// Problem and remedy, as a sentence.
    pub message: String,
    /// The objects in the command that the field is part of, outermost first: the name of each, with its place if it is in
    /// a list.
    pub items: Vec<(&'static str, Option<usize>)>,
}

/// Failure of a step that several operations share: an invalid field, or a fault.
#[derive(Debug)]
pub enum Rejected {
    Invalid(InvalidField),
    Fault(Fault),
}

impl Rejected {
    /// See [`InvalidField::in_item`].
    pub fn in_item(self, list: &'static str, index: usize) -> Self {
        match self {
            Self::Invalid(invalid) => Self::Invalid(invalid.in_item(list, index)),
            fault @ Self::Fault(_) => fault,
        }
    }

    /// For operations without fields that could be invalid.
    pub fn into_fault(self) -> Fault {
        match self {
            Self::Invalid(invalid) => Fault::internal(invalid),
            Self::Fault(fault) => fault,
        }
    }
}

impl From<InvalidField> for Rejected {
    fn from(invalid: InvalidField) -> Self {
        Self::Invalid(invalid)
    }
}

impl<E: Into<Fault>> From<E> for Rejected {
    fn from(error: E) -> Self {
        Self::Fault(error.into())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldProblem {
    Required,
    TooShort,
    TooLong,
    TooWeak,
    /// A forbidden character, or no visible one.
    ForbiddenCharacter,
    InvalidFormat,
    UnknownValue,
    Inconsistent,
    OutOfRange,
    Taken,
    Unchanged,
}

impl InvalidField {
    pub fn new(field: &'static str, problem: FieldProblem, message: impl Into<String>) -> Self {
        Self { field, problem, message: message.into(), items: Vec::new() }
    }

    pub fn of_text(field: &'static str, problem: TextProblem) -> Self {
        let kind = match problem {
            TextProblem::Missing => FieldProblem::Required,
            TextProblem::TooLong { .. } => FieldProblem::TooLong,
            TextProblem::ControlCharacter | TextProblem::Invisible => FieldProblem::ForbiddenCharacter,
        };
        Self::new(field, kind, format!("The {} {problem}.", words(field)))
    }

    /// A problem of an item of a list of single values.
    pub fn of_item(
        list: &'static str,
        index: usize,
        problem: FieldProblem,
        message: impl Into<String>,
    ) -> Self {
        Self::new("", problem, message).in_item(list, index)
    }

    /// The same problem in an object of a list.
    pub fn in_item(mut self, list: &'static str, index: usize) -> Self {
        self.items.insert(0, (list, Some(index)));
        self
    }

    /// The same problem in an object of its own.
    pub fn in_object(mut self, name: &'static str) -> Self {
        self.items.insert(0, (name, None));
        self
    }

    /// The same problem of a field with another name.
    pub fn in_field(self, field: &'static str) -> Self {
        Self { field, ..self }
    }
}

/// A field's name as words: `postal_code` is `postal code`, `line1` is `line 1`.
fn words(field: &str) -> String {
    let mut words = String::with_capacity(field.len() + 1);
    for c in field.chars() {
        if c == '_' || c.is_ascii_digit() {
            words.push(' ');
        }
        words.extend(Some(c).filter(|c| *c != '_'));
    }
    words
}

/// A search text, see [`Database::contains`](crate::domain::database::Database::contains).
#[derive(Clone, Debug)]
pub struct Search(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("longer than {} characters", Search::MAX_CHARS)]
pub struct SearchTooLong;

impl Search {
    pub const MAX_CHARS: usize = 200;

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Search {
    type Err = SearchTooLong;

    fn from_str(text: &str) -> Result<Self, SearchTooLong> {
        if text.chars().count() > Self::MAX_CHARS { Err(SearchTooLong) } else { Ok(Self(text.to_owned())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_is_trimmed_and_bounded() {
        let line = |text: &str| text.parse::<Line<1, 100>>().map(String::from);
        assert_eq!(line(" Ada Lovelace\t").as_deref(), Ok("Ada Lovelace"));
        assert_eq!(line(&"\u{e9}".repeat(100)).as_deref(), Ok(&*"\u{e9}".repeat(100)));
        assert_eq!(line(&"\u{e9}".repeat(101)), Err(TextProblem::TooLong { max: 100 }));
        assert_eq!(line(" \u{a0} "), Err(TextProblem::Missing));
        assert_eq!("".parse::<Line<0, 100>>().map(String::from).as_deref(), Ok(""));
    }

    #[test]
    fn line_refuses_what_nobody_can_read() {
        let line = |text: &str| text.parse::<Line<0, 100>>().unwrap_err();
        for text in ["a\nb", "a\0b", "a\u{7}b", "a\u{2028}b", "a\u{202e}b", "a\u{2066}b"] {
            assert_eq!(line(text), TextProblem::ControlCharacter, "{text:?}");
        }
        for text in ["\u{200b}", "\u{feff}\u{200d}", "\u{ad} \u{2060}"] {
            assert_eq!(line(text), TextProblem::Invisible, "{text:?}");
        }
        assert!("a\u{200d}b".parse::<Line<1, 9>>().is_ok(), "emoji and scripts join characters with it");
    }

    #[test]
    fn message_names_the_field_in_words() {
        let message = |field| InvalidField::of_text(field, TextProblem::Missing).message;
        assert_eq!(message("postal_code"), "The postal code is missing.");
        assert_eq!(message("line1"), "The line 1 is missing.");
    }
}
