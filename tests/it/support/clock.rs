//! A clock that tests can set forward.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use bodega::{domain::port::Clock, infra::system::SystemClock};
use chrono::{DateTime, TimeDelta, Utc};

/// The system's time and as much as [`TestClock::advance`] was told.
#[derive(Clone, Default)]
pub(crate) struct TestClock {
    ahead_micros: Arc<AtomicI64>,
}

impl TestClock {
    /// Sets the clock forward.
    pub(crate) fn advance(&self, by: Duration) {
        self.ahead_micros.fetch_add(by.as_micros().try_into().unwrap(), Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now() + TimeDelta::microseconds(self.ahead_micros.load(Ordering::Relaxed))
    }
}
