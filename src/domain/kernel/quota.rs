//! Rate quotas: the generic cell rate algorithm (GCRA, ITU-T I.371), a leaky bucket that needs one point in time per
//! key.
//!
//! That point is the "theoretical arrival time" at which the bucket will be empty. Each unit of an attempt adds one
//! interval; the attempt is denied if the bucket would then exceed the burst.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// Maximum time for a bucket to empty, in microseconds: a hundred years. Sums of times then stay within the range of
/// `chrono` and the exact integers of Redis's Lua numbers.
const LONGEST: u128 = 100 * 366 * 24 * 3_600_000_000;

/// `burst` units at once, then one for every `interval`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    pub burst: u32,
    pub interval: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Allowed {
        remaining: u32,
        reset: Duration,
    },
    /// Denied; the same attempt is allowed after this time if no other comes before it.
    Denied {
        retry_after: Duration,
    },
}

impl Quota {
    /// Decides on an attempt of `amount` units at `now` if the bucket is empty at `empty_at`; an allowed one moves that
    /// point. An amount above the burst is charged as the burst, so that it is allowed when the bucket is empty.
    pub fn take(
        self,
        empty_at: Option<DateTime<Utc>>,
        amount: u32,
        now: DateTime<Utc>,
    ) -> (Decision, DateTime<Utc>) {
        let empty_at = empty_at.map_or(now, |at| at.max(now));
        let next = empty_at + TimeDelta::microseconds(self.cost(amount));
        let level = (next - now).num_microseconds().unwrap_or(i64::MAX);
        match self.decision(level) {
            allowed @ Decision::Allowed { .. } => (allowed, next),
            refused @ Decision::Denied { .. } => (refused, empty_at),
        }
    }

    /// Decision on an attempt after which the bucket would take `level` microseconds to empty.
    pub fn decision(self, level: i64) -> Decision {
        let free = self.capacity() - level;
        if free < 0 {
            return Decision::Denied { retry_after: Duration::from_micros(free.unsigned_abs()) };
        }
        let units = Duration::from_micros(free.unsigned_abs()).as_nanos() / self.interval.as_nanos().max(1);
        Decision::Allowed {
            remaining: units.try_into().map_or(self.burst, |units: u32| units.min(self.burst)),
            reset: Duration::from_micros(level.max(0).unsigned_abs()),
        }
    }

    /// Microseconds that `amount` units add to the bucket, rounded up to whole ones, so that all adapters decide alike.
    pub fn cost(self, amount: u32) -> i64 {
        let nanos = self.interval.as_nanos() * u128::from(amount.min(self.burst));
        nanos.div_ceil(1_000).min(LONGEST).try_into().unwrap_or(i64::MAX)
    }

    /// Time in which the whole burst is restored.
    pub fn window(self) -> Duration {
        Duration::from_micros(self.capacity().unsigned_abs())
    }

    /// Microseconds that a full bucket takes to empty.
    pub fn capacity(self) -> i64 {
        self.cost(self.burst)
    }
}

