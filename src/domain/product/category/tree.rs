//! Questions about the tree of categories, each answered by one recursive statement for any number of categories.

use std::{collections::HashMap, sync::Arc};

use entity::{CategoryId, category, product};
use sea_orm::{
    ColumnTrait, ConnectionTrait, FromQueryResult,
    sea_query::{
        CommonTableExpression, Expr, ExprTrait, Func, Order, Query, SelectStatement, UnionType, WithClause,
    },
};

use crate::domain::{context::OpContext, kernel::fault::Fault};

/// Maximum number of levels of the tree.
pub(super) const MAX_DEPTH: usize = 10;

/// A category above another one.
#[derive(FromQueryResult)]
struct Ancestor {
    root: CategoryId,
    #[sea_orm(nested)]
    category: category::Model,
}

/// The categories above each of these, from the top, in one statement.
#[tracing::instrument(name = "product::ancestors_of", level = "debug", skip_all, err(level = "debug"))]
pub async fn ancestors_of(
    ctx: &OpContext,
    ids: &[CategoryId],
) -> Result<HashMap<CategoryId, Arc<[category::Model]>>, Fault> {
    use sea_orm::{Iterable, sea_query::Alias};
    let mut query = Query::select();
    for column in category::Column::iter() {
        query.column((category::Entity, column));
    }
    let is_same = own(category::Column::Id).equals(("path", "id"));
    query
        .column((Alias::new("path"), "root"))
        .from("path")
        .inner_join(category::Entity, is_same)
        .and_where(Expr::col(("path", "depth")).gt(0))
        .order_by(("path", "root"), Order::Asc)
        .order_by(("path", "depth"), Order::Desc)
        .with_cte(path(ctx.services().db.any_of(category::Column::Id, ids.iter().map(|id| id.0))));
    let mut ancestors: HashMap<_, Vec<_>> = HashMap::with_capacity(ids.len());
    for row in ctx.db().query_all(&query).await? {
        let Ancestor { root, category } = Ancestor::from_query_result(&row, "")?;
        ancestors.entry(root).or_default().push(category);
    }
    Ok(ancestors.into_iter().map(|(id, ancestors)| (id, ancestors.into())).collect())
}

/// The number of active products in each of these categories and below it, in one statement.
#[tracing::instrument(name = "product::product_counts_of", level = "debug", skip_all, err(level = "debug"))]
pub async fn product_counts_of(
    ctx: &OpContext,
    ids: &[CategoryId],
) -> Result<HashMap<CategoryId, u64>, Fault> {
    let chosen = ctx.services().db.any_of(category::Column::Id, ids.iter().map(|id| id.0));
    // Counting category by category reads an index only.
    let own = Query::select()
        .expr(Expr::cust("COUNT(*)"))
        .from(product::Entity)
        .and_where(Expr::col((product::Entity, product::Column::CategoryId)).equals(("below", "id")))
        .and_where(product::Column::Status.eq(product::Status::Active))
        .to_owned();
    let sum = Expr::expr(Func::sum(Expr::SubQuery(None, Box::new(own.into()))));
    let query = Query::select()
        .column(("below", "root"))
        .expr_as(sum.cast_as("bigint"), "products")
        .from("below")
        .group_by_col(("below", "root"))
        .with_cte(below(chosen))
        .to_owned();
    let mut counts = HashMap::with_capacity(ids.len());
    for row in ctx.db().query_all(&query).await? {
        let count: i64 = row.try_get("", "products")?;
        counts.insert(row.try_get("", "root")?, count.unsigned_abs());
    }
    Ok(counts)
}

/// A category and those above it, itself first; empty if there is no such category.
pub(super) async fn path_of(db: &impl ConnectionTrait, id: CategoryId) -> Result<Vec<CategoryId>, Fault> {
    let query = Query::select()
        .column("id")
        .from("path")
        .order_by("depth", Order::Asc)
        .with_cte(path(category::Column::Id.eq(id)))
        .to_owned();
    let rows = db.query_all(&query).await?;
    Ok(rows.iter().map(|row| row.try_get("", "id")).collect::<Result<_, _>>()?)
}

/// Number of levels from a category to the lowest one below it, both included.
pub(super) async fn height_of(db: &impl ConnectionTrait, id: CategoryId) -> Result<usize, Fault> {
    let query = Query::select()
        .expr_as(Expr::col("depth").max(), "height")
        .from("below")
        .with_cte(below(category::Column::Id.eq(id)))
        .to_owned();
    let row = db.query_one(&query).await?;
    let height: Option<i32> = row.map(|row| row.try_get("", "height")).transpose()?.flatten();
    Ok(height.unwrap_or_default().unsigned_abs() as usize + 1)
}

/// The ids of a category and of all below it.
pub(in crate::domain::product) fn subtree(root: CategoryId) -> SelectStatement {
    Query::select().column("id").from("below").with_cte(below(category::Column::Id.eq(root))).to_owned()
}

/// The table `path(root, id, depth)`: each of the chosen categories with itself, at depth 0, and with those above it.
pub(in crate::domain::product) fn path(chosen: Expr) -> WithClause {
    let above = Query::select()
        .column(("path", "root"))
        .column((category::Entity, category::Column::ParentId))
        .expr(Expr::col(("path", "depth")).add(1))
        .from("path")
        .inner_join(category::Entity, own(category::Column::Id).equals(("path", "id")))
        .and_where(own(category::Column::ParentId).is_not_null())
        .and_where(within_depth("path"))
        .to_owned();
    recursive("path", chosen, above)
}

/// The table `below(root, id, depth)`: each of the chosen categories with itself, at depth 0, and with those below it.
fn below(chosen: Expr) -> WithClause {
    let children = Query::select()
        .column(("below", "root"))
        .column((category::Entity, category::Column::Id))
        .expr(Expr::col(("below", "depth")).add(1))
        .from("below")
        .inner_join(category::Entity, own(category::Column::ParentId).equals(("below", "id")))
        .and_where(within_depth("below"))
        .to_owned();
    recursive("below", chosen, children)
}

/// No path is longer, so that a statement also ends on a tree that was damaged.
fn within_depth(table: &'static str) -> Expr {
    Expr::col((table, "depth")).lt(MAX_DEPTH as i32)
}

fn recursive(name: &'static str, chosen: Expr, step: SelectStatement) -> WithClause {
    let mut query = Query::select()
        .column(category::Column::Id)
        .column(category::Column::Id)
        .expr(Expr::val(0))
        .from(category::Entity)
        .and_where(chosen)
        .to_owned();
    query.union(UnionType::All, step);
    let table = CommonTableExpression::new()
        .query(query)
        .columns(["root", "id", "depth"])
        .table_name(name)
        .to_owned();
    WithClause::new().recursive(true).cte(table).to_owned()
}

fn own(column: category::Column) -> Expr {
    Expr::col((category::Entity, column))
}
