//! Making and revoking API keys.

use async_graphql::{Context, Object};
use entity::ApiKeyId;
use secrecy::ExposeSecret;

use super::types::{
    ApiKeyCreateError, ApiKeyCreateInput, ApiKeyCreatePayload, ApiKeyNotFound, ApiKeyRevokeError,
    ApiKeyRevokeInput, ApiKeyRevokePayload,
};
use crate::{
    domain::api_key::{self, RevokeApiKeyError},
    graphql::{
        context::ContextExt,
        cost::{STATEMENT, cost},
        error::ResolverError,
        id::Node,
    },
};

/// Mutations on API keys.
#[derive(Default)]
pub struct ApiKeyMutation;

#[Object]
impl ApiKeyMutation {
    /// Makes an API key for a program. Needs the permission SETTINGS_EDIT.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn api_key_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the key is for.")] input: ApiKeyCreateInput,
    ) -> Result<ApiKeyCreatePayload, ResolverError> {
        Ok(match api_key::create(ctx.op(), input.into()).await {
            Ok(created) => ApiKeyCreatePayload {
                api_key: Some(created.key.into()),
                key: Some(created.secret.expose_secret().to_owned()),
                errors: Vec::new(),
            },
            Err(error) => {
                ApiKeyCreatePayload { api_key: None, key: None, errors: vec![ApiKeyCreateError::new(error)?] }
            }
        })
    }

    /// Revokes an API key: at once it is good for nothing. Needs the permission SETTINGS_EDIT.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn api_key_revoke(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which key.")] input: ApiKeyRevokeInput,
    ) -> Result<ApiKeyRevokePayload, ResolverError> {
        let id = ApiKeyId::from_global(&input.id, "input.id")?;
        match api_key::revoke(ctx.op(), id).await {
            Ok(key) => Ok(ApiKeyRevokePayload { api_key: Some(key.into()), errors: Vec::new() }),
            Err(error @ RevokeApiKeyError::NotFound) => {
                let error = ApiKeyNotFound::new(error.to_string());
                let errors = vec![ApiKeyRevokeError::NotFound(error)];
                Ok(ApiKeyRevokePayload { api_key: None, errors })
            }
            Err(RevokeApiKeyError::Fault(fault)) => Err(fault.into()),
        }
    }
}
