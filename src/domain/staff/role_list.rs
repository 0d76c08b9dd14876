//! Reading roles.

use std::collections::HashMap;

use entity::{Permission, RoleId, role};
use sea_orm::{EntityTrait, QueryFilter};

use crate::domain::{
    context::OpContext,
    database::{Listing, SortKind},
    identity::Viewer,
    kernel::fault::Fault,
};

/// The roles, by name. Needs [`Permission::StaffEdit`].
#[tracing::instrument(name = "staff::roles", level = "debug", skip_all, err(level = "debug"))]
pub async fn roles(ctx: &OpContext) -> Result<Listing<role::Entity>, Fault> {
    ctx.require(Permission::StaffEdit).await?;
    Ok(Listing::new("role.name", role::Entity::find(), role::Column::Name, SortKind::Text))
}

/// Those of the roles with these ids that the viewer may see, in one statement: all with [`Permission::StaffEdit`], else
/// their own.
#[tracing::instrument(name = "staff::roles_by_ids", level = "debug", skip_all, err(level = "debug"))]
pub async fn roles_by_ids(ctx: &OpContext, ids: &[RoleId]) -> Result<HashMap<RoleId, role::Model>, Fault> {
    let visible = match ctx.viewer().await? {
        viewer if viewer.permissions().has(Permission::StaffEdit) => role::Entity::find(),
        Viewer::Account(viewer) => role::Entity::of_account(viewer.account.id),
        Viewer::Anonymous | Viewer::ApiClient(_) => return Ok(HashMap::new()),
    };
    let chosen = ctx.services().db.any_of(role::Column::Id, ids.iter().map(|id| id.0));
    let roles = visible.filter(chosen).all(ctx.db()).await?;
    Ok(roles.into_iter().map(|role| (role.id, role)).collect())
}
