//! Reading keys, also those that are dead: who looks into the audit log wants to know what they were.

use std::collections::HashMap;

use entity::{ApiKeyId, Permission, api_key};
use sea_orm::{EntityTrait, PaginatorTrait, QueryFilter};

use crate::domain::{
    Fault, Op,
    page::{self, Page, PageRequest, Position, SortValue},
};

/// Where a key stands in the list.
pub fn position(key: &api_key::Model) -> Position {
    Position { value: SortValue::Time(key.created_at), id: key.id.0 }
}

/// A page of all keys, the newest first. Needs [`Permission::SettingsEdit`].
#[tracing::instrument(name = "api_key::list", level = "debug", skip_all, err(level = "debug"))]
pub async fn list(op: &Op, request: &PageRequest) -> Result<Page<api_key::Model>, Fault> {
    op.require(Permission::SettingsEdit).await?;
    let (created_at, id) = (api_key::Column::CreatedAt, api_key::Column::Id);
    page::fetch(api_key::Entity::find(), created_at, id, true, request, op.db.connection()).await
}

/// How many keys there are. Needs [`Permission::SettingsEdit`].
#[tracing::instrument(name = "api_key::count", level = "debug", skip_all, err(level = "debug"))]
pub async fn count(op: &Op) -> Result<u64, Fault> {
    op.require(Permission::SettingsEdit).await?;
    Ok(api_key::Entity::find().count(op.db.connection()).await?)
}

/// The keys with these ids, in one statement. Without [`Permission::SettingsEdit`] there are none.
#[tracing::instrument(name = "api_key::by_ids", level = "debug", skip_all, err(level = "debug"))]
pub async fn by_ids(op: &Op, ids: &[ApiKeyId]) -> Result<HashMap<ApiKeyId, api_key::Model>, Fault> {
    if !op.viewer().await?.permissions().has(Permission::SettingsEdit) {
        return Ok(HashMap::new());
    }
    let chosen = op.db.any_of(api_key::Column::Id, ids.iter().map(|id| id.0));
    let keys = api_key::Entity::find().filter(chosen).all(op.db.connection()).await?;
    Ok(keys.into_iter().map(|key| (key.id, key)).collect())
}
