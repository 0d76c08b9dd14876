//! How long the next attempt waits: a pure function of what is known of a key.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// No duration counts as longer, in microseconds: a hundred years. It keeps sums of times within what `chrono` and the
/// doubles of Redis's Lua hold exactly.
pub const LONGEST: i64 = 100 * 366 * 24 * 3_600_000_000;

/// How failures of one key are put up with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How many attempts may fail without a wait, one at least.
    pub free: u32,
    /// How long the next one waits after the last.
    pub first: Duration,
    /// The wait doubles with each further failure, up to this.
    pub longest: Duration,
    /// How long it takes until one failure is forgiven. Where it is shorter than `longest`, delays settle near it, since
    /// a failure is forgiven while the next attempt waits.
    pub forgive: Duration,
}

/// What is known of a key that has failed; a key without failures has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// How many failures count, as of the last attempt and with it; one more than [`Patience::most`] at most.
    pub failures: u32,
    /// Up to when forgiveness has been reckoned.
    pub forgiven_at: DateTime<Utc>,
    /// From when the next attempt's wait runs: when the last one was.
    pub last_at: DateTime<Utc>,
}

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may go on, and counts as a failure until it is given back.
    Allowed,
    /// Too soon; it is allowed after this time if no other comes before it. It was not counted.
    Refused { retry_after: Duration },
}

impl Patience {
    /// Decides on an attempt at `now`. Answers with the record after it, which a refused attempt does not change.
    pub fn take(self, record: Option<Record>, now: DateTime<Utc>) -> (Verdict, Option<Record>) {
        let Some(before) = record else {
            return (Verdict::Allowed, Some(Record { failures: 1, forgiven_at: now, last_at: now }));
        };
        // Attempts at the same moment may come in another order than their times: none waits for a wait of zero.
        let wait = self.delay(before.failures) - micros_between(before.last_at, now).max(0);
        if wait > 0 {
            return (Verdict::refused(wait), record);
        }
        let forgive = micros(self.forgive);
        let forgiven = micros_between(before.forgiven_at, now).max(0) / forgive;
        // The surplus of the last attempt at the limit goes first, so that giving one back never gives more.
        let left = i64::from(before.failures.min(self.most())) - forgiven;
        let (left, forgiven_at) = match u32::try_from(left) {
            Ok(left) if left > 0 => (left, before.forgiven_at + TimeDelta::microseconds(forgiven * forgive)),
            _ => (0, now),
        };
        (Verdict::Allowed, Some(Record { failures: left + 1, forgiven_at, last_at: now }))
    }

    /// The record without the attempt that was taken at `at`, which was no failure. If it was the last one, the next need
    /// not wait for it.
    pub fn give_back(self, record: Record, at: DateTime<Utc>) -> Option<Record> {
        let failures = record.failures.checked_sub(1).filter(|failures| *failures > 0)?;
        // It was allowed, so the wait before it was over.
        let last_at = match record.last_at == at {
            true => at - TimeDelta::microseconds(self.delay(failures)),
            false => record.last_at,
        };
        Some(Record { failures, last_at, ..record })
    }

    /// How many microseconds the next attempt waits after the last when so many have failed.
    fn delay(self, failures: u32) -> i64 {
        match failures.checked_sub(self.free.max(1)) {
            Some(surplus) => {
                micros(self.first).saturating_mul(1 << surplus.min(62)).min(micros(self.longest))
            }
            None => 0,
        }
    }

    /// From how many failures on the wait grows no more. More are not remembered.
    pub fn most(self) -> u32 {
        let doublings = (micros(self.longest) - 1).div_euclid(micros(self.first));
        self.free.max(1).saturating_add(i64::BITS - doublings.leading_zeros()).min(u32::MAX - 1)
    }

    /// How long a record matters after `now`: until all is forgiven and nobody has to wait.
    pub fn lifetime(self, record: &Record, now: DateTime<Utc>) -> Duration {
        let forgiven = micros(self.forgive).saturating_mul(record.failures.into()).min(LONGEST);
        let forgiven = forgiven - micros_between(record.forgiven_at, now);
        let open = self.delay(record.failures) - micros_between(record.last_at, now);
        Duration::from_micros(forgiven.max(open).max(0).unsigned_abs())
    }

    /// The numbers that adapters reckon with: `free`, and `first`, `longest`, `forgive` in microseconds, rounded up so
    /// that every adapter decides alike.
    pub fn numbers(self) -> [i64; 4] {
        [self.free.max(1).into(), micros(self.first), micros(self.longest), micros(self.forgive)]
    }
}