/// Seconds, rounded up.
pub fn whole_seconds(duration: &Duration) -> u64 {
    duration.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(micros: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(micros).unwrap()
    }

    fn is_allowed(decision: Decision) -> bool {
        matches!(decision, Decision::Allowed { .. })
    }

    #[test]
    fn the_burst_is_allowed_and_the_next_waits_one_interval() {
        let quota = Quota { burst: 3, interval: Duration::from_secs(10) };
        let mut state = None;
        for left in [2, 1, 0] {
            let (decision, next) = quota.take(state, 1, at(0));
            let reset = Duration::from_secs(10 * u64::from(3 - left));
            assert_eq!(decision, Decision::Allowed { remaining: left, reset });
            state = Some(next);
        }
        let (decision, unchanged) = quota.take(state, 1, at(0));
        assert_eq!(decision, Decision::Denied { retry_after: Duration::from_secs(10) });
        assert_eq!(Some(unchanged), state, "a refused attempt costs nothing");
        assert!(is_allowed(quota.take(state, 1, at(10_000_000)).0));
    }

    #[test]
    fn an_amount_takes_as_much_as_it_says() {
        let quota = Quota { burst: 100, interval: Duration::from_secs(1) };
        let (decision, state) = quota.take(None, 70, at(0));
        assert_eq!(decision, Decision::Allowed { remaining: 30, reset: Duration::from_secs(70) });
        let (decision, _) = quota.take(Some(state), 40, at(0));
        assert_eq!(decision, Decision::Denied { retry_after: Duration::from_secs(10) });
        let (decision, _) = quota.take(Some(state), 0, at(0));
        assert_eq!(decision, Decision::Allowed { remaining: 30, reset: Duration::from_secs(70) });
    }

    #[test]
    fn an_amount_above_the_burst_passes_alone() {
        let quota = Quota { burst: 100, interval: Duration::from_secs(1) };
        let (decision, full) = quota.take(None, u32::MAX, at(0));
        assert_eq!(decision, Decision::Allowed { remaining: 0, reset: Duration::from_secs(100) });
        let (decision, _) = quota.take(Some(full), 101, at(1_000_000));
        assert_eq!(decision, Decision::Denied { retry_after: Duration::from_secs(99) });
    }

    #[test]
    fn the_largest_quota_overflows_nothing() {
        let quota = Quota { burst: u32::MAX, interval: Duration::MAX };
        let (decision, state) = quota.take(None, u32::MAX, at(0));
        assert!(is_allowed(decision));
        assert!(!is_allowed(quota.take(Some(state), u32::MAX, at(0)).0));
    }

    proptest! {
        /// In any stretch of time no more than the burst and one per interval get through.
        #[test]
        fn never_more_than_burst_and_rate(
            burst in 1u32..50, nanos in 1u64..2_000_000,
            attempts in prop::collection::vec((0i64..20_000, 0u32..60), 1..200),
        ) {
            let quota = Quota { burst, interval: Duration::from_nanos(nanos) };
            let (mut now, mut state, mut allowed) = (0, None, 0u64);
            for (gap, amount) in attempts {
                now += gap;
                let (decision, next) = quota.take(state, amount, at(now));
                state = Some(next);
                if is_allowed(decision) {
                    allowed += u64::from(amount.min(burst));
                }
                // A bucket's capacity is rounded up to whole microseconds once.
                prop_assert!(allowed <= u64::from(burst) + (now as u64 + 1) * 1_000 / nanos);
            }
        }

        /// An attempt is allowed after the reported delay.
        #[test]
        fn retry_after_is_enough(
            burst in 1u32..50, nanos in 1u64..2_000_000, amounts in prop::collection::vec(0u32..60, 1..60),
        ) {
            let quota = Quota { burst, interval: Duration::from_nanos(nanos) };
            let mut state = None;
            for amount in amounts {
                match quota.take(state, amount, at(0)) {
                    (Decision::Allowed { .. }, next) => state = Some(next),
                    (Decision::Denied { retry_after }, _) => {
                        prop_assert!(is_allowed(quota.take(state, amount, at(0) + retry_after).0));
                        let early = at(0) + retry_after - TimeDelta::microseconds(1);
                        prop_assert!(!is_allowed(quota.take(state, amount, early).0));
                    }
                }
            }
        }

        /// The remaining points can be taken at once, and one more cannot; after the reset the whole burst is there again.
        #[test]
        fn what_remains_is_there(
            burst in 1u32..1_000, micros in 1u64..10_000, amounts in prop::collection::vec(1u32..300, 1..20),
        ) {
            let quota = Quota { burst, interval: Duration::from_micros(micros) };
            let mut state = None;
            for amount in amounts {
                let (Decision::Allowed { remaining, reset }, next) = quota.take(state, amount, at(0)) else { break };
                state = Some(next);
                prop_assert!(is_allowed(quota.take(state, remaining, at(0)).0));
                prop_assert!(!is_allowed(quota.take(state, remaining + 1, at(0)).0));
                prop_assert!(is_allowed(quota.take(state, burst, at(0) + reset).0));
            }
        }
    }
}
