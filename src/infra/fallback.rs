//! Rate limits that are counted in memory while the shared limiter does not answer.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering::Relaxed},
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::{
    domain::{
        kernel::{
            fault::{Fault, with_causes},
            quota::{Decision, Quota},
        },
        rate_limit::RateLimiter,
    },
    infra::memory::MemoryRateLimiter,
};

/// Pause after a failure of the shared limiter, in microseconds; then one attempt checks it again.
const PAUSE: i64 = 1_000_000;

const UP: i64 = i64::MIN;

/// Counts in a shared limiter, and in memory while that fails. The two do not exchange counts.
pub struct FallbackRateLimiter {
    shared: Arc<dyn RateLimiter>,
    own: MemoryRateLimiter,
    /// [`UP`], or the microsecond at which to ask the shared limiter again.
    ask_at: AtomicI64,
}

impl FallbackRateLimiter {
    pub fn new(shared: Arc<dyn RateLimiter>) -> Self {
        Self { shared, own: MemoryRateLimiter::default(), ask_at: AtomicI64::new(UP) }
    }

    /// Whether to ask the shared limiter at `now`: always while it is up, else only the first one after the pause.
    fn may_ask(&self, now: i64) -> bool {
        let at = self.ask_at.load(Relaxed);
        // A clock that was set back must not prolong the pause.
        let is_due = now >= at || at > now + PAUSE;
        at == UP || (is_due && self.ask_at.compare_exchange(at, now + PAUSE, Relaxed, Relaxed).is_ok())
    }
}

#[async_trait]
impl RateLimiter for FallbackRateLimiter {
    async fn take(
        &self,
        key: &str,
        quota: Quota,
        amount: u32,
        now: DateTime<Utc>,
    ) -> Result<Decision, Fault> {
        let micros = now.timestamp_micros();
        let was_up = self.ask_at.load(Relaxed) == UP;
        if self.may_ask(micros) {
            match self.shared.take(key, quota, amount, now).await {
                Ok(decision) => {
                    // An answer to a request from before the outage does not mean that it is over.
                    if !was_up && self.ask_at.swap(UP, Relaxed) != UP {
                        tracing::info!("rate limits are shared with other instances again");
                    }
                    return Ok(decision);
                }
                Err(fault) => {
                    if self.ask_at.swap(micros + PAUSE, Relaxed) == UP {
                        let cause = with_causes(&fault);
                        tracing::warn!(
                            cause,
                            "cannot reach Redis; rate limits are counted on this instance only"
                        );
                    }
                }
            }
        }
        self.own.take(key, quota, amount, now).await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicU32};

    use super::*;

    #[derive(Default)]
    struct Shared {
        is_down: AtomicBool,
        asked: AtomicU32,
    }

    #[async_trait]
    impl RateLimiter for Shared {
        async fn take(&self, _: &str, quota: Quota, _: u32, _: DateTime<Utc>) -> Result<Decision, Fault> {
            self.asked.fetch_add(1, Relaxed);
            if self.is_down.load(Relaxed) { Err(Fault::internal("down")) } else { Ok(quota.decision(0)) }
        }
    }

    #[tokio::test]
    async fn a_service_that_fails_is_asked_once_a_second() {
        let shared = Arc::new(Shared::default());
        let limiter = FallbackRateLimiter::new(shared.clone());
        let quota = Quota { burst: 3, interval: std::time::Duration::from_secs(60) };
        let take = async |second| {
            let now = DateTime::from_timestamp(second, 0).unwrap();
            match limiter.take("a", quota, 1, now).await.unwrap() {
                Decision::Allowed { remaining, .. } => Some(remaining),
                Decision::Denied { .. } => None,
            }
        };
        let asked = || shared.asked.swap(0, Relaxed);
        assert_eq!((take(10).await, take(10).await, asked()), (Some(3), Some(3), 2));
        shared.is_down.store(true, Relaxed);
        assert_eq!((take(10).await, take(10).await, asked()), (Some(2), Some(1), 1), "memory counts");
        assert_eq!((take(11).await, take(11).await, asked()), (Some(0), None, 1), "one looks");
        assert_eq!((take(5).await, take(5).await, asked()), (None, None, 1), "the clock was set back");
        shared.is_down.store(false, Relaxed);
        assert_eq!((take(5).await, asked()), (None, 0));
        assert_eq!((take(6).await, take(6).await, asked()), (Some(3), Some(3), 2), "it is back");
    }
}