impl Verdict {
    /// Refused for so many microseconds.
    pub fn refused(micros: i64) -> Self {
        Self::Refused { retry_after: Duration::from_micros(micros.max(0).unsigned_abs()) }
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
    const PATIENCE: Patience = Patience {
        free: 3,
        first: Duration::from_secs(10),
        longest: Duration::from_secs(60),
        forgive: Duration::from_secs(1000),
    };

    fn at(micros: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(micros).unwrap()
    }

    fn wait(patience: Patience, record: Option<Record>, now: i64) -> u64 {
        match patience.take(record, at(now)).0 {
            Verdict::Allowed => 0,
            Verdict::Refused { retry_after } => retry_after.as_micros().try_into().unwrap(),
        }
    }

    #[test]
    fn attempts_that_come_out_of_order_do_not_wait_for_each_other() {
        let (_, record) = PATIENCE.take(None, at(2 * SECOND));
        assert_eq!(wait(PATIENCE, record, 2 * SECOND - 1), 0);
        let full = Some(Record { failures: 3, forgiven_at: at(0), last_at: at(2 * SECOND) });
        assert_eq!(wait(PATIENCE, full, 2 * SECOND - 1), 10 * SECOND as u64, "nor longer than they must");
    }

    /// Fails as often as it can from `now` on, and answers with the waits in between.
    fn fail(record: &mut Option<Record>, now: &mut i64, times: usize) -> Vec<u64> {
        let mut waits = Vec::new();
        for _ in 0..times {
            let micros = wait(PATIENCE, *record, *now);
            waits.push(micros / 1_000_000);
            *now += i64::try_from(micros).unwrap();
            let (verdict, next) = PATIENCE.take(*record, at(*now));
            assert_eq!(verdict, Verdict::Allowed);
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
        let (verdict, unchanged) = PATIENCE.take(record, at(SECOND));
        assert_eq!(verdict, Verdict::Refused { retry_after: Duration::from_secs(9) });
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
        assert_eq!((PATIENCE.most(), record.unwrap().failures), (6, 7));
        assert_eq!(PATIENCE.lifetime(&record.unwrap(), at(now)).as_secs() / 1000, 6);
    }

    #[test]
    fn the_largest_patience_overflows_nothing() {
        let (max, day) = (Duration::MAX, Duration::from_secs(86_400));
        for (first, forgive) in [(max, max), (Duration::ZERO, max), (max, Duration::ZERO), (day, day)] {
            let patience = Patience { free: u32::MAX, first, longest: max, forgive };
            let worst = Record { failures: u32::MAX, forgiven_at: at(0), last_at: at(0) };
            assert_eq!(patience.take(None, at(0)).0, Verdict::Allowed);
            assert!(patience.lifetime(&worst, at(0)).as_micros() <= LONGEST.unsigned_abs().into());
            patience.take(Some(worst), at(LONGEST));
            patience.give_back(worst, at(0));
        }
    }

    fn patience() -> impl Strategy<Value = Patience> {
        let micros = |most: u64| (1..most).prop_map(Duration::from_micros);
        (1u32..6, micros(100), micros(3_000), micros(3_000))
            .prop_map(|(free, first, longest, forgive)| Patience { free, first, longest, forgive })
    }

    /// A record after attempts with these gaps, and the time of the last one.
    fn after(patience: Patience, gaps: &[i64]) -> (Option<Record>, i64) {
        let (mut record, mut now) = (None, 0);
        for gap in gaps {
            now += gap;
            record = patience.take(record, at(now)).1;
        }
        (record, now)
    }

    proptest! {
        /// Who waits as long as told gets through, and nobody earlier; nobody waits longer than the longest.
        #[test]
        fn retry_after_is_enough_and_needed(
            patience in patience(), gaps in prop::collection::vec(0i64..4_000, 1..60),
        ) {
            let (record, now) = after(patience, &gaps);
            let micros = wait(patience, record, now);
            prop_assert!(micros <= patience.longest.as_micros() as u64);
            prop_assert_eq!(wait(patience, record, now + micros as i64), 0);
            if micros > 0 {
                prop_assert_eq!(wait(patience, record, now + micros as i64 - 1), 1);
            }
        }

        /// An attempt that is given back leaves no trace: neither for good nor, of failures before it, for less.
        #[test]
        fn what_is_given_back_was_never_taken(
            patience in patience(), gaps in prop::collection::vec(0i64..4_000, 0..60), later in 0i64..10_000,
        ) {
            let (before, now) = after(patience, &gaps);
            let now = now + wait(patience, before, now) as i64;
            let taken = patience.take(before, at(now)).1.unwrap();
            let back = patience.give_back(taken, at(now));
            let (verdict, expected) = patience.take(before, at(now + later));
            prop_assert_eq!(verdict, Verdict::Allowed);
            let (verdict, found) = patience.take(back, at(now + later));
            prop_assert_eq!(verdict, Verdict::Allowed);
            prop_assert_eq!(found.map(|record| record.failures), expected.map(|record| record.failures));
        }

        /// A record may be forgotten after its lifetime.
        #[test]
        fn nothing_matters_after_the_lifetime(
            patience in patience(), gaps in prop::collection::vec(0i64..4_000, 1..60),
        ) {
            let (record, now) = after(patience, &gaps);
            let end = at(now) + patience.lifetime(&record.unwrap(), at(now));
            prop_assert_eq!(patience.take(record, end), patience.take(None, end));
        }
    }
}
