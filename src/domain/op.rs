//! What every operation is given: the ports, and who asks.

use std::{net::IpAddr, sync::Arc};

use entity::account;
use tokio::sync::OnceCell;

use super::{
    Fault,
    account::{Accounts, Token, TokenHash},
    database::Database,
    port::{Clock, EventBus, Random, RateLimiter, SessionStore},
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
    /// How passwords and sessions are treated.
    pub accounts: Accounts,
}

/// One request's view of the program: its ports and its caller.
pub struct Op {
    ports: Arc<Ports>,
    caller: Caller,
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

impl Op {
    /// An operation for `caller`.
    pub fn new(ports: Arc<Ports>, caller: Caller) -> Self {
        Self { ports, caller, viewer: OnceCell::new() }
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

impl std::ops::Deref for Op {
    type Target = Ports;

    fn deref(&self) -> &Ports {
        &self.ports
    }
}
