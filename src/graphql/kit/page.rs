//! Relay connections over keyset pages
//! ([Cursor Connections Specification](https://relay.dev/graphql/connections.htm)).
//!
//! A cursor is opaque: base64url of the name of the list, the row's value in its sort, and the row's key.

use std::borrow::Cow;

use async_graphql::connection::CursorType;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use super::error::ResolverError;
use crate::domain::kernel::page::{DEFAULT_PAGE, MAX_PAGE, PageRequest, Position, SortValue};

pub(in crate::graphql) struct PageArgs {
    pub(in crate::graphql) first: Option<i32>,
    pub(in crate::graphql) after: Option<String>,
    pub(in crate::graphql) last: Option<i32>,
    pub(in crate::graphql) before: Option<String>,
}

/// Position of a row in the list of this name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    #[serde(rename = "l")]
    list: Cow<'static, str>,
    #[serde(flatten)]
    position: Position,
}

#[derive(Debug, thiserror::Error)]
#[error("is not a cursor of this list")]
pub struct MalformedCursor;

impl CursorType for Cursor {
    type Error = MalformedCursor;

    fn decode_cursor(text: &str) -> Result<Self, MalformedCursor> {
        let json = URL_SAFE_NO_PAD.decode(text).map_err(|_| MalformedCursor)?;
        serde_json::from_slice(&json).map_err(|_| MalformedCursor)
    }

    fn encode_cursor(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_string(self).unwrap_or_default())
    }
}

impl PageArgs {
    /// Decodes the arguments for the list `name`, which is sorted by values like `sample`. Rejects numbers out of
    /// range, `first` together with `last`, and cursors of other lists.
    pub(super) fn decode(self, list: &str, sample: &SortValue) -> Result<PageRequest, ResolverError> {
        let cursor = |name: &str, text: Option<String>| {
            text.map(|text| match Cursor::decode_cursor(&text) {
                Ok(cursor) if cursor.list == list && cursor.position.value.fits(sample) => {
                    Ok(cursor.position)
                }
                _ => Err(ResolverError::bad_input(format!("`{name}` {MalformedCursor}."))),
            })
            .transpose()
        };
        let (name, limit) = match (self.first, self.last) {
            (Some(_), Some(_)) => return Err(ResolverError::bad_input("Use `first` or `last`, not both.")),
            (None, Some(last)) => ("last", last),
            (first, None) => ("first", first.unwrap_or(DEFAULT_PAGE as i32)),
        };
        let limit = u32::try_from(limit).ok().filter(|limit| *limit <= MAX_PAGE).ok_or_else(|| {
            ResolverError::bad_input(format!("`{name}` must be between 0 and {MAX_PAGE}, not {limit}."))
        })?;
        Ok(PageRequest {
            limit,
            from_end: name == "last",
            after: cursor("after", self.after)?,
            before: cursor("before", self.before)?,
        })
    }
}

impl Cursor {
    /// The cursor of a row at `position` in the list called `list`.
    pub(super) fn new(list: String, position: Position) -> Self {
        Self { list: Cow::Owned(list), position }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;

    fn text(text: &str) -> SortValue {
        SortValue::Text(text.to_owned())
    }

    fn decode(first: Option<i32>, after: Option<&str>, last: Option<i32>) -> Result<PageRequest, String> {
        let args = PageArgs { first, after: after.map(str::to_owned), last, before: None };
        args.decode("product.name", &text("")).map_err(|error| match error {
            ResolverError::BadInput(message) => message,
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn pages_have_bounds() {
        assert_eq!(decode(None, None, None).unwrap().limit, DEFAULT_PAGE);
        assert_eq!(decode(Some(0), None, None).unwrap().limit, 0);
        assert_eq!(decode(Some(100), None, None).unwrap().limit, 100);
        assert!(decode(None, None, Some(3)).unwrap().from_end);
        for (first, last) in [(Some(-1), None), (Some(101), None), (None, Some(-1)), (None, Some(i32::MAX))] {
            assert!(decode(first, None, last).unwrap_err().contains("between 0 and 100"));
        }
        assert!(decode(Some(1), None, Some(1)).unwrap_err().contains("not both"));
    }

    #[test]
    fn a_cursor_survives_its_text() {
        let time = DateTime::from_timestamp_micros(1_795_000_000_123_456).unwrap();
        for value in [text("K\u{e4}se \u{1F9C0}"), SortValue::Int(-3), SortValue::Time(time)] {
            let position = Position { value: value.clone(), id: Uuid::from_u128(7) };
            let cursor = Cursor { list: "product.name".into(), position: position.clone() }.encode_cursor();
            let args = PageArgs { first: None, after: Some(cursor), last: None, before: None };
            assert_eq!(args.decode("product.name", &value).unwrap().after, Some(position));
        }
    }

    #[test]
    fn cursors_of_other_lists_and_forged_ones_are_refused() {
        let cursor = |list: &'static str, value| {
            Cursor { list: list.into(), position: Position { value, id: Uuid::nil() } }.encode_cursor()
        };
        let refused = "`after` is not a cursor of this list.";
        for forged in [
            cursor("product.created_at", text("a")),
            cursor("product.name", SortValue::Int(1)),
            cursor("product.name", SortValue::Time(DateTime::UNIX_EPOCH)),
            cursor("product.name", text("a\0")),
        ] {
            assert_eq!(decode(None, Some(&forged), None).unwrap_err(), refused);
        }
        for nonsense in ["", "x", "{}", "e30", "bnVsbA"] {
            assert_eq!(decode(None, Some(nonsense), None).unwrap_err(), refused);
        }
        let ages_ago = SortValue::Time(DateTime::from_timestamp(-99_999_999_999, 0).unwrap());
        assert!(!ages_ago.fits(&SortValue::Time(DateTime::UNIX_EPOCH)));
    }
}
