//! The tree of categories, read level by level.

use std::{collections::HashMap, sync::Arc};

use entity::{CategoryId, category};
use sea_orm::{
    ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{CommonTableExpression, Expr, ExprTrait, Query, SelectStatement, UnionType, WithClause},
};

use crate::domain::{
    Fault, Op,
    page::{self, Page, PageRequest, Position, SortValue},
};

/// Where a category stands among its siblings.
pub fn category_position(category: &category::Model) -> Position {
    Position { value: SortValue::Int(category.position), id: category.id.0 }
}

/// A page of the categories directly below `parent`, or of those at the top, in their order.
#[tracing::instrument(name = "product::categories_under", level = "debug", skip_all, err(level = "debug"))]
pub async fn categories_under(
    op: &Op,
    parent: Option<CategoryId>,
    request: &PageRequest,
) -> Result<Page<category::Model>, Fault> {
    let column = (category::Entity, category::Column::Position);
    let id = (category::Entity, category::Column::Id);
    page::fetch(category::Entity::below(parent), column, id, false, request, op.db.connection()).await
}

/// How many categories are directly below `parent`, or at the top.
#[tracing::instrument(name = "product::count_categories", level = "debug", skip_all, err(level = "debug"))]
pub async fn count_categories(op: &Op, parent: Option<CategoryId>) -> Result<u64, Fault> {
    Ok(category::Entity::below(parent).count(op.db.connection()).await?)
}

/// Those of the categories with these ids that exist, in one statement.
#[tracing::instrument(name = "product::categories_by_ids", level = "debug", skip_all, err(level = "debug"))]
pub async fn categories_by_ids(
    op: &Op,
    ids: &[CategoryId],
) -> Result<HashMap<CategoryId, category::Model>, Fault> {
    let chosen = op.db.any_of(category::Column::Id, ids.iter().map(|id| id.0));
    let categories = category::Entity::find().filter(chosen).all(op.db.connection()).await?;
    Ok(categories.into_iter().map(|category| (category.id, category)).collect())
}

/// The children of each of these categories, in their order, in one statement.
#[tracing::instrument(name = "product::children_of", level = "debug", skip_all, err(level = "debug"))]
pub async fn children_of(
    op: &Op,
    parents: &[CategoryId],
) -> Result<HashMap<CategoryId, Arc<[category::Model]>>, Fault> {
    let chosen = op.db.any_of(category::Column::ParentId, parents.iter().map(|id| id.0));
    let children = category::Entity::find()
        .filter(chosen)
        .order_by_asc(category::Column::Position)
        .order_by_asc(category::Column::Id)
        .all(op.db.connection())
        .await?;
    let mut by_parent: HashMap<_, Vec<_>> = HashMap::with_capacity(parents.len());
    for child in children {
        if let Some(parent) = child.parent_id {
            by_parent.entry(parent).or_default().push(child);
        }
    }
    Ok(by_parent.into_iter().map(|(parent, children)| (parent, children.into())).collect())
}

/// The ids of a category and of all below it. `UNION` drops what it has seen, so that it ends even on a cycle.
pub(super) fn subtree(root: CategoryId) -> SelectStatement {
    let mut ids = category::Entity::find()
        .select_only()
        .column(category::Column::Id)
        .filter(category::Column::Id.eq(root))
        .into_query();
    let parent = Expr::col((category::Entity, category::Column::ParentId));
    let children = Query::select()
        .column((category::Entity, category::Column::Id))
        .from(category::Entity)
        .inner_join("subtree", parent.equals(("subtree", "id")))
        .to_owned();
    ids.union(UnionType::Distinct, children);
    let subtree = CommonTableExpression::new().query(ids).column("id").table_name("subtree").to_owned();
    Query::select()
        .column("id")
        .from("subtree")
        .with_cte(WithClause::new().recursive(true).cte(subtree).to_owned())
        .to_owned()
}
