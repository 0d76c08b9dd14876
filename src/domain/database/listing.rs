//! Lists that are read in pages by keyset pagination: a page starts after another row, not after a number of rows, so
//! the last page of a long list costs as much as the first, and inserted or deleted rows do not shift it.

use chrono::DateTime;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ModelTrait, Order, PrimaryKeyToColumn, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Select, Value,
    sea_query::{Expr, ExprTrait, SelectStatement},
};

use crate::domain::kernel::{
    fault::Fault,
    page::{Page, PageRequest, Position, SortValue},
};

/// Maximum number of counted rows.
pub const MAX_COUNT: u64 = 10_000;

/// A list: its rows, and their order. The function that creates it checks permissions.
#[derive(Clone)]
pub struct Listing<E: EntityTrait> {
    name: &'static str,
    query: Select<E>,
    column: E::Column,
    kind: SortKind,
    descending: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortKind {
    /// Text, character by character as the database compares it.
    Text,
    Int,
    Time,
}

/// A table that can be listed: any with an entity.
pub trait Listable: EntityTrait {}

impl<E: EntityTrait> Listable for E {}

/// Counts the rows of a list, up to [`MAX_COUNT`]; one more stands for any larger number.
#[derive(Clone, Debug)]
pub struct ListingCount(SelectStatement);

impl<E: EntityTrait> Listing<E> {
    /// The rows of `query` in ascending order of `column`, then by key. Cursors carry `name`, so that those of another
    /// list or sort are rejected.
    pub fn new(name: &'static str, query: Select<E>, column: E::Column, kind: SortKind) -> Self {
        Self { name, query, column, kind, descending: false }
    }

    pub fn descending(self, descending: bool) -> Self {
        Self { descending, ..self }
    }

    pub fn name(&self) -> &'static str {
        self.name
    }

    /// A value of the kind of the sort column.
    pub fn sample(&self) -> SortValue {
        match self.kind {
            SortKind::Text => SortValue::Text(String::new()),
            SortKind::Int => SortValue::Int(0),
            SortKind::Time => SortValue::Time(DateTime::UNIX_EPOCH),
        }
    }

    pub fn position(&self, row: &E::Model) -> Result<Position, Fault> {
        let wrong = || Fault::internal(format!("a row of {} has no place in its list", self.name));
        let value = match (self.kind, row.get(self.column)) {
            (SortKind::Text, Value::String(Some(text))) => SortValue::Text(text),
            (SortKind::Int, Value::Int(Some(number))) => SortValue::Int(number),
            (SortKind::Time, Value::ChronoDateTimeUtc(Some(time))) => SortValue::Time(time),
            _ => return Err(wrong()),
        };
        let Value::Uuid(Some(id)) = row.get(key_column::<E>().ok_or_else(wrong)?) else {
            return Err(wrong());
        };
        Ok(Position { value, id })
    }

    pub fn count(&self) -> ListingCount {
        ListingCount(self.query.clone().select_only().expr(Expr::val(1)).limit(MAX_COUNT + 1).into_query())
    }

    /// Reads a page of the list, in one statement.
    #[tracing::instrument(name = "database::page", level = "debug", skip_all, fields(list = self.name), err(level = "debug"))]
    pub async fn page(
        &self,
        request: &PageRequest,
        db: &impl ConnectionTrait,
    ) -> Result<Page<E::Model>, Fault> {
        let id = key_column::<E>().ok_or_else(|| Fault::internal("a list of rows without a key"))?;
        let (column, id) = (self.column.as_column_ref(), id.as_column_ref());
        let key = || Expr::tuple([Expr::col(column.clone()), Expr::col(id.clone())]);
        let place = |at: &Position| Expr::tuple([Expr::val(at.value.clone()), Expr::val(at.id)]);
        let beyond = |at: &Position, upwards: bool| {
            if upwards { key().gt(place(at)) } else { key().lt(place(at)) }
        };
        let mut query = self.query.clone();
        if let Some(after) = &request.after {
            query = query.filter(beyond(after, !self.descending));
        }
        if let Some(before) = &request.before {
            query = query.filter(beyond(before, self.descending));
        }
        let order = if self.descending == request.from_end { Order::Asc } else { Order::Desc };
        let mut rows = query
            .order_by(Expr::col(column.clone()), order.clone())
            .order_by(Expr::col(id.clone()), order)
            .limit(u64::from(request.limit) + 1)
            .all(db)
            .await?;
        let more = rows.len() > request.limit as usize;
        rows.truncate(request.limit as usize);
        if request.from_end {
            rows.reverse();
        }
        // A cursor comes from a row of the list, so a page with one has rows on its other side.
        let has_previous = request.after.is_some() || (request.from_end && more);
        let has_next = request.before.is_some() || (!request.from_end && more);
        Ok(Page { rows, has_previous, has_next })
    }
}

impl ListingCount {
    /// The number of rows, or [`MAX_COUNT`] + 1 for more.
    #[tracing::instrument(name = "database::count", level = "debug", skip_all, err(level = "debug"))]
    pub async fn read(&self, db: &impl ConnectionTrait) -> Result<u64, Fault> {
        let counted = sea_orm::sea_query::Query::select()
            .expr_as(Expr::cust("COUNT(*)"), "rows")
            .from_subquery(self.0.clone(), "counted")
            .to_owned();
        let row = db.query_one(&counted).await?;
        let rows: i64 = row.map(|row| row.try_get("", "rows")).transpose()?.unwrap_or_default();
        Ok(rows.unsigned_abs())
    }
}

/// The column of a single-column key.
fn key_column<E: EntityTrait>() -> Option<E::Column> {
    use sea_orm::Iterable;
    E::PrimaryKey::iter().next().map(PrimaryKeyToColumn::into_column)
}
