//! Pages of lists: their arguments, and positions of rows. `database` reads pages.

use chrono::{DateTime, Datelike, Utc};
use sea_orm::Value;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub const MAX_PAGE: u32 = 100;

/// Default number of rows of a page.
pub const DEFAULT_PAGE: u32 = 20;

/// Position of a row in a sorted list: its value in the sort column, then its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    #[serde(rename = "v")]
    pub value: SortValue,
    /// Key of the row, for rows with equal values.
    #[serde(rename = "k")]
    pub id: Uuid,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SortValue {
    #[serde(rename = "t")]
    Text(String),
    #[serde(rename = "i")]
    Int(i64),
    /// A moment, in microseconds since 1970.
    #[serde(rename = "d", with = "chrono::serde::ts_microseconds")]
    Time(DateTime<Utc>),
}

impl SortValue {
    /// Whether the database can compare this with values like `other`: of the same kind, without text or years that
    /// PostgreSQL rejects.
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

/// Arguments of a page: at most `limit` rows between `after` and `before`, from the start or from the end.
#[derive(Clone, Debug)]
pub struct PageRequest {
    pub limit: u32,
    /// Whether to return the last rows between the two instead of the first.
    pub from_end: bool,
    pub after: Option<Position>,
    pub before: Option<Position>,
}

#[derive(Clone, Debug)]
pub struct Page<T> {
    pub rows: Vec<T>,
    pub has_previous: bool,
    pub has_next: bool,
}
