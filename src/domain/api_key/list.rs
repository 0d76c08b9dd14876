//! Lists of keys, including expired and revoked ones, which the audit log may refer to.

use std::collections::HashMap;

use entity::{ApiKeyId, Permission, api_key};
use sea_orm::{EntityTrait, QueryFilter};

use crate::domain::{
    context::OpContext,
    database::{Listing, SortKind},
    kernel::fault::Fault,
};

/// All keys, newest first. Requires [`Permission::SettingsEdit`].
#[tracing::instrument(name = "api_key::list", level = "debug", skip_all, err(level = "debug"))]
pub async fn list(ctx: &OpContext) -> Result<Listing<api_key::Entity>, Fault> {
    ctx.require(Permission::SettingsEdit).await?;
    let created_at = api_key::Column::CreatedAt;
    Ok(Listing::new("api_key.created_at", api_key::Entity::find(), created_at, SortKind::Time)
        .descending(true))
}

/// The keys with these ids, in one statement; none without [`Permission::SettingsEdit`].
#[tracing::instrument(name = "api_key::by_ids", level = "debug", skip_all, err(level = "debug"))]
pub async fn by_ids(ctx: &OpContext, ids: &[ApiKeyId]) -> Result<HashMap<ApiKeyId, api_key::Model>, Fault> {
    if !ctx.viewer().await?.permissions().has(Permission::SettingsEdit) {
        return Ok(HashMap::new());
    }
    let chosen = ctx.services().db.any_of(api_key::Column::Id, ids.iter().map(|id| id.0));
    let keys = api_key::Entity::find().filter(chosen).all(ctx.db()).await?;
    Ok(keys.into_iter().map(|key| (key.id, key)).collect())
}
