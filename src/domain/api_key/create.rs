//! Creation of API keys.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{ApiKeyId, Permission, Permissions, api_key};
use scoped_futures::ScopedFutureExt;
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::SUBJECT;
use crate::domain::{
    audit::AuditEntry,
    context::OpContext,
    identity::{API_KEY_PREFIX, NotHeld, Token},
    kernel::{
        operation_error::operation_error,
        text::{FieldProblem, InvalidField, Line},
    },
};

/// Maximum number of characters of a key's name.
pub const MAX_NAME: usize = 100;

/// Maximum time to the expiry of a key: ten years.
pub const MAX_LIFE: TimeDelta = TimeDelta::days(3653);

/// Input of `create`.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// Name of the program, 1 to [`MAX_NAME`] characters. Surrounding spaces are removed.
    pub name: String,
    /// Permissions of the key; the viewer must have all of them.
    pub permissions: Permissions,
    /// Expiry, at most [`MAX_LIFE`] from now; `None` for a key that does not expire.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A new key.
#[derive(Debug)]
pub struct Created {
    pub key: api_key::Model,
    /// The secret that the program sends: [`API_KEY_PREFIX`] and 43 characters. Returned only here.
    pub secret: SecretString,
}

operation_error! {
    pub enum CreateError {
        #[error("{0}")]
        Invalid(#[from] InvalidField),
        /// The viewer lacks permissions of the key.
        #[error("{0}")]
        NotHeld(#[from] NotHeld),
    }
}

/// Creates a key. Requires a session with [`Permission::SettingsEdit`]; API keys cannot create keys.
#[tracing::instrument(name = "api_key::create", level = "debug", skip_all, err(level = "debug"))]
pub async fn create(ctx: &OpContext, new: NewKey) -> Result<Created, CreateError> {
    let viewer = ctx.require_person(Permission::SettingsEdit).await?;
    let created_by = ctx.authenticated_account().await?.account.id;
    let name = Line::<1, MAX_NAME>::of_field("name", &new.name)?;
    let now = ctx.now();
    check_end(new.expires_at, now)?;
    viewer.must_hold(new.permissions)?;
    let token = Token::new(ctx.random().secret());
    let row = api_key::ActiveModel {
        id: Set(ApiKeyId(ctx.random().id(now))),
        name: Set(name.into()),
        token_hash: Set(token.hash().as_bytes().to_vec()),
        permissions: Set(new.permissions),
        created_by: Set(Some(created_by)),
        created_at: Set(now),
        expires_at: Set(new.expires_at),
        last_used_at: Set(None),
        revoked_at: Set(None),
    };
    let row = &row;
    let key = ctx
        .write(|txn| {
            async move {
                let key = row.clone().insert(txn).await?;
                let entry = AuditEntry::new("apiKeyCreate").about(SUBJECT, key.id);
                txn.audit(entry.change(Value::Null, audit_json(&key))).await?;
                Ok::<_, CreateError>(key)
            }
            .scope_boxed()
        })
        .await?;
    Ok(Created { key, secret: format!("{API_KEY_PREFIX}{}", token.expose()).into() })
}

/// Values of a new key for the audit log.
fn audit_json(key: &api_key::Model) -> Value {
    let permissions: Vec<_> = key.permissions.iter().map(Permission::name).collect();
    json!({ "name": key.name, "permissions": permissions, "expiresAt": key.expires_at })
}

/// Rejects an expiry in the past or too far ahead.
fn check_end(expires_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<(), InvalidField> {
    let message = match expires_at {
        Some(end) if end <= now => "The key must expire in the future.",
        Some(end) if end > now + MAX_LIFE => {
            "The key must expire within ten years. Omit `expiresAt` for a key that does not expire."
        }
        _ => return Ok(()),
    };
    Err(InvalidField::new("expires_at", FieldProblem::OutOfRange, message))
}
