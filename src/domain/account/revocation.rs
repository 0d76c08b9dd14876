//! What an open connection listens for, so that it does not outlive its session.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use futures_util::{Stream, StreamExt, stream};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use super::{
    TokenHash, me,
    session::{UNKNOWN, alive, is_alive},
};
use crate::domain::{
    Fault, Op, Ports,
    event::{Event, Topic},
    fault::with_causes,
    port::{Delivery, EventStream},
};

/// How often [`revocations`] looks for itself: a revocation that nobody told of is noticed this late.
pub const RECHECK: Duration = Duration::from_secs(15);

/// Somebody without a session asks for what only an account has.
pub const ANONYMOUS: Fault = Fault::Unauthenticated("This needs a session. Log in first.");

/// A session of the viewer's account has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revoked {
    /// Whether it is the one that the listener itself shows.
    pub is_current: bool,
    /// When it ended, or was found to have ended.
    pub at: DateTime<Utc>,
}

struct Watch {
    ports: Arc<Ports>,
    current: TokenHash,
    events: EventStream,
    recheck: Interval,
}

/// The sessions of the viewer's account that end from now on, for whoever is logged in.
///
/// The viewer's own session is never missed, also when it ends by itself or events are lost: it is looked for from time
/// to time, which counts as its use. It is the last that the stream tells.
#[tracing::instrument(name = "account::revocations", level = "debug", skip_all, err(level = "debug"))]
pub async fn revocations(op: &Op) -> Result<impl Stream<Item = Revoked> + Send + use<>, Fault> {
    let account = me(op).await?.ok_or(ANONYMOUS)?;
    let current = op.session().ok_or(ANONYMOUS)?;
    let events = op.events.subscribe(Topic::Account(account.id));
    // Only now: what ended before is seen here, what ends later comes as an event.
    if !is_alive(op).await? {
        return Err(UNKNOWN);
    }
    let every = op.accounts.recheck;
    let mut recheck = interval_at(Instant::now() + every, every);
    recheck.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let watch = Watch { ports: op.ports(), current, events, recheck };
    Ok(stream::unfold(Some(watch), |watch| async {
        let mut watch = watch?;
        let revoked = watch.next().await?;
        Some((revoked, (!revoked.is_current).then_some(watch)))
    }))
}

impl Watch {
    async fn next(&mut self) -> Option<Revoked> {
        loop {
            let delivery = tokio::select! {
                delivery = self.events.next() => delivery?,
                _ = self.recheck.tick() => Delivery::Missed,
            };
            match delivery {
                Delivery::Event(Event::SessionRevoked { session, at, .. }) => {
                    return Some(Revoked { is_current: session == self.current, at });
                }
                Delivery::Missed if has_ended(&self.ports, &self.current).await => {
                    return Some(Revoked { is_current: true, at: self.ports.clock.now() });
                }
                Delivery::Missed => {}
            }
        }
    }
}

/// Whether the session is known to have ended. While the store does not answer it is not.
async fn has_ended(ports: &Ports, session: &TokenHash) -> bool {
    match alive(ports, session).await {
        Ok(alive) => !alive,
        Err(fault) => {
            tracing::debug!(cause = with_causes(&fault), "cannot look whether a session is alive");
            false
        }
    }
}
