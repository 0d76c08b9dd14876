//! Export of an account's own data.

use async_trait::async_trait;
use entity::{AccountId, account, account_network};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use crate::domain::{
    context::{AccountHooks, Export, OpContext},
    kernel::{
        fault::Fault,
        global_id::{GlobalId, enum_name},
    },
};

/// The account's own row, and the networks that it has logged in from. Both are deleted with the account.
pub struct OwnHooks;

#[async_trait]
impl AccountHooks for OwnHooks {
    fn tables(&self) -> &'static [&'static str] {
        &["account_network"]
    }

    async fn exported(&self, ctx: &OpContext, id: AccountId) -> Result<Export, Fault> {
        let account = account::Entity::find_by_id(id).one(ctx.db()).await?;
        let rows = account_network::Entity::find()
            .filter(account_network::Column::AccountId.eq(id))
            .order_by_asc(account_network::Column::LastLoginAt)
            .all(ctx.db())
            .await?;
        let network =
            |row: account_network::Model| json!({ "network": row.network, "lastLoginAt": row.last_login_at });
        Ok(vec![
            ("account", account.as_ref().map(profile).unwrap_or_default()),
            ("knownNetworks", rows.into_iter().map(network).collect()),
        ])
    }
}

fn profile(account: &account::Model) -> Value {
    json!({
        "id": account.id.global_id(),
        "email": account.email,
        "kind": enum_name(&account.kind),
        "blockedAt": account.blocked_at,
        "name": account.name,
        "hasPassword": account.password_hash.is_some(),
        "createdAt": account.created_at,
        "updatedAt": account.updated_at,
    })
}
