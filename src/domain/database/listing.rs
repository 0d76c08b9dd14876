//! Lists that are read in pages by keyset pagination: a page starts after another row, not after a number of rows, so
//! the last page of a long list costs as much as the first, and inserted or deleted rows do not shift it.

use std::borrow::Cow;

use chrono::DateTime;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, Order, PrimaryKeyToColumn,
    QueryFilter, QueryOrder, QueryResult, QuerySelect, QueryTrait, Select,
    sea_query::{ColumnRef, Expr, ExprTrait, IntoColumnRef, SelectStatement},
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
    name: Cow<'static, str>,
    query: Select<E>,
    value: Field,
    /// For rows with equal values; missing for a table without a key.
    key: Option<Field>,
    kind: SortKind,
    descending: bool,
}

/// A column that rows are sorted by, and its name in the rows that are read.
#[derive(Clone)]
struct Field {
    column: ColumnRef,
    name: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortKind {
    /// Text, character by character as the database compares it.
    Text,
    Int,
    /// Integer of 64 bits.
    Long,
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
        let (value, key) = (Field::of(column), key_column::<E>().map(Field::of));
        Self { name: name.into(), query, value, key, kind, descending: false }
    }

    /// The rows of `query` in ascending order of `value`, a column of a table that `query` joins, then by `key`, the column
    /// of the same table that refers to the row: one index of that table has both.
    pub fn joined(
        name: impl Into<Cow<'static, str>>,
        query: Select<E>,
        (value, key): (impl ColumnTrait, impl ColumnTrait),
        kind: SortKind,
    ) -> Self {
        let query = query.column_as(value, "sort_value").column_as(key, "sort_key");
        let field = |column, name: &str| Field { column, name: name.to_owned() };
        let value = field(value.as_column_ref().into_column_ref(), "sort_value");
        let key = Some(field(key.as_column_ref().into_column_ref(), "sort_key"));
        Self { name: name.into(), query, value, key, kind, descending: false }
    }

    pub fn descending(self, descending: bool) -> Self {
        Self { descending, ..self }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// A value of the kind of the sort column.
    pub fn sample(&self) -> SortValue {
        match self.kind {
            SortKind::Text => SortValue::Text(String::new()),
            SortKind::Int | SortKind::Long => SortValue::Int(0),
            SortKind::Time => SortValue::Time(DateTime::UNIX_EPOCH),
        }
    }

    fn position(&self, row: &QueryResult, key: &Field) -> Result<Position, DbErr> {
        let name = &*self.value.name;
        let value = match self.kind {
            SortKind::Text => SortValue::Text(row.try_get("", name)?),
            SortKind::Int => SortValue::Int(row.try_get::<i32>("", name)?.into()),
            SortKind::Long => SortValue::Int(row.try_get("", name)?),
            SortKind::Time => SortValue::Time(row.try_get("", name)?),
        };
        Ok(Position { value, id: row.try_get("", &key.name)? })
    }

    pub fn count(&self) -> ListingCount {
        ListingCount(self.query.clone().select_only().expr(Expr::val(1)).limit(MAX_COUNT + 1).into_query())
    }

    /// Reads a page of the list, each row with its position, in one statement.
    #[tracing::instrument(name = "database::page", level = "debug", skip_all, fields(list = %self.name), err(level = "debug"))]
    pub async fn page(
        &self,
        request: &PageRequest,
        db: &impl ConnectionTrait,
    ) -> Result<Page<(Position, E::Model)>, Fault> {
        let key_field = self.key.as_ref().ok_or_else(|| Fault::internal("a list of rows without a key"))?;
        let (column, id) = (self.value.column.clone(), key_field.column.clone());
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
        let selected = query
            .order_by(Expr::col(column.clone()), order.clone())
            .order_by(Expr::col(id.clone()), order)
            .limit(u64::from(request.limit) + 1)
            .into_query();
        let mut rows = db.query_all(&selected).await?;
        let more = rows.len() > request.limit as usize;
        rows.truncate(request.limit as usize);
        if request.from_end {
            rows.reverse();
        }
        // A cursor comes from a row of the list, so a page with one has rows on its other side.
        let has_previous = request.after.is_some() || (request.from_end && more);
        let has_next = request.before.is_some() || (!request.from_end && more);
        let row = |row: &QueryResult| -> Result<_, DbErr> {
            Ok((self.position(row, key_field)?, E::Model::from_query_result(row, "")?))
        };
        Ok(Page { rows: rows.iter().map(row).collect::<Result<_, _>>()?, has_previous, has_next })
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

impl Field {
    fn of(column: impl ColumnTrait) -> Self {
        Self { name: column.as_str().to_owned(), column: column.as_column_ref().into_column_ref() }
    }
}

/// The column of a single-column key.
fn key_column<E: EntityTrait>() -> Option<E::Column> {
    use sea_orm::Iterable;
    E::PrimaryKey::iter().next().map(PrimaryKeyToColumn::into_column)
}
