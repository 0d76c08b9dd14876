//! A page of a list as data: which rows are wanted, and where a row stands. `database` reads pages.

use chrono::{DateTime, Datelike, Utc};
use sea_orm::Value;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The most rows of a page.
pub const MAX_PAGE: u32 = 100;

/// The rows of a page when the caller names no number.
pub const DEFAULT_PAGE: u32 = 20;

/// A row's place in a sorted list: its value in the sorted column, then its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The value in the sorted column.
    #[serde(rename = "v")]
    pub value: SortValue,
    /// The row's key, which decides between equal values.
    #[serde(rename = "k")]
    pub id: Uuid,
}

/// A value of a column that a list is sorted by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SortValue {
    /// Text.
    #[serde(rename = "t")]
    Text(String),
    /// A number.
    #[serde(rename = "i")]
    Int(i32),
    /// A moment, in microseconds since 1970.
    #[serde(rename = "d", with = "chrono::serde::ts_microseconds")]
    Time(DateTime<Utc>),
}

impl SortValue {
    /// Whether the database can compare this with values like `other`: it is of the same kind, and no text that
    /// PostgreSQL refuses and no year that it does not know.
    pub fn fits(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(text), Self::Text(_)) => !text.contains('\0'),
            (Self::Int(_), Self::Int(_)) => true,
            (Self::Time(time), Self::Time(_)) => (1..=9999).contains(&time.year()),
            _ => false,
        }
    }
}

impl From<SortValue> for Value {
    fn from(value: SortValue) -> Self {
        match value {
            SortValue::Text(text) => text.into(),
            SortValue::Int(number) => number.into(),
            SortValue::Time(time) => time.into(),
        }
    }
}

/// Which part of a list is wanted: at most `limit` rows between `after` and `before`, from the start or from the end.
#[derive(Clone, Debug)]
pub struct PageRequest {
    /// Rows at most.
    pub limit: u32,
    /// Whether the rows at the end of the stretch are wanted instead of those at its start.
    pub from_end: bool,
    /// Only rows behind this place.
    pub after: Option<Position>,
    /// Only rows before this place.
    pub before: Option<Position>,
}

/// One page, in the list's order.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Whether there are rows before these.
    pub has_previous: bool,
    /// Whether there are rows behind these.
    pub has_next: bool,
}
