//! What people are called.

use std::{fmt, str::FromStr};

/// A name as its owner writes it: without surrounding space, at most 100 characters on one line. It may be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(String);

/// The text cannot be a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("A name has at most {} characters, all on one line.", Name::MAX_CHARS)]
pub struct InvalidName;

impl Name {
    /// The most characters of a name.
    pub const MAX_CHARS: usize = 100;
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Name {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let text = text.trim();
        let is_line_break = |c: char| c.is_control() || ['\u{2028}', '\u{2029}'].contains(&c);
        match text.chars().count() > Self::MAX_CHARS || text.chars().any(is_line_break) {
            true => Err(InvalidName),
            false => Ok(Self(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_line_of_bounded_length() {
        assert_eq!(" Ada Lovelace ".parse::<Name>().unwrap().to_string(), "Ada Lovelace");
        assert_eq!("".parse::<Name>().unwrap().to_string(), "");
        assert!("ä".repeat(100).parse::<Name>().is_ok());
        for text in ["a\nb", "a\u{2028}b", "a\u{7}b", &"ä".repeat(101)] {
            assert_eq!(text.parse::<Name>(), Err(InvalidName), "{text:?}");
        }
    }
}
