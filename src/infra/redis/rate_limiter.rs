//! Rate limits, counted in Redis: `limit:{<key>}` holds the microsecond at which the key's bucket is empty, and expires
//! then. Each take is one script, and so atomic for all instances.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use redis::Script;

use super::Redis;
use crate::domain::{
    kernel::{
        fault::Fault,
        quota::{Decision, Quota},
    },
    rate_limit::RateLimiter,
};

/// The same decision as [`Quota::take`]. Returns the level after the attempt, in microseconds, whether it is allowed or
/// not. (Numbers in Lua are doubles, exact for these microseconds; `%d` keeps all their digits.)
const TAKE: &str = r"
local now, cost, capacity = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local next = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now) + cost
local level = next - now
if cost > 0 and level <= capacity then
  redis.call('SET', KEYS[1], string.format('%d', next), 'PX', math.ceil(level / 1000))
end
return level
";

pub struct RedisRateLimiter {
    redis: Redis,
    take: Script,
}

impl RedisRateLimiter {
    pub fn new(redis: Redis) -> Self {
        Self { redis, take: Script::new(TAKE) }
    }
}

#[async_trait]
impl RateLimiter for RedisRateLimiter {
    async fn take(
        &self,
        key: &str,
        quota: Quota,
        amount: u32,
        now: DateTime<Utc>,
    ) -> Result<Decision, Fault> {
        let mut take = self.take.key(self.redis.key("limit", key));
        take.arg(now.timestamp_micros()).arg(quota.cost(amount)).arg(quota.capacity());
        let level = self.redis.invoke(&take).await?;
        Ok(quota.decision(level))
    }
}
