//! Failures counted in Redis: `attempts:{<key>}` holds a record as three numbers, the failures and the microseconds of
//! [`Record`](crate::domain::guard::Record)'s times, and expires when it no longer matters. Each step is one script, so
//! that instances that try at once do not overlook each other.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use redis::{Script, ScriptInvocation};

use super::{Redis, within_timeout};
use crate::domain::{
    Fault,
    guard::{LONGEST, Patience, Verdict},
    port::AttemptCounter,
};

/// The same decisions as [`Patience::take`] and [`Patience::give_back`], by the first argument. A take answers with how
/// many microseconds are to wait, 0 if the attempt is allowed. (Numbers in Lua are doubles, exact for these
/// microseconds; `%d` keeps all their digits.)
const SCRIPT: &str = r"
local at, free, first, longest, forgive, most, forever = unpack(ARGV, 2)
at, free, first, longest = tonumber(at), tonumber(free), tonumber(first), tonumber(longest)
forgive, most, forever = tonumber(forgive), tonumber(most), tonumber(forever)

local function delay(failures)
  if failures < free then return 0 end
  return math.min(first * 2 ^ (failures - free), longest)
end

local failures, forgiven_at, last_at = 0, at, at
local record = redis.call('GET', KEYS[1])
if record then
  failures, forgiven_at, last_at = string.match(record, '^(%d+) (-?%d+) (-?%d+)$')
  failures, forgiven_at, last_at = tonumber(failures), tonumber(forgiven_at), tonumber(last_at)
end

if ARGV[1] == 'take' then
  local wait = delay(failures) - math.max(0, at - last_at)
  if record and wait > 0 then return wait end
  local forgiven = math.floor(math.max(0, at - forgiven_at) / forgive)
  failures = math.min(failures, most) - forgiven
  forgiven_at = forgiven_at + forgiven * forgive
  if failures <= 0 then failures, forgiven_at = 0, at end
  failures, last_at = failures + 1, at
else
  failures = failures - 1
  if failures <= 0 then return redis.call('DEL', KEYS[1]) end
  if last_at == at then last_at = at - delay(failures) end
end

local forgiven_in = math.min(failures * forgive, forever) - (at - forgiven_at)
local open_in = delay(failures) - (at - last_at)
local lifetime = math.max(1, math.ceil(math.max(forgiven_in, open_in) / 1000))
redis.call('SET', KEYS[1], string.format('%d %d %d', failures, forgiven_at, last_at), 'PX', string.format('%d', lifetime))
return 0
";

/// Counts failures in Redis.
pub struct RedisAttemptCounter {
    redis: Redis,
    script: Script,
}

impl RedisAttemptCounter {
    /// In this Redis.
    pub fn new(redis: Redis) -> Self {
        Self { redis, script: Script::new(SCRIPT) }
    }

    async fn run(&self, step: &str, key: &str, patience: Patience, at: DateTime<Utc>) -> Result<i64, Fault> {
        let mut script: ScriptInvocation<'_> = self.script.key(self.redis.key("attempts", key));
        script.arg(step).arg(at.timestamp_micros());
        script.arg(&patience.numbers()).arg(patience.most()).arg(LONGEST);
        let mut connection = self.redis.connection.clone();
        within_timeout(script.invoke_async(&mut connection)).await
    }
}

#[async_trait]
impl AttemptCounter for RedisAttemptCounter {
    async fn take(&self, key: &str, patience: Patience, now: DateTime<Utc>) -> Result<Verdict, Fault> {
        Ok(match self.run("take", key, patience, now).await? {
            0 => Verdict::Allowed,
            wait => Verdict::refused(wait),
        })
    }

    async fn give_back(&self, key: &str, patience: Patience, at: DateTime<Utc>) -> Result<(), Fault> {
        self.run("give back", key, patience, at).await.map(drop)
    }
}
