//! API keys, and what can go wrong when they are made.

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, SimpleObject, Union};
use entity::{AccountId, api_key as api_key_row};

use crate::{
    domain::api_key::{CreateApiKeyError, NameProblem, NewKey},
    graphql::{
        account::Account,
        context::ContextExt,
        error::ResolverError,
        id::Node,
        permission::{self, Permission, PermissionsNotHeld},
        scalar::Timestamp,
    },
};

/// What a program acts with, as itself. It is good until it expires or is revoked.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct ApiKey {
    #[graphql(skip)]
    created_by_key: Option<AccountId>,
    /// The key's global id. It opens nothing.
    pub(in crate::graphql) id: ID,
    /// What the program is called.
    name: String,
    /// What the program may do.
    permissions: Vec<Permission>,
    /// When the key was made.
    created_at: Timestamp,
    /// From when on the key is no good; null if that was left open.
    expires_at: Option<Timestamp>,
    /// When the key was used last, to a minute; null if it never was.
    last_used_at: Option<Timestamp>,
    /// Since when the key is revoked; null if it is not.
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
    /// Who made the key; null if it was a program, if the account is gone, or if the viewer may not see it.
    async fn created_by(&self, ctx: &Context<'_>) -> Option<Result<Account, ResolverError>> {
        let account = ctx.loader().load_one(self.created_by_key?).await;
        account.map(|account| account.as_ref().map(Account::from)).map_err(ResolverError::from).transpose()
    }
}

/// A new key for a program.
#[derive(InputObject)]
pub(super) struct ApiKeyCreateInput {
    /// What the program is called, at most 100 characters. Space around it is dropped.
    name: String,
    /// What the program may do: only what the viewer may do, too.
    permissions: Vec<Permission>,
    /// From when on the key is no good, within ten years; without it, the key is good until it is revoked.
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

/// Which key is to be revoked.
#[derive(InputObject)]
pub(super) struct ApiKeyRevokeInput {
    /// The key's global id.
    pub(super) id: ID,
}

/// What became of a new key.
#[derive(SimpleObject)]
pub(super) struct ApiKeyCreatePayload {
    /// The key; null when it was not made.
    pub(super) api_key: Option<ApiKey>,
    /// What the program sends as `Authorization: Bearer KEY`, told only here and now; null when it was not made.
    pub(super) key: Option<String>,
    /// Why it was not made; empty when it was.
    pub(super) errors: Vec<ApiKeyCreateError>,
}

/// Why a key was not made.
#[derive(Union)]
pub(super) enum ApiKeyCreateError {
    Invalid(InvalidApiKeyField),
    NotHeld(PermissionsNotHeld),
}

/// What became of a key that was to be revoked.
#[derive(SimpleObject)]
pub(super) struct ApiKeyRevokePayload {
    /// The key as it is now; null when there is none with this id.
    pub(super) api_key: Option<ApiKey>,
    /// Why it was not revoked; empty when it was, now or before.
    pub(super) errors: Vec<ApiKeyRevokeError>,
}

/// Why a key was not revoked.
#[derive(Union)]
pub(super) enum ApiKeyRevokeError {
    NotFound(ApiKeyNotFound),
}

/// A field of an API key cannot be as it was written.
#[derive(SimpleObject)]
pub struct InvalidApiKeyField {
    /// What is wrong, for people.
    pub(in crate::graphql) message: String,
    /// The input field that is to blame, from the outside in; null when it is none.
    pub(in crate::graphql) path: Option<Vec<String>>,
    /// What is wrong, for programs.
    problem: ApiKeyProblem,
}

/// What is wrong with a field of an API key.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
enum ApiKeyProblem {
    /// It must not be empty.
    Missing,
    /// It has more characters than it may.
    TooLong,
    /// It holds a line break or another character that is not for reading.
    ControlCharacter,
    /// It is not in the future.
    InThePast,
    /// It is more than ten years away.
    TooLate,
}

/// There is no API key with this id.
#[derive(SimpleObject)]
pub struct ApiKeyNotFound {
    /// What is wrong, for people.
    pub(in crate::graphql) message: String,
    /// The input field that is to blame, from the outside in; null when it is none.
    pub(in crate::graphql) path: Option<Vec<String>>,
}

impl ApiKeyCreateError {
    /// The error as data, or the fault that it is.
    pub(super) fn new(error: CreateApiKeyError) -> Result<Self, ResolverError> {
        let message = error.to_string();
        let (field, problem) = match error {
            CreateApiKeyError::InvalidName(NameProblem::Missing) => ("name", ApiKeyProblem::Missing),
            CreateApiKeyError::InvalidName(NameProblem::TooLong) => ("name", ApiKeyProblem::TooLong),
            CreateApiKeyError::InvalidName(NameProblem::ControlCharacter) => {
                ("name", ApiKeyProblem::ControlCharacter)
            }
            CreateApiKeyError::ExpiresInThePast => ("expiresAt", ApiKeyProblem::InThePast),
            CreateApiKeyError::ExpiresTooLate | CreateApiKeyError::OutlivesItsMaker => {
                ("expiresAt", ApiKeyProblem::TooLate)
            }
            CreateApiKeyError::PermissionsNotHeld(missing) => {
                let (path, permissions) = (path("permissions"), permission::list(missing));
                return Ok(Self::NotHeld(PermissionsNotHeld { message, path, permissions }));
            }
            CreateApiKeyError::Fault(fault) => return Err(fault.into()),
        };
        Ok(Self::Invalid(InvalidApiKeyField { message, path: path(field), problem }))
    }
}

impl ApiKeyNotFound {
    pub(super) fn new(message: String) -> Self {
        Self { message, path: path("id") }
    }
}

/// The way to a field of the argument `input`.
fn path(field: &str) -> Option<Vec<String>> {
    Some(["input", field].map(str::to_owned).into())
}
