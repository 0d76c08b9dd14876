//! Ends of sessions, for open connections, which must not outlive their session.

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
    /// Whether it is the subscriber's own session.
    pub is_current: bool,
    /// Time at which it ended, or was found to have ended.
    pub at: DateTime<Utc>,
}

struct Watch {
    services: Arc<Services>,
    current: SessionId,
    token: TokenHash,
    events: EventStream,
    recheck: Interval,
}

/// Stream of the sessions of the viewer's account that end from now on.
///
/// The end of the viewer's own session is always reported, also when it expires or events are lost: the session is
/// checked at intervals, which counts as its use. It is the last item.
#[tracing::instrument(name = "auth::revocations", level = "debug", skip_all, err(level = "debug"))]
pub async fn revocations(ctx: &OpContext) -> Result<impl Stream<Item = Revoked> + Send + use<>, Fault> {
    let viewer = ctx.authenticated_account().await?;
    let token = ctx.session().ok_or(UNKNOWN_SESSION)?;
    let events = ctx.services().events.subscribe(Topic::Account(viewer.account.id));
    // After the subscription: earlier ends are seen here, later ones arrive as events.
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

/// Whether the session is known to have ended; false while the store does not answer.
async fn has_ended(services: &Services, session: &TokenHash) -> bool {
    match alive(services, session).await {
        Ok(alive) => !alive,
        Err(fault) => {
            tracing::debug!(cause = with_causes(&fault), "cannot check whether a session has ended");
            false
        }
    }
}
