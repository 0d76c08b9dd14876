//! Delay of the next attempt, as a pure function of a key's record.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// Maximum duration, in microseconds: a hundred years. Sums of times then stay within the range of `chrono` and the
/// exact integers of Redis's Lua numbers.
pub const LONGEST: i64 = 100 * 366 * 24 * 3_600_000_000;

/// Delays after failures of one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackoffPolicy {
    /// Number of failures without a delay, at least one.
    pub burst: u32,
    /// Delay after the last of those failures.
    pub initial_delay: Duration,
    /// Maximum delay; each further failure doubles the delay up to it.
    pub max_delay: Duration,
    /// Time after which one failure is no longer counted. If it is shorter than `max_delay`, delays settle near it,
    /// since a failure decays during the delay.
    pub decay: Duration,
}

/// Record of a key with failures; a key without failures has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailureRecord {
    /// Number of counted failures at the last attempt, including it; at most one more than
    /// [`BackoffPolicy::max_failures`].
    pub failures: u32,
    /// Time up to which the decay has been applied.
    pub forgiven_at: DateTime<Utc>,
    /// Start of the next attempt's delay: the time of the last one.
    pub last_at: DateTime<Utc>,
}

/// Result of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Allowed; counts as a failure until it is undone.
    Allowed,
    /// Denied; allowed after this time if no other comes before it. Not counted.
    Denied { retry_after: Duration },
}

impl BackoffPolicy {
    /// Decides on an attempt at `now`. Returns the record after it, which a denied attempt does not change.
    pub fn record_failure(
        self,
        record: Option<FailureRecord>,
        now: DateTime<Utc>,
    ) -> (Decision, Option<FailureRecord>) {
        let Some(before) = record else {
            return (Decision::Allowed, Some(FailureRecord { failures: 1, forgiven_at: now, last_at: now }));
        };
        // Concurrent attempts may arrive in another order than their times: a delay of zero never denies.
        let wait = self.delay(before.failures) - micros_between(before.last_at, now).max(0);
        if wait > 0 {
            return (Decision::rejected(wait), record);
        }
        let decay = micros(self.decay);
        let forgiven = micros_between(before.forgiven_at, now).max(0) / decay;
        // The surplus of the last attempt at the limit goes first, so that undoing one never restores more than one.
        let left = i64::from(before.failures.min(self.max_failures())) - forgiven;
        let (left, forgiven_at) = match u32::try_from(left) {
            Ok(left) if left > 0 => (left, before.forgiven_at + TimeDelta::microseconds(forgiven * decay)),
            _ => (0, now),
        };
        (Decision::Allowed, Some(FailureRecord { failures: left + 1, forgiven_at, last_at: now }))
    }

    /// The record without the attempt that was counted at `at`. If it was the last one, the next need not wait for it.
    pub fn undo(self, record: FailureRecord, at: DateTime<Utc>) -> Option<FailureRecord> {
        let failures = record.failures.checked_sub(1).filter(|failures| *failures > 0)?;
        // The attempt was allowed, so the delay before it was over.
        let last_at = match record.last_at == at {
            true => at - TimeDelta::microseconds(self.delay(failures)),
            false => record.last_at,
        };
        Some(FailureRecord { failures, last_at, ..record })
    }

    /// Delay of the next attempt after this number of failures, in microseconds.
    fn delay(self, failures: u32) -> i64 {
        match failures.checked_sub(self.burst.max(1)) {
            Some(surplus) => {
                micros(self.initial_delay).saturating_mul(1 << surplus.min(62)).min(micros(self.max_delay))
            }
            None => 0,
        }
    }

    /// Number of failures from which the delay no longer grows. Further ones are not counted.
    pub fn max_failures(self) -> u32 {
        let doublings = (micros(self.max_delay) - 1).div_euclid(micros(self.initial_delay));
        self.burst.max(1).saturating_add(i64::BITS - doublings.leading_zeros()).min(u32::MAX - 1)
    }

