//! Relay connections over keyset pages
//! ([Cursor Connections Specification](https://relay.dev/graphql/connections.htm)).
//!
//! A cursor is opaque: base64url of the name of the sort, the row's value in it, and the row's key.

use std::fmt;

use async_graphql::{
    ObjectType, OutputType,
    connection::{Connection, CursorType, Edge},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use sea_orm::Value;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::error::ResolverError;
use crate::domain::page::{DEFAULT_PAGE, MAX_PAGE, Page, PageRequest, Position};

/// The four arguments of a connection field, as they came.
pub(super) struct PageArgs {
    pub(super) first: Option<i32>,
    pub(super) after: Option<String>,
    pub(super) last: Option<i32>,
    pub(super) before: Option<String>,
}

/// A row's place in the list called `sort`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cursor {
    #[serde(rename = "s")]
    sort: String,
    #[serde(rename = "v")]
    value: CursorValue,
    #[serde(rename = "k")]
    id: Uuid,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum CursorValue {
    #[serde(rename = "t")]
    Text(String),
    #[serde(rename = "i")]
    Int(i32),
    #[serde(rename = "d")]
    Time(DateTime<Utc>),
}

/// The text is not a cursor.
pub struct MalformedCursor;

impl fmt::Display for MalformedCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("is not a cursor of this list")
    }
}

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

impl Cursor {
    fn new(sort: &str, position: Position) -> Self {
        let value = match position.value {
            Value::String(text) => CursorValue::Text(text.unwrap_or_default()),
            Value::Int(number) => CursorValue::Int(number.unwrap_or_default()),
            Value::ChronoDateTimeUtc(time) => CursorValue::Time(time.unwrap_or_default()),
            other => unreachable!("no list is sorted by {other:?}"),
        };
        Self { sort: sort.to_owned(), value, id: position.id }
    }

    fn position(self) -> Position {
        let value = match self.value {
            CursorValue::Text(text) => text.into(),
            CursorValue::Int(number) => number.into(),
            CursorValue::Time(time) => time.into(),
        };
        Position { value, id: self.id }
    }
}

impl PageArgs {
    /// What is asked of the list called `sort`. Refuses numbers out of range, `first` together with `last`, and the
    /// cursors of other lists.
    pub(super) fn decode(self, sort: &str) -> Result<PageRequest, ResolverError> {
        let cursor = |name: &str, text: Option<String>| {
            text.map(|text| match Cursor::decode_cursor(&text) {
                Ok(cursor) if cursor.sort == sort => Ok(cursor.position()),
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

/// How many rows a page may have, for the complexity of its field. Numbers out of range are refused later.
pub(super) fn rows(first: Option<i32>, last: Option<i32>) -> usize {
    first.or(last).unwrap_or(DEFAULT_PAGE as i32).clamp(0, MAX_PAGE as i32) as usize
}

/// The connection of a page of the list called `sort`.
pub(super) fn connection<M, N: OutputType + From<M>, F: ObjectType>(
    sort: &str,
    page: Page<M>,
    position: impl Fn(&M) -> Position,
    fields: F,
) -> Connection<Cursor, N, F> {
    let mut connection = Connection::with_additional_fields(page.has_previous, page.has_next, fields);
    connection
        .edges
        .extend(page.rows.into_iter().map(|row| Edge::new(Cursor::new(sort, position(&row)), N::from(row))));
    connection
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(first: Option<i32>, after: Option<&str>, last: Option<i32>) -> Result<PageRequest, String> {
        let args = PageArgs { first, after: after.map(str::to_owned), last, before: None };
        args.decode("NAME").map_err(|error| match error {
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
    fn a_cursor_survives_its_text_and_fits_only_its_list() {
        let time = DateTime::from_timestamp_micros(1_795_000_000_123_456).unwrap();
        for value in [Value::from("Käse \u{1F9C0}"), Value::from(-3), Value::from(time)] {
            let position = Position { value, id: Uuid::from_u128(7) };
            let text = Cursor::new("NAME", position.clone()).encode_cursor();
            assert_eq!(decode(None, Some(&text), None).unwrap().after, Some(position.clone()));
            let foreign = Cursor::new("CREATED_AT", position).encode_cursor();
            assert_eq!(
                decode(None, Some(&foreign), None).unwrap_err(),
                "`after` is not a cursor of this list."
            );
        }
        for text in ["", "x", "{}", "e30", "bnVsbA"] {
            assert_eq!(decode(None, Some(text), None).unwrap_err(), "`after` is not a cursor of this list.");
        }
    }
}
