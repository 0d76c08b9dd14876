//! Cached texts in Redis: `cache:{texts}:<key>` holds one for a day after its last use; the sorted set `cache:{texts}`
//! holds the time of each insertion, to evict the oldest when there are too many. All share one hash tag, and so one
//! node of a cluster.

use std::sync::Arc;

use async_trait::async_trait;
use redis::Script;

use super::Redis;
use crate::domain::kernel::{
    fault::Fault,
    ports::{Cache, MAX_CACHED_TEXT, MAX_CACHED_TEXTS},
};

const DAY: u32 = 24 * 3600;

/// Redis's own clock gives the order. Members of the set whose texts have expired count until they are the oldest.
const PUT: &str = r"
local time = redis.call('TIME')
redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[2])
redis.call('ZADD', KEYS[1], time[1] * 1000000 + time[2], KEYS[2])
local surplus = redis.call('ZCARD', KEYS[1]) - ARGV[3]
if surplus > 0 then
  local oldest = redis.call('ZPOPMIN', KEYS[1], surplus)
  for at = 1, #oldest, 2 do redis.call('DEL', oldest[at]) end
end
";

pub struct RedisCache {
    redis: Redis,
    index: String,
    put: Script,
}

impl RedisCache {
    pub fn new(redis: Redis) -> Self {
        Self { index: redis.key("cache", "texts"), redis, put: Script::new(PUT) }
    }

    fn key(&self, key: &str) -> String {
        format!("{}:{key}", self.index)
    }
}

#[async_trait]
impl Cache for RedisCache {
    async fn get(&self, key: &str) -> Result<Option<Arc<str>>, Fault> {
        let text: Option<String> =
            self.redis.query(redis::cmd("GETEX").arg(self.key(key)).arg("EX").arg(DAY)).await?;
        Ok(text.map(Arc::from))
    }

    async fn put(&self, key: &str, text: &str) -> Result<(), Fault> {
        if text.len() > MAX_CACHED_TEXT {
            return Ok(());
        }
        let mut put = self.put.key(&self.index);
        put.key(self.key(key)).arg(text).arg(DAY).arg(MAX_CACHED_TEXTS);
        self.redis.invoke(&put).await
    }
}
