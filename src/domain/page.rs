//! Keyset pagination: a page starts where another row is, not after a number of rows, so that the last page of a long
//! list costs as much as the first and rows that come or go do not shift it.

use sea_orm::{
    ConnectionTrait, EntityTrait, FromQueryResult, Order, QueryFilter, QueryOrder, QuerySelect, Select,
    Value,
    sea_query::{Expr, ExprTrait, IntoColumnRef},
};
use uuid::Uuid;

use super::Fault;

/// The most rows of a page.
pub const MAX_PAGE: u32 = 100;
/// The rows of a page when the caller names no number.
pub const DEFAULT_PAGE: u32 = 20;

/// A row's place in a sorted list: its value in the sorted column, then its key.
#[derive(Clone, Debug, PartialEq)]
pub struct Position {
    /// The value in the sorted column.
    pub value: Value,
    /// The row's key, which decides between equal values.
    pub id: Uuid,
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

/// Reads a page of `query`, sorted by `column` and then `id`, both `descending` or not, in one statement.
pub async fn fetch<E, M>(
    query: Select<E>,
    column: impl IntoColumnRef + Copy,
    id: impl IntoColumnRef + Copy,
    descending: bool,
    request: &PageRequest,
    db: &impl ConnectionTrait,
) -> Result<Page<M>, Fault>
where
    E: EntityTrait<Model = M>,
    M: FromQueryResult + Sized + Send + Sync,
{
    let key = || Expr::tuple([Expr::col(column), Expr::col(id)]);
    let place = |at: &Position| Expr::tuple([Expr::val(at.value.clone()), Expr::val(at.id)]);
    let beyond = |at: &Position, upwards: bool| {
        if upwards { key().gt(place(at)) } else { key().lt(place(at)) }
    };
    let mut query = query;
    if let Some(after) = &request.after {
        query = query.filter(beyond(after, !descending));
    }
    if let Some(before) = &request.before {
        query = query.filter(beyond(before, descending));
    }
    let order = if descending == request.from_end { Order::Asc } else { Order::Desc };
    let mut rows = query
        .order_by(Expr::col(column), order.clone())
        .order_by(Expr::col(id), order)
        .limit(u64::from(request.limit) + 1)
        .all(db)
        .await?;
    let more = rows.len() > request.limit as usize;
    rows.truncate(request.limit as usize);
    if request.from_end {
        rows.reverse();
    }
    // A cursor comes from a row of the list, so where one bounds the page there was a row on its other side.
    let (has_previous, has_next) =
        if request.from_end { (more, request.before.is_some()) } else { (request.after.is_some(), more) };
    Ok(Page { rows, has_previous, has_next })
}
