//! Texts that people look for in lists.

use std::str::FromStr;

/// A text to look for, see [`Database::contains`](super::database::Database::contains).
#[derive(Clone, Debug)]
pub struct Search(String);

/// The text is longer than [`Search::MAX_CHARS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("longer than {} characters", Search::MAX_CHARS)]
pub struct SearchTooLong;

impl Search {
    /// The most characters to look for.
    pub const MAX_CHARS: usize = 200;

    /// The text.
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
