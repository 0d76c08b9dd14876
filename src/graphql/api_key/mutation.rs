//! Creating and revoking API keys.

use async_graphql::{Context, Object};
use entity::ApiKeyId;
use secrecy::ExposeSecret;

use super::types::{ApiKeyCreateInput, ApiKeyCreatePayload, ApiKeyRevokeInput, ApiKeyRevokePayload};
use crate::{
    domain::api_key,
    graphql::kit::{
        context::ContextExt,
        cost::{STATEMENT, cost},
        error::ResolverError,
        id::Node,
        permission::{Permission, requires},
    },
};

#[derive(Default)]
pub struct ApiKeyMutation;

#[Object]
impl ApiKeyMutation {
    /// Creates an API key for a program. Fails with `FORBIDDEN` for an API key. Requires `SETTINGS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::SettingsEdit))]
    async fn api_key_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The key.")] input: ApiKeyCreateInput,
    ) -> Result<ApiKeyCreatePayload, ResolverError> {
        let created = api_key::create(ctx.op(), input.into()).await;
        ApiKeyCreatePayload::from_result(created, |created| {
            (Some(created.key.into()), Some(created.secret.expose_secret().to_owned()))
        })
    }

    /// Revokes an API key: requests with it fail from now on. A key that was revoked before stays as it is. Requires
    /// `SETTINGS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::SettingsEdit))]
    async fn api_key_revoke(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The key.")] input: ApiKeyRevokeInput,
    ) -> Result<ApiKeyRevokePayload, ResolverError> {
        let id = ApiKeyId::from_global(&input.id, "input.id")?;
        ApiKeyRevokePayload::from_result(api_key::revoke(ctx.op(), id).await)
    }
}
