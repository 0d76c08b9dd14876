//! Making a key.

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

/// The most characters of a key's name.
pub const MAX_NAME: usize = 100;

/// The longest that a key with an end may live: ten years.
pub const MAX_LIFE: TimeDelta = TimeDelta::days(3653);

/// What a new key needs.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// What the program is called, 1 to [`MAX_NAME`] characters. Space around it is dropped.
    pub name: String,
    /// What it may do: nothing that whoever makes it may not.
    pub permissions: Permissions,
    /// Until when, at most [`MAX_LIFE`] from now; `None` for until it is revoked.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A key that was made.
#[derive(Debug)]
pub struct Created {
    pub key: api_key::Model,
    /// What the program shows: [`API_KEY_PREFIX`] and 43 letters. It is told now and never again.
    pub secret: SecretString,
}

operation_error! {
    pub enum CreateError {
        #[error("{0}")]
        Invalid(#[from] InvalidField),
        /// The key is to have permissions that the viewer does not have.
        #[error("{0}")]
        NotHeld(#[from] NotHeld),
    }
}

/// Makes a key, for a person with [`Permission::SettingsEdit`]. No key makes another.
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

/// What the audit log keeps of a new key.
fn audit_json(key: &api_key::Model) -> Value {
    let permissions: Vec<_> = key.permissions.iter().map(Permission::name).collect();
    json!({ "name": key.name, "permissions": permissions, "expiresAt": key.expires_at })
}

/// Refuses an end in the past, and one too far away.
fn check_end(expires_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<(), InvalidField> {
    let message = match expires_at {
        Some(end) if end <= now => "The key must expire in the future.",
        Some(end) if end > now + MAX_LIFE => {
            "The key must expire within ten years. Leave the end out for a key without one."
        }
        _ => return Ok(()),
    };
    Err(InvalidField::new("expires_at", FieldProblem::OutOfRange, message))
}
