//! Attempts counted in Redis: `limit:{<key>}` holds the microsecond at which the key's bucket is empty, and expires then.
//! Each step is one script, so that instances that try at once do not overlook each other.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use redis::Script;

use super::{Redis, within_timeout};
use crate::domain::{
    Fault,
    port::RateLimiter,
    quota::{Quota, Verdict},
};

/// The same decision as [`Quota::take`]. Answers with how long to wait, 0 for an allowed attempt. (Numbers in Lua are
/// doubles, exact for the microseconds of the next 200 years; `%d` keeps all their digits.)
const TAKE: &str = r"
local now, interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local next = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now) + interval
local wait = next - now - interval * burst
if wait > 0 then return wait end
redis.call('SET', KEYS[1], string.format('%d', next), 'PX', math.ceil((next - now) / 1000))
return 0
";

const GIVE_BACK: &str = r"
local empty_at = tonumber(redis.call('GET', KEYS[1]) or 0)
if empty_at > 0 then
  redis.call('SET', KEYS[1], string.format('%d', empty_at - tonumber(ARGV[1])), 'KEEPTTL')
end
";

/// Counts attempts in Redis.
pub struct RedisRateLimiter {
    redis: Redis,
    take: Script,
    give_back: Script,
}

impl RedisRateLimiter {
    /// In this Redis.
    pub fn new(redis: Redis) -> Self {
        Self { redis, take: Script::new(TAKE), give_back: Script::new(GIVE_BACK) }
    }
}

#[async_trait]
impl RateLimiter for RedisRateLimiter {
    async fn take(&self, key: &str, quota: Quota, now: DateTime<Utc>) -> Result<Verdict, Fault> {
        let mut take = self.take.key(self.redis.key("limit", key));
        take.arg(now.timestamp_micros()).arg(micros(quota.interval)).arg(quota.burst);
        let mut connection = self.redis.connection.clone();
        Ok(match within_timeout(take.invoke_async::<u64>(&mut connection)).await? {
            0 => Verdict::Allowed,
            micros => Verdict::Refused { retry_after: Duration::from_micros(micros) },
        })
    }

    async fn give_back(&self, key: &str, quota: Quota) -> Result<(), Fault> {
        let mut give_back = self.give_back.key(self.redis.key("limit", key));
        give_back.arg(micros(quota.interval));
        let mut connection = self.redis.connection.clone();
        within_timeout(give_back.invoke_async::<()>(&mut connection)).await
    }
}

fn micros(duration: Duration) -> u64 {
    duration.as_micros().try_into().unwrap_or(u64::MAX)
}
