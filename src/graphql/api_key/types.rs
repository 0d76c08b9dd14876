//! API keys, and their changes.

use async_graphql::{ComplexObject, Context, ID, InputObject, SimpleObject};
use entity::{AccountId, ApiKeyId, api_key as api_key_row};

use crate::{
    domain::api_key::{self, NewKey},
    graphql::{
        account::Account,
        kit::{
            error::ResolverError,
            id::Node,
            listing::ListConnection,
            load,
            loader::loader,
            member::{InvalidField, NotFound, PermissionsNotHeld},
            payload::payload,
            permission::{self, Permission},
            scalar::Timestamp,
        },
    },
};

/// Credentials of a program. A key is valid until it expires or is revoked; it is revoked when the account that created it is
/// blocked or deleted.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct ApiKey {
    #[graphql(skip)]
    created_by_key: Option<AccountId>,
    /// Global id of the key. Not a secret.
    pub(in crate::graphql) id: ID,
    /// Name of the program.
    name: String,
    /// Permissions that the key was created with. The program has those of them that the account that created the key has.
    permissions: Vec<Permission>,
    /// Time at which the key was created.
    created_at: Timestamp,
    /// Time at which the key expires; null if it does not.
    expires_at: Option<Timestamp>,
    /// Time of the last use of the key, exact to a minute; null if it was never used.
    last_used_at: Option<Timestamp>,
    /// Time at which the key was revoked; null if it was not.
    revoked_at: Option<Timestamp>,
}

impl From<api_key_row::Model> for ApiKey {
    fn from(row: api_key_row::Model) -> Self {
        Self {
            created_by_key: row.created_by,
            id: row.id.global(),
            name: row.name,
            permissions: permission::list(row.permissions),
            created_at: Timestamp(row.created_at),
            expires_at: row.expires_at.map(Timestamp),
            last_used_at: row.last_used_at.map(Timestamp),
            revoked_at: row.revoked_at.map(Timestamp),
        }
    }
}

#[ComplexObject]
impl ApiKey {
    /// Account that created the key; null if it was deleted, or if the viewer may not see it.
    async fn created_by(&self, ctx: &Context<'_>) -> Option<Result<Account, ResolverError>> {
        load::optional(ctx, self.created_by_key?).await
    }
}

pub type ApiKeyConnection = ListConnection<ApiKey>;

loader!(ApiKeyId => api_key_row::Model, api_key::by_ids);

/// New API key.
#[derive(InputObject)]
pub(super) struct ApiKeyCreateInput {
    /// Name of the program, 1 to 100 characters on one line. Surrounding space is removed.
    name: String,
    /// Permissions of the program. The viewer must have all of them.
    permissions: Vec<Permission>,
    /// Time at which the key expires, at most ten years from now; without it the key is valid until it is revoked.
    expires_at: Option<Timestamp>,
}

impl From<ApiKeyCreateInput> for NewKey {
    fn from(input: ApiKeyCreateInput) -> Self {
        Self {
            name: input.name,
            permissions: permission::set(input.permissions),
            expires_at: input.expires_at.map(|time| time.0),
        }
    }
}

/// API key to revoke.
#[derive(InputObject)]
pub(super) struct ApiKeyRevokeInput {
    /// Global id of the key.
    pub(super) id: ID,
}

payload! {
    /// Payload of `apiKeyCreate`.
    ApiKeyCreatePayload {
        /// The new key; null on failure.
        api_key: ApiKey,
        /// Secret that the program sends as `Authorization: Bearer KEY`; null on failure. No other field returns it.
        key: String,
    }
    /// Failure of `apiKeyCreate`.
    ApiKeyCreateError: InvalidField, PermissionsNotHeld;
    from api_key::CreateError {
        Invalid(invalid) => InvalidField from invalid,
        NotHeld(missing) => PermissionsNotHeld { permissions: permission::list(missing.0) } at "permissions",
    }
}

payload! {
    /// Payload of `apiKeyRevoke`.
    ApiKeyRevokePayload {
        /// The revoked key; null on failure.
        api_key: ApiKey,
    }
    /// Failure of `apiKeyRevoke`.
    ApiKeyRevokeError: NotFound;
    from api_key::RevokeError {
        NotFound(id) => NotFound { id: id.global() } at "id",
    }
}
