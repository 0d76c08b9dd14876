//! What an open connection listens for, so that it does not outlive its session.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::SessionId;
use futures_util::{Stream, StreamExt, stream};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use super::session::{alive, is_alive};
use crate::domain::{
    context::{OpContext, Services},
    event::{Delivery, Event, EventStream, Topic},
    identity::{TokenHash, UNKNOWN_SESSION},
    kernel::fault::{Fault, with_causes},
};

/// A session of the viewer's account has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revoked {
    pub session: SessionId,
    /// Whether it is the one that the listener itself shows.
    pub is_current: bool,
    /// When it ended, or was found to have ended.
    pub at: DateTime<Utc>,
}

struct Watch {
    services: Arc<Services>,
    current: SessionId,
    token: TokenHash,
    events: EventStream,
    recheck: Interval,
}

/// The sessions of the viewer's account that end from now on, for whoever is logged in.
///
/// The viewer's own session is never missed, also when it ends by itself or events are lost: it is looked for from time
/// to time, which counts as its use. It is the last that the stream tells.
#[tracing::instrument(name = "auth::revocations", level = "debug", skip_all, err(level = "debug"))]
pub async fn revocations(ctx: &OpContext) -> Result<impl Stream<Item = Revoked> + Send + use<>, Fault> {
    let viewer = ctx.authenticated_account().await?;
    let token = ctx.session().ok_or(UNKNOWN_SESSION)?;
    let events = ctx.services().events.subscribe(Topic::Account(viewer.account.id));
    // Only now: what ended before is seen here, what ends later comes as an event.
    if !is_alive(ctx).await? {
        return Err(UNKNOWN_SESSION);
    }
    let every = ctx.services().session.recheck;
    let mut recheck = interval_at(Instant::now() + every, every);
    recheck.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let watch =
        Watch { services: ctx.services().clone(), current: viewer.session.id, token, events, recheck };
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
                    return Some(Revoked { session, is_current: session == self.current, at });
                }
                Delivery::Missed if has_ended(&self.services, &self.token).await => {
                    let at = self.services.clock.now();
                    return Some(Revoked { session: self.current, is_current: true, at });
                }
                Delivery::Missed => {}
            }
        }
    }
}

/// Whether the session is known to have ended. While the store does not answer it is not.
async fn has_ended(services: &Services, session: &TokenHash) -> bool {
    match alive(services, session).await {
        Ok(alive) => !alive,
        Err(fault) => {
            tracing::debug!(cause = with_causes(&fault), "cannot look whether a session is alive");
            false
        }
    }
}
