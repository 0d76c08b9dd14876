//! Ends of sessions: removal from their store, and notification of subscribers.

use entity::AccountId;

use super::Services;
use crate::domain::{
    event::Event,
    identity::{Session, SessionSelector},
    kernel::fault::{Fault, with_causes},
};

impl Services {
    /// Ends sessions of an account at once, and notifies their subscribers. Returns those that were open.
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
            // The session has ended regardless; subscribers notice at their next check.
            tracing::warn!(cause = with_causes(&fault), "cannot notify subscribers of an ended session");
        }
    }
}

/// Removes the sessions of an ended epoch of an account. A failure here does no harm: the sessions are already invalid,
/// and subscribers check at intervals.
pub(super) async fn purge(services: &Services, account: AccountId) {
    if let Err(fault) = services.remove_sessions(account, SessionSelector::All).await {
        let cause = with_causes(&fault);
        tracing::warn!(cause, "cannot remove ended sessions from their store");
    }
}