    /// Lifetime of a record after `now`: until no failure is counted and no delay remains.
    pub fn lifetime(self, record: &FailureRecord, now: DateTime<Utc>) -> Duration {
        let forgiven = micros(self.decay).saturating_mul(record.failures.into()).min(LONGEST);
        let forgiven = forgiven - micros_between(record.forgiven_at, now);
        let open = self.delay(record.failures) - micros_between(record.last_at, now);
        Duration::from_micros(forgiven.max(open).max(0).unsigned_abs())
    }

    /// The numbers for adapters: `burst`, and `initial_delay`, `max_delay`, `decay` in microseconds, rounded up so that
    /// all adapters decide alike.
    pub fn numbers(self) -> [i64; 4] {
        [self.burst.max(1).into(), micros(self.initial_delay), micros(self.max_delay), micros(self.decay)]
    }
}

impl Decision {
    /// Denied for this number of microseconds.
    pub fn rejected(micros: i64) -> Self {
        Self::Denied { retry_after: Duration::from_micros(micros.max(0).unsigned_abs()) }
    }
}

fn micros(duration: Duration) -> i64 {
    duration.as_nanos().div_ceil(1_000).try_into().unwrap_or(LONGEST).clamp(1, LONGEST)
}

fn micros_between(from: DateTime<Utc>, to: DateTime<Utc>) -> i64 {
    (to - from).num_microseconds().unwrap_or(LONGEST)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: i64 = 1_000_000;
    const POLICY: BackoffPolicy = BackoffPolicy {
        burst: 3,
        initial_delay: Duration::from_secs(10),
        max_delay: Duration::from_secs(60),
        decay: Duration::from_secs(1000),
    };

    fn at(micros: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(micros).unwrap()
    }

    fn wait(policy: BackoffPolicy, record: Option<FailureRecord>, now: i64) -> u64 {
        match policy.record_failure(record, at(now)).0 {
            Decision::Allowed => 0,
            Decision::Denied { retry_after } => retry_after.as_micros().try_into().unwrap(),
        }
    }

    #[test]
    fn attempts_that_come_out_of_order_do_not_wait_for_each_other() {
        let (_, record) = POLICY.record_failure(None, at(2 * SECOND));
        assert_eq!(wait(POLICY, record, 2 * SECOND - 1), 0);
        let full = Some(FailureRecord { failures: 3, forgiven_at: at(0), last_at: at(2 * SECOND) });
        assert_eq!(wait(POLICY, full, 2 * SECOND - 1), 10 * SECOND as u64, "nor longer than they must");
    }

    /// Fails as often as it can from `now` on, and answers with the waits in between.
    fn fail(record: &mut Option<FailureRecord>, now: &mut i64, times: usize) -> Vec<u64> {
        let mut waits = Vec::new();
        for _ in 0..times {
            let micros = wait(POLICY, *record, *now);
            waits.push(micros / 1_000_000);
            *now += i64::try_from(micros).unwrap();
            let (decision, next) = POLICY.record_failure(*record, at(*now));
            assert_eq!(decision, Decision::Allowed);
            *record = next;
        }
        waits
    }

    #[test]
    fn the_wait_doubles_up_to_the_longest() {
        let (mut record, mut now) = (None, 0);
        assert_eq!(fail(&mut record, &mut now, 8), [0, 0, 0, 10, 20, 40, 60, 60]);
    }

    #[test]
    fn a_refused_attempt_changes_nothing() {
        let (mut record, mut now) = (None, 0);
        fail(&mut record, &mut now, 3);
        let (decision, unchanged) = POLICY.record_failure(record, at(SECOND));
        assert_eq!(decision, Decision::Denied { retry_after: Duration::from_secs(9) });
        assert_eq!(unchanged, record);
    }

    #[test]
    fn time_takes_failures_back_one_by_one_however_often_somebody_fails() {
        let (mut record, mut now) = (None, 0);
        fail(&mut record, &mut now, 5);
        assert_eq!(now, 30 * SECOND);
        now = 999 * SECOND;
        assert_eq!(fail(&mut record, &mut now, 1), [0]);
        assert_eq!(record.unwrap().failures, 6);
        now = 2_001 * SECOND;
        assert_eq!(fail(&mut record, &mut now, 2), [0, 40], "the failure in between did not begin anew");
        now = 100_000 * SECOND;
        assert_eq!(fail(&mut record, &mut now, 4), [0, 0, 0, 10], "all is forgiven");
    }

    #[test]
    fn no_more_failures_are_remembered_than_make_the_wait_longer() {
        let (mut record, mut now) = (None, 0);
        fail(&mut record, &mut now, 100);
        assert_eq!((POLICY.max_failures(), record.unwrap().failures), (6, 7));
        assert_eq!(POLICY.lifetime(&record.unwrap(), at(now)).as_secs() / 1000, 6);
    }

    #[test]
    fn the_largest_patience_overflows_nothing() {
        let (max, day) = (Duration::MAX, Duration::from_secs(86_400));
        for (initial_delay, decay) in [(max, max), (Duration::ZERO, max), (max, Duration::ZERO), (day, day)] {
            let policy = BackoffPolicy { burst: u32::MAX, initial_delay, max_delay: max, decay };
            let worst = FailureRecord { failures: u32::MAX, forgiven_at: at(0), last_at: at(0) };
            assert_eq!(policy.record_failure(None, at(0)).0, Decision::Allowed);
            assert!(policy.lifetime(&worst, at(0)).as_micros() <= LONGEST.unsigned_abs().into());
            policy.record_failure(Some(worst), at(LONGEST));
            policy.undo(worst, at(0));
        }
    }

    fn policy() -> impl Strategy<Value = BackoffPolicy> {
        let micros = |most: u64| (1..most).prop_map(Duration::from_micros);
        (1u32..6, micros(100), micros(3_000), micros(3_000)).prop_map(
            |(burst, initial_delay, max_delay, decay)| BackoffPolicy {
                burst,
                initial_delay,
                max_delay,
                decay,
            },
        )
    }

    /// A record after attempts with these gaps, and the time of the last one.
    fn after(policy: BackoffPolicy, gaps: &[i64]) -> (Option<FailureRecord>, i64) {
        let (mut record, mut now) = (None, 0);
        for gap in gaps {
            now += gap;
            record = policy.record_failure(record, at(now)).1;
        }
        (record, now)
    }

    proptest! {
        /// An attempt is allowed after the reported delay, and not earlier; no delay is above the maximum.
        #[test]
        fn retry_after_is_enough_and_needed(
            policy in policy(), gaps in prop::collection::vec(0i64..4_000, 1..60),
        ) {
            let (record, now) = after(policy, &gaps);
            let micros = wait(policy, record, now);
            prop_assert!(micros <= policy.max_delay.as_micros() as u64);
            prop_assert_eq!(wait(policy, record, now + micros as i64), 0);
            if micros > 0 {
                prop_assert_eq!(wait(policy, record, now + micros as i64 - 1), 1);
            }
        }

        /// An attempt that is given back leaves no trace: neither for good nor, of failures before it, for less.
        #[test]
        fn what_is_given_back_was_never_taken(
            policy in policy(), gaps in prop::collection::vec(0i64..4_000, 0..60), later in 0i64..10_000,
        ) {
            let (before, now) = after(policy, &gaps);
            let now = now + wait(policy, before, now) as i64;
            let taken = policy.record_failure(before, at(now)).1.unwrap();
            let back = policy.undo(taken, at(now));
            let (decision, expected) = policy.record_failure(before, at(now + later));
            prop_assert_eq!(decision, Decision::Allowed);
            let (decision, found) = policy.record_failure(back, at(now + later));
            prop_assert_eq!(decision, Decision::Allowed);
            prop_assert_eq!(found.map(|record| record.failures), expected.map(|record| record.failures));
        }

        /// A record may be forgotten after its lifetime.
        #[test]
        fn nothing_matters_after_the_lifetime(
            policy in policy(), gaps in prop::collection::vec(0i64..4_000, 1..60),
        ) {
            let (record, now) = after(policy, &gaps);
            let end = at(now) + policy.lifetime(&record.unwrap(), at(now));
            prop_assert_eq!(policy.record_failure(record, end), policy.record_failure(None, end));
        }
    }
}
