//! The system's clock and random numbers; no other module may use them.
#![allow(clippy::disallowed_methods, reason = "the adapters of `Clock` and `Random`")]

use chrono::{DateTime, SubsecRound, Utc};
use rand::Rng;
use uuid::{Builder, Uuid};

use crate::domain::kernel::ports::{Clock, Random};

pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now().trunc_subsecs(6)
    }
}

/// The thread's cryptographically secure generator, which the operating system seeds.
pub struct SystemRandom;

impl Random for SystemRandom {
    fn secret(&self) -> [u8; 32] {
        let mut secret = [0; 32];
        rand::rng().fill_bytes(&mut secret);
        secret
    }

    fn id(&self, now: DateTime<Utc>) -> Uuid {
        let mut random = [0; 10];
        rand::rng().fill_bytes(&mut random);
        Builder::from_unix_timestamp_millis(now.timestamp_millis().unsigned_abs(), &random).into_uuid()
    }
}
