//! A clock that tests set forward.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use bodega::{domain::kernel::ports::Clock, infra::system::SystemClock};
use chrono::{DateTime, TimeDelta, Utc};

/// How far the clock moves each time it is read: the resolution of ids, so that those made one after the other are in
/// order.
const TICK_MICROS: i64 = 1_000;

/// A clock that begins at the system's time and then stands still but for [`TestClock::advance`] and a millisecond each
/// time it is read: how long a test takes changes nothing. Clones share it.
#[derive(Clone)]
pub(crate) struct TestClock {
    begin: DateTime<Utc>,
    ahead_micros: Arc<AtomicI64>,
}

impl Default for TestClock {
    fn default() -> Self {
        Self { begin: SystemClock.now(), ahead_micros: Arc::default() }
    }
}

impl TestClock {
    /// Sets the clock forward.
    pub(crate) fn advance(&self, by: Duration) {
        self.ahead_micros.fetch_add(by.as_micros().try_into().unwrap(), Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        self.begin + TimeDelta::microseconds(self.ahead_micros.fetch_add(TICK_MICROS, Ordering::Relaxed))
    }
}
