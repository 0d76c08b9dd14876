//! How often something may be tried: the generic cell rate algorithm (GCRA, ITU-T I.371), a leaky bucket that needs one
//! point in time per key.
//!
//! That point is the "theoretical arrival time": when the bucket will be empty again. An attempt adds one interval; it
//! is refused while the bucket holds more than the burst.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// `burst` attempts at once, then one for every `interval`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// How many may follow each other without a pause.
    pub burst: u32,
    /// How long it takes until one more is allowed.
    pub interval: Duration,
}

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may go on.
    Allowed,
    /// Too many; the next is allowed after this time.
    Refused { retry_after: Duration },
}

impl Quota {
    /// Decides on an attempt at `now` when the bucket is empty at `empty_at`; an allowed one moves that point.
    pub fn take(self, empty_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> (Verdict, DateTime<Utc>) {
        let empty_at = empty_at.map_or(now, |at| at.max(now));
        let next = empty_at + self.interval;
        match (next - now - self.capacity()).to_std() {
            Ok(retry_after) if !retry_after.is_zero() => (Verdict::Refused { retry_after }, empty_at),
            _ => (Verdict::Allowed, next),
        }
    }

    /// How long a full bucket takes to empty.
    pub fn time_to_empty(self) -> Duration {
        self.interval.saturating_mul(self.burst)
    }

    fn capacity(self) -> chrono::TimeDelta {
        chrono::TimeDelta::from_std(self.time_to_empty()).unwrap_or(chrono::TimeDelta::MAX)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(millis: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(millis).unwrap()
    }

    #[test]
    fn the_burst_is_allowed_and_the_next_waits_one_interval() {
        let quota = Quota { burst: 3, interval: Duration::from_secs(10) };
        let mut state = None;
        for _ in 0..3 {
            let (verdict, next) = quota.take(state, at(0));
            assert_eq!(verdict, Verdict::Allowed);
            state = Some(next);
        }
        let (verdict, unchanged) = quota.take(state, at(0));
        assert_eq!(verdict, Verdict::Refused { retry_after: Duration::from_secs(10) });
        assert_eq!(Some(unchanged), state, "a refused attempt costs nothing");
        assert_eq!(quota.take(state, at(10_000)).0, Verdict::Allowed);
    }

    proptest! {
        /// In any stretch of time no more than the burst and one per interval get through.
        #[test]
        fn never_more_than_burst_and_rate(
            burst in 1u32..20, interval in 1u64..1_000, gaps in prop::collection::vec(0i64..2_000, 1..200),
        ) {
            let quota = Quota { burst, interval: Duration::from_millis(interval) };
            let (mut now, mut state, mut allowed) = (0, None, 0i64);
            for gap in gaps {
                now += gap;
                let (verdict, next) = quota.take(state, at(now));
                state = Some(next);
                allowed += i64::from(verdict == Verdict::Allowed);
                prop_assert!(allowed <= i64::from(burst) + now / interval as i64);
            }
        }

        /// Who waits as long as told gets through.
        #[test]
        fn retry_after_is_enough(burst in 1u32..20, interval in 1u64..1_000, tries in 1usize..60) {
            let quota = Quota { burst, interval: Duration::from_millis(interval) };
            let mut state = None;
            for _ in 0..tries {
                match quota.take(state, at(0)) {
                    (Verdict::Allowed, next) => state = Some(next),
                    (Verdict::Refused { retry_after }, _) => {
                        let later = at(0) + retry_after;
                        prop_assert_eq!(quota.take(state, later).0, Verdict::Allowed);
                    }
                }
            }
        }
    }
}
