//! Making a key.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{ApiKeyId, Permission, Permissions, api_key};
use scoped_futures::ScopedFutureExt;
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::SUBJECT;
use crate::domain::{
    API_KEY_PREFIX, Fault, Op, Viewer,
    account::Token,
    audit::{self, Entry},
    database::AsFault,
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

/// What is wrong with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameProblem {
    /// It is empty.
    #[error("is missing")]
    Missing,
    /// It has more than [`MAX_NAME`] characters.
    #[error("is longer than {MAX_NAME} characters")]
    TooLong,
    /// It holds a line break or another character that is not for reading.
    #[error("holds a line break or another control character")]
    ControlCharacter,
}

/// Why a key was not made.
#[derive(Debug, thiserror::Error)]
pub enum CreateApiKeyError {
    /// It cannot be called so.
    #[error("The name {0}.")]
    InvalidName(NameProblem),
    /// It would be dead at once.
    #[error("The key must expire in the future.")]
    ExpiresInThePast,
    /// It would live longer than [`MAX_LIFE`].
    #[error("The key must expire within ten years. Leave the end out for a key without one.")]
    ExpiresTooLate,
    /// A key makes it that ends before.
    #[error("A key cannot make one that lasts longer than itself.")]
    OutlivesItsMaker,
    /// Nobody gives a right that they do not have: these.
    #[error("You cannot give permissions that you do not have: {0}.")]
    PermissionsNotHeld(Permissions),
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl AsFault for CreateApiKeyError {
    fn as_fault(&self) -> Option<&Fault> {
        match self {
            Self::Fault(fault) => Some(fault),
            Self::InvalidName(_)
            | Self::ExpiresInThePast
            | Self::ExpiresTooLate
            | Self::OutlivesItsMaker
            | Self::PermissionsNotHeld(_) => None,
        }
    }
}

/// Makes a key. Needs [`Permission::SettingsEdit`].
#[tracing::instrument(name = "api_key::create", level = "debug", skip_all, err(level = "debug"))]
pub async fn create(op: &Op, new: NewKey) -> Result<Created, CreateApiKeyError> {
    let viewer = op.require(Permission::SettingsEdit).await?;
    let name = clean(&new.name).map_err(CreateApiKeyError::InvalidName)?;
    let now = op.clock.now();
    match new.expires_at {
        Some(end) if end <= now => return Err(CreateApiKeyError::ExpiresInThePast),
        Some(end) if end > now + MAX_LIFE => return Err(CreateApiKeyError::ExpiresTooLate),
        _ => {}
    }
    if !viewer.permissions().cover(new.permissions) {
        let missing = new.permissions.without(viewer.permissions());
        return Err(CreateApiKeyError::PermissionsNotHeld(missing));
    }
    // A key that ends makes none that outlives it.
    if let Viewer::Program(program) = &viewer
        && let Some(end) = program.key.expires_at
        && new.expires_at.is_none_or(|wanted| wanted > end)
    {
        return Err(CreateApiKeyError::OutlivesItsMaker);
    }
    let created_by = match &viewer {
        Viewer::Account(viewer) => Some(viewer.account.id),
        Viewer::Anonymous | Viewer::Program(_) => None,
    };
    let token = Token::new(op.random.secret());
    let row = api_key::ActiveModel {
        id: Set(ApiKeyId(op.random.id(now))),
        name: Set(name),
        token_hash: Set(token.hash().as_bytes().to_vec()),
        permissions: Set(new.permissions),
        created_by: Set(created_by),
        created_at: Set(now),
        expires_at: Set(new.expires_at),
        last_used_at: Set(None),
        revoked_at: Set(None),
    };
    let row = &row;
    let key = op
        .db
        .write(|transaction| {
            async move {
                let key = row.clone().insert(transaction).await.map_err(Fault::from)?;
                let entry = Entry::new("apiKeyCreate").about(SUBJECT, key.id);
                audit::record(op, transaction, entry.change(Value::Null, told(&key))).await?;
                Ok::<_, CreateApiKeyError>(key)
            }
            .scope_boxed()
        })
        .await?;
    Ok(Created { key, secret: format!("{API_KEY_PREFIX}{}", token.expose()).into() })
}

/// What the audit log keeps of a new key.
fn told(key: &api_key::Model) -> Value {
    let permissions: Vec<_> = key.permissions.iter().map(Permission::name).collect();
    json!({ "name": key.name, "permissions": permissions, "expiresAt": key.expires_at })
}

fn clean(name: &str) -> Result<String, NameProblem> {
    let name = name.trim();
    if name.is_empty() {
        Err(NameProblem::Missing)
    } else if name.chars().count() > MAX_NAME {
        Err(NameProblem::TooLong)
    } else if name.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
        Err(NameProblem::ControlCharacter)
    } else {
        Ok(name.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed_and_bounded() {
        assert_eq!(clean(" A key\t").as_deref(), Ok("A key"));
        let longest = "\u{e9}".repeat(MAX_NAME);
        assert_eq!(clean(&longest).as_deref(), Ok(&*longest));
        assert_eq!(clean(&format!("{longest}x")), Err(NameProblem::TooLong));
        assert_eq!(clean(" \n "), Err(NameProblem::Missing));
        for text in ["a\nb", "a\0b", "a\u{2028}b"] {
            assert_eq!(clean(text), Err(NameProblem::ControlCharacter), "{text:?}");
        }
    }
}
