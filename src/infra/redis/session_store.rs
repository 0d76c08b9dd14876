//! Sessions in Redis: `session:{<hash of the token>}` holds the account and two times; the key's own expiry is the idle
//! end. `GETEX` reads a session and slides that end in one round trip.

use std::time::Duration;

use async_trait::async_trait;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use entity::AccountId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Redis;
use crate::domain::{
    Fault,
    account::{Session, TokenHash},
    port::SessionStore,
};

/// Keeps sessions in Redis.
pub struct RedisSessionStore {
    redis: Redis,
}

/// A session as JSON; the times are microseconds since 1970.
#[derive(Serialize, Deserialize)]
struct Value {
    account: Uuid,
    created: i64,
    expires: i64,
}

impl RedisSessionStore {
    /// In this Redis.
    pub fn new(redis: Redis) -> Self {
        Self { redis }
    }

    fn key(&self, token: &TokenHash) -> String {
        self.redis.key("session", &URL_SAFE_NO_PAD.encode(token.as_bytes()))
    }
}

#[async_trait]
impl SessionStore for RedisSessionStore {
    async fn insert(&self, token: &TokenHash, session: &Session, idle: Duration) -> Result<(), Fault> {
        let value = Value {
            account: session.account_id.0,
            created: session.created_at.timestamp_micros(),
            expires: session.expires_at.timestamp_micros(),
        };
        let value = serde_json::to_string(&value).map_err(Fault::internal)?;
        let end = (session.created_at + idle).min(session.expires_at).timestamp_millis();
        self.redis.query(redis::cmd("SET").arg(self.key(token)).arg(value).arg("PXAT").arg(end)).await
    }

    async fn touch(
        &self,
        token: &TokenHash,
        now: DateTime<Utc>,
        idle: Duration,
    ) -> Result<Option<Session>, Fault> {
        let end = (now + idle).timestamp_millis();
        let value: Option<String> =
            self.redis.query(redis::cmd("GETEX").arg(self.key(token)).arg("PXAT").arg(end)).await?;
        let Some(value) = value else { return Ok(None) };
        let session = Value::parse(&value)?;
        Ok(Some(session).filter(|session| session.expires_at > now))
    }

    async fn remove(&self, token: &TokenHash) -> Result<Option<Session>, Fault> {
        let value: Option<String> = self.redis.query(redis::cmd("GETDEL").arg(self.key(token))).await?;
        value.map(|value| Value::parse(&value)).transpose()
    }
}

impl Value {
    fn parse(text: &str) -> Result<Session, Fault> {
        let value: Self = serde_json::from_str(text).map_err(Fault::internal)?;
        let time = |micros| {
            DateTime::from_timestamp_micros(micros)
                .ok_or_else(|| Fault::internal("session time out of range"))
        };
        Ok(Session {
            account_id: AccountId(value.account),
            created_at: time(value.created)?,
            expires_at: time(value.expires)?,
        })
    }
}
