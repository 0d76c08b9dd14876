//! The end of sessions: removed from their store, and told to listeners.

use entity::AccountId;

use super::Services;
use crate::domain::{
    event::Event,
    identity::{Session, SessionSelector},
    kernel::fault::{Fault, with_causes},
};

impl Services {
    /// Ends sessions of an account at once, and tells their listeners. Answers with those that were open.
    pub(in crate::domain) async fn remove_sessions(
        &self,
        account: AccountId,
        selector: SessionSelector,
    ) -> Result<Vec<Session>, Fault> {
        let ended = self.sessions.remove_of(account, selector).await?;
        for session in &ended {
            self.publish_end(session).await;
        }
        Ok(ended)
    }

    pub(in crate::domain) async fn publish_end(&self, session: &Session) {
        let event =
            Event::SessionRevoked { account: session.account_id, session: session.id, at: self.clock.now() };
        if let Err(fault) = self.events.publish(&event).await {
            // The session has ended all the same; listeners notice when they look for themselves.
            tracing::warn!(cause = with_causes(&fault), "listeners were not told that a session has ended");
        }
    }
}

/// Removes the sessions of an account whose epoch has ended. A failure here is made up for: the sessions are dead already,
/// and listeners look for themselves from time to time.
pub(super) async fn purge(services: &Services, account: AccountId) {
    if let Err(fault) = services.remove_sessions(account, SessionSelector::All).await {
        let cause = with_causes(&fault);
        tracing::warn!(cause, "sessions that have ended were not removed from their store");
    }
}
