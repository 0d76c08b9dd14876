//! Failed attempts, counted in Redis: `attempts:{<key>}` holds a
//! [`FailureRecord`](crate::domain::throttle::FailureRecord) as three numbers (failures, and the two times in
//! microseconds), and expires when it no longer matters. Each operation is one script, and so atomic for all instances.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use redis::{Script, ScriptInvocation};

use super::Redis;
use crate::domain::{
    kernel::fault::Fault,
    throttle::{AttemptCounter, BackoffPolicy, Decision, LONGEST},
};

/// The same decisions as [`BackoffPolicy::record_failure`] and [`BackoffPolicy::undo`], selected by the first argument.
/// `record_failure` returns the microseconds to wait, 0 if the attempt is allowed. (Numbers in Lua are doubles, exact for
/// these microseconds; `%d` keeps all their digits.)
const SCRIPT: &str = r"
local at, burst, initial_delay, max_delay, decay, max_failures, forever = unpack(ARGV, 2)
at, burst, initial_delay, max_delay = tonumber(at), tonumber(burst), tonumber(initial_delay), tonumber(max_delay)
decay, max_failures, forever = tonumber(decay), tonumber(max_failures), tonumber(forever)

local function delay(failures)
  if failures < burst then return 0 end
  return math.min(initial_delay * 2 ^ (failures - burst), max_delay)
end

local failures, forgiven_at, last_at = 0, at, at
local record = redis.call('GET', KEYS[1])
if record then
  failures, forgiven_at, last_at = string.match(record, '^(%d+) (-?%d+) (-?%d+)$')
  failures, forgiven_at, last_at = tonumber(failures), tonumber(forgiven_at), tonumber(last_at)
end

if ARGV[1] == 'record_failure' then
  local wait = delay(failures) - math.max(0, at - last_at)
  if record and wait > 0 then return wait end
  local forgiven = math.floor(math.max(0, at - forgiven_at) / decay)
  failures = math.min(failures, max_failures) - forgiven
  forgiven_at = forgiven_at + forgiven * decay
  if failures <= 0 then failures, forgiven_at = 0, at end
  failures, last_at = failures + 1, at
else
  failures = failures - 1
  if failures <= 0 then return redis.call('DEL', KEYS[1]) end
  if last_at == at then last_at = at - delay(failures) end
end

local forgiven_in = math.min(failures * decay, forever) - (at - forgiven_at)
local open_in = delay(failures) - (at - last_at)
local lifetime = math.max(1, math.ceil(math.max(forgiven_in, open_in) / 1000))
redis.call('SET', KEYS[1], string.format('%d %d %d', failures, forgiven_at, last_at), 'PX', string.format('%d', lifetime))
return 0
";

pub struct RedisAttemptCounter {
    redis: Redis,
    script: Script,
}

impl RedisAttemptCounter {
    pub fn new(redis: Redis) -> Self {
        Self { redis, script: Script::new(SCRIPT) }
    }

    async fn run(
        &self,
        operation: &str,
        key: &str,
        policy: BackoffPolicy,
        at: DateTime<Utc>,
    ) -> Result<i64, Fault> {
        let mut script: ScriptInvocation<'_> = self.script.key(self.redis.key("attempts", key));
        script.arg(operation).arg(at.timestamp_micros());
        script.arg(&policy.numbers()).arg(policy.max_failures()).arg(LONGEST);
        self.redis.invoke(&script).await
    }
}

#[async_trait]
impl AttemptCounter for RedisAttemptCounter {
    async fn record_failure(
        &self,
        key: &str,
        policy: BackoffPolicy,
        now: DateTime<Utc>,
    ) -> Result<Decision, Fault> {
        Ok(match self.run("record_failure", key, policy, now).await? {
            0 => Decision::Allowed,
            wait => Decision::rejected(wait),
        })
    }

    async fn undo(&self, key: &str, policy: BackoffPolicy, at: DateTime<Utc>) -> Result<(), Fault> {
        self.run("undo", key, policy, at).await.map(drop)
    }
}
