//! Reading roles.

use std::collections::HashMap;

use entity::{Permission, RoleId, role};
use sea_orm::{EntityTrait, PaginatorTrait, QueryFilter};

use crate::domain::{
    Fault, Op, Viewer,
    page::{self, Page, PageRequest, Position, SortValue},
};

/// A page of the roles, by name.
#[tracing::instrument(name = "staff::roles", level = "debug", skip_all, err(level = "debug"))]
pub async fn roles(op: &Op, request: &PageRequest) -> Result<Page<role::Model>, Fault> {
    op.require(Permission::StaffEdit).await?;
    let (column, id) = ((role::Entity, role::Column::Name), (role::Entity, role::Column::Id));
    page::fetch(role::Entity::find(), column, id, false, request, op.db.connection()).await
}

/// How many roles there are.
#[tracing::instrument(name = "staff::count_roles", level = "debug", skip_all, err(level = "debug"))]
pub async fn count_roles(op: &Op) -> Result<u64, Fault> {
    op.require(Permission::StaffEdit).await?;
    Ok(role::Entity::find().count(op.db.connection()).await?)
}

/// Where a role stands in the list of [`roles`].
pub fn role_position(role: &role::Model) -> Position {
    Position { value: SortValue::Text(role.name.clone()), id: role.id.0 }
}

/// Those of the roles with these ids that the viewer may see, in one statement: all with [`Permission::StaffEdit`], else
/// their own.
#[tracing::instrument(name = "staff::roles_by_ids", level = "debug", skip_all, err(level = "debug"))]
pub async fn roles_by_ids(op: &Op, ids: &[RoleId]) -> Result<HashMap<RoleId, role::Model>, Fault> {
    let visible = match op.viewer().await? {
        viewer if viewer.permissions().has(Permission::StaffEdit) => role::Entity::find(),
        Viewer::Account(viewer) => role::Entity::of_account(viewer.account.id),
        Viewer::Anonymous | Viewer::Program(_) => return Ok(HashMap::new()),
    };
    let chosen = op.db.any_of(role::Column::Id, ids.iter().map(|id| id.0));
    let roles = visible.filter(chosen).all(op.db.connection()).await?;
    Ok(roles.into_iter().map(|role| (role.id, role)).collect())
}
