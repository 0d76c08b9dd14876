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
    identity::{API_KEY_PREFIX, Token, Viewer},
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
    /// What is kept of it.
    pub key: api_key::Model,
    /// What the program shows: [`API_KEY_PREFIX`] and 43 letters. It is told now and never again.
    pub secret: SecretString,
}

operation_error! {
    /// Why a key was not made.
    pub enum CreateError {
        #[error("{0}")]
        Invalid(#[from] InvalidField),
        /// The key is to have permissions that the viewer does not have: these.
        #[error("You cannot give permissions that you do not have: {0}.")]
        NotHeld(Permissions),
    }
}

/// Makes a key. Needs [`Permission::SettingsEdit`].
#[tracing::instrument(name = "api_key::create", level = "debug", skip_all, err(level = "debug"))]
pub async fn create(ctx: &OpContext, new: NewKey) -> Result<Created, CreateError> {
    let viewer = ctx.require(Permission::SettingsEdit).await?;
    let name = Line::<1, MAX_NAME>::of_field("name", &new.name)?;
    let now = ctx.now();
    check_end(&viewer, new.expires_at, now)?;
    if !viewer.permissions().cover(new.permissions) {
        let missing = new.permissions.without(viewer.permissions());
        return Err(CreateError::NotHeld(missing));
    }
    let created_by = match &viewer {
        Viewer::Account(viewer) => Some(viewer.account.id),
        Viewer::Anonymous | Viewer::ApiClient(_) => None,
    };
    let token = Token::new(ctx.random().secret());
    let row = api_key::ActiveModel {
        id: Set(ApiKeyId(ctx.random().id(now))),
        name: Set(name.into()),
        token_hash: Set(token.hash().as_bytes().to_vec()),
        permissions: Set(new.permissions),
        created_by: Set(created_by),
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

/// Refuses an end in the past, one too far away, and one after that of the key that makes this one.
fn check_end(
    viewer: &Viewer,
    expires_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<(), InvalidField> {
    let message = match (viewer, expires_at) {
        (_, Some(end)) if end <= now => "The key must expire in the future.",
        (_, Some(end)) if end > now + MAX_LIFE => {
            "The key must expire within ten years. Leave the end out for a key without one."
        }
        (Viewer::ApiClient(client), end)
            if client.key.expires_at.is_some_and(|own| end.is_none_or(|end| end > own)) =>
        {
            "A key cannot make one that lasts longer than itself."
        }
        _ => return Ok(()),
    };
    Err(InvalidField::new("expires_at", FieldProblem::OutOfRange, message))
}
