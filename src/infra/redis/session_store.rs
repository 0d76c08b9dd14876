//! Sessions in Redis: the hash `login:{<hash of the token>}` holds the session and the time of its last use; the key
//! expires when the session does. A script reads a session and records its use in one step. The hash
//! `logins:{<account>}` maps the ids of an account's sessions to their keys; the sessions may have expired.

use async_trait::async_trait;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use entity::{AccountId, SessionId};
use redis::Script;

use super::Redis;
use crate::domain::{
    identity::{Session, SessionSelector, SessionStore, TokenHash},
    kernel::fault::Fault,
};

/// Records the use of the session KEYS[1] at ARGV[1] (microseconds), unless it has expired by then.
const TOUCH: &str = "
    local session, seen, idle, expires = unpack(redis.call('HMGET', KEYS[1], 'session', 'seen', 'idle', 'expires'))
    if not session then return false end
    local now = tonumber(ARGV[1])
    if now >= math.min(seen + idle, tonumber(expires)) then
        redis.call('DEL', KEYS[1])
        return false
    end
    redis.call('HSET', KEYS[1], 'seen', ARGV[1])
    redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', math.floor(math.min(now + idle, tonumber(expires)) / 1000)))
    return session
";

pub struct RedisSessionStore {
    redis: Redis,
    touch: Script,
}

impl RedisSessionStore {
    pub fn new(redis: Redis) -> Self {
        Self { redis, touch: Script::new(TOUCH) }
    }

    fn key(&self, token: &TokenHash) -> String {
        self.key_of(&URL_SAFE_NO_PAD.encode(token.as_bytes()))
    }

    fn key_of(&self, token: &str) -> String {
        self.redis.key("login", token)
    }

    fn index(&self, account: AccountId) -> String {
        self.redis.key("logins", &account.0.to_string())
    }

    /// Ids of an account's sessions, with their keys.
    async fn named(&self, account: AccountId) -> Result<Vec<(String, String)>, Fault> {
        self.redis.query(redis::cmd("HGETALL").arg(self.index(account))).await
    }

    /// The sessions of these keys; `None` for expired ones.
    async fn read(&self, names: &[(String, String)]) -> Result<Vec<Option<Session>>, Fault> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let mut pipeline = redis::pipe();
        for (_, token) in names {
            pipeline.cmd("HMGET").arg(self.key_of(token)).arg(&["session", "seen"]);
        }
        let found: Vec<(Option<String>, Option<i64>)> = self.redis.run(&pipeline).await?;
        found
            .into_iter()
            .map(|(value, seen)| value.zip(seen).map(|(value, seen)| parse(&value, seen)).transpose())
            .collect()
    }

    async fn forget(&self, account: AccountId, ids: &[&str]) -> Result<(), Fault> {
        match ids {
            [] => Ok(()),
            ids => self.redis.query(redis::cmd("HDEL").arg(self.index(account)).arg(ids)).await,
        }
    }
}

#[async_trait]
impl SessionStore for RedisSessionStore {
    async fn insert(&self, token: &TokenHash, session: &Session) -> Result<(), Fault> {
        let key = self.key(token);
        let index = self.index(session.account_id);
        let value = serde_json::to_string(session).map_err(Fault::internal)?;
        let mut pipeline = redis::pipe();
        // Atomic, because a concurrent reader of the index removes ids without a session. The index first: a session
        // that is not in it could not be ended with the others.
        pipeline
            .atomic()
            .hset(&index, session.id.0.to_string(), URL_SAFE_NO_PAD.encode(token.as_bytes()))
            .ignore();
        pipeline
            .hset_multiple(
                &key,
                &[
                    ("session", value),
                    ("seen", session.last_seen_at.timestamp_micros().to_string()),
                    ("idle", session.idle.as_micros().to_string()),
                    ("expires", session.expires_at.timestamp_micros().to_string()),
                ],
            )
            .ignore();
        pipeline.cmd("PEXPIREAT").arg(&key).arg(session.idle_end().timestamp_millis()).ignore();
        self.redis.run(&pipeline).await
    }

    async fn touch(&self, token: &TokenHash, now: DateTime<Utc>) -> Result<Option<Session>, Fault> {
        let mut call = self.touch.key(self.key(token));
        call.arg(now.timestamp_micros());
        let value: Option<String> = self.redis.invoke(&call).await?;
        value.map(|value| parse(&value, now.timestamp_micros())).transpose()
    }

    async fn remove(&self, token: &TokenHash) -> Result<Option<Session>, Fault> {
        let key = self.key(token);
        let mut pipeline = redis::pipe();
        pipeline.atomic().cmd("HMGET").arg(&key).arg(&["session", "seen"]).del(&key).ignore();
        let [(value, seen)]: [(Option<String>, Option<i64>); 1] = self.redis.run(&pipeline).await?;
        let Some((value, seen)) = value.zip(seen) else { return Ok(None) };
        let session = parse(&value, seen)?;
        self.forget(session.account_id, &[&session.id.0.to_string()]).await?;
        Ok(Some(session))
    }

    async fn of_account(&self, account: AccountId, now: DateTime<Utc>) -> Result<Vec<Session>, Fault> {
        let names = self.named(account).await?;
        let found = self.read(&names).await?;
        let gone: Vec<_> = names
            .iter()
            .zip(&found)
            .filter(|(_, session)| session.is_none())
            .map(|((id, _), _)| &**id)
            .collect();
        self.forget(account, &gone).await?;
        let mut sessions: Vec<_> = found.into_iter().flatten().filter(|session| session.lasts(now)).collect();
        sessions.sort_by_key(|session| std::cmp::Reverse((session.last_seen_at, session.id)));
        Ok(sessions)
    }

    async fn remove_of(&self, account: AccountId, which: SessionSelector) -> Result<Vec<Session>, Fault> {
        let mut names = self.named(account).await?;
        names.retain(|(id, _)| id.parse().is_ok_and(|id| which.includes(SessionId(id))));
        let found = self.read(&names).await?;
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let mut pipeline = redis::pipe();
        for (id, token) in &names {
            pipeline.del(self.key_of(token)).ignore().hdel(self.index(account), id).ignore();
        }
        self.redis.run::<()>(&pipeline).await?;
        Ok(found.into_iter().flatten().collect())
    }
}

/// The session of this JSON, last used at this microsecond.
fn parse(json: &str, seen: i64) -> Result<Session, Fault> {
    let session: Session = serde_json::from_str(json).map_err(Fault::internal)?;
    let last_seen_at = DateTime::from_timestamp_micros(seen);
    let last_seen_at = last_seen_at.ok_or_else(|| Fault::internal("session time out of range"))?;
    Ok(Session { last_seen_at, ..session })
}
