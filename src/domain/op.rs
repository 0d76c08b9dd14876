//! What every operation is given: the ports, and who asks.

use std::{net::IpAddr, sync::Arc};

use entity::account;
use tokio::sync::OnceCell;

use super::{
    Fault,
    account::{Accounts, Token, TokenHash},
    database::Database,
    outbox::Outbox,
    port::{Cache, Clock, EventBus, Random, RateLimiter, SessionStore},
    traffic::Traffic,
};

/// The parts of the running program that operations work with, one set for all requests.
#[derive(Clone)]
pub struct Ports {
    /// The database.
    pub db: Database,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness for ids and secrets.
    pub random: Arc<dyn Random>,
    /// Where sessions are kept.
    pub sessions: Arc<dyn SessionStore>,
    /// Where attempts are counted.
    pub limiter: Arc<dyn RateLimiter>,
    /// Where events are told to all instances.
    pub events: Arc<dyn EventBus>,
    /// The signal that effects are waiting in the database.
    pub outbox: Outbox,
    /// Where texts are kept that may be forgotten.
    pub cache: Arc<dyn Cache>,
    /// How passwords and sessions are treated.
    pub accounts: Accounts,
    /// How much callers may ask for.
    pub traffic: Traffic,
}

/// One request's view of the program: its ports and its caller.
pub struct Op {
    ports: Arc<Ports>,
    caller: Arc<Caller>,
    viewer: OnceCell<Result<Viewer, Fault>>,
}

/// What a request says of its sender.
#[derive(Debug)]
pub struct Caller {
    /// The address that it came from.
    pub address: IpAddr,
    /// What it shows to be let in.
    pub credentials: Credentials,
}

/// What a request shows to be let in.
#[derive(Debug)]
pub enum Credentials {
    /// Nothing.
    None,
    /// A session's token.
    Token(Token),
    /// Something that cannot be a token.
    Malformed,
}

/// Who asks, as far as it matters to rules.
#[derive(Clone, Debug)]
pub enum Viewer {
    /// Somebody who showed nothing.
    Anonymous,
    /// Somebody who is logged in, with this account.
    Account(Arc<account::Model>),
}

impl Caller {
    /// Addresses that one sender has at hand count as one: an IPv4 address, or the /64 network of an IPv6 address.
    pub fn network(&self) -> String {
        match self.address.to_canonical() {
            IpAddr::V4(v4) => v4.to_string(),
            IpAddr::V6(v6) => {
                let [a, b, c, d, ..] = v6.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        }
    }
}

impl Op {
    /// An operation for `caller`.
    pub fn new(ports: Arc<Ports>, caller: impl Into<Arc<Caller>>) -> Self {
        Self { ports, caller: caller.into(), viewer: OnceCell::new() }
    }

    /// The request's sender, before any check.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// What the store knows the shown session by, before any check; `None` if no token is shown.
    pub fn session(&self) -> Option<TokenHash> {
        match &self.caller.credentials {
            Credentials::Token(token) => Some(token.hash()),
            Credentials::None | Credentials::Malformed => None,
        }
    }

    /// The ports, for what goes on after the operation's function has returned.
    pub(super) fn ports(&self) -> Arc<Ports> {
        self.ports.clone()
    }

    /// Who asks. The credentials are checked at the first call, so that a request which needs no session does not
    /// depend on the session store; credentials that are no good are an error here and not somebody anonymous.
    pub async fn viewer(&self) -> Result<Viewer, Fault> {
        self.viewer.get_or_init(|| super::account::identify(self)).await.clone()
    }
}

impl Op {
    /// Who asks, if that has been found out already.
    pub fn known_viewer(&self) -> Option<&Viewer> {
        self.viewer.get()?.as_ref().ok()
    }
}

impl std::ops::Deref for Op {
    type Target = Ports;

    fn deref(&self) -> &Ports {
        &self.ports
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_sender_is_its_network() {
        let network =
            |text: &str| Caller { address: text.parse().unwrap(), credentials: Credentials::None }.network();
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), network("2001:db8:1:2:ffff::1"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_eq!(network("::ffff:192.0.2.1"), "192.0.2.1");
    }
}
