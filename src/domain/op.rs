//! What every operation is given: the ports, and who asks.

use std::{net::IpAddr, sync::Arc};

use entity::{
    Permission, Permissions,
    account::{self, Kind},
    api_key,
};
use tokio::sync::OnceCell;

use super::{
    Fault,
    account::{Accounts, Session, Token, TokenHash},
    database::Database,
    mail::MailSettings,
    outbox::Outbox,
    port::{AttemptCounter, Cache, Clock, EventBus, Mailer, Random, SessionStore},
    seal::SecretKey,
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
    /// Where attempts that fail are counted.
    pub attempts: Arc<dyn AttemptCounter>,
    /// Where events are told to all instances.
    pub events: Arc<dyn EventBus>,
    /// The signal that effects are waiting in the database.
    pub outbox: Outbox,
    /// Where texts are kept that may be forgotten.
    pub cache: Arc<dyn Cache>,
    /// Who carries letters.
    pub mailer: Arc<dyn Mailer>,
    /// What letters have in common.
    pub mail: MailSettings,
    /// How passwords and sessions are treated.
    pub accounts: Accounts,
    /// How much callers may ask for.
    pub traffic: Traffic,
    /// What seals the secrets that must be readable again. `None` where the operator has set none: what needs it is not
    /// to be had then.
    pub secret_key: Option<Arc<SecretKey>>,
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
    /// Whether a cookie showed it.
    pub by_cookie: bool,
    /// The program that it says it is, [`MAX_USER_AGENT`] characters at most and none of them a control character. It
    /// may say anything.
    pub user_agent: Option<String>,
}

/// As much is kept of what a sender's program calls itself.
pub const MAX_USER_AGENT: usize = 512;

/// What a request shows to be let in.
#[derive(Debug)]
pub enum Credentials {
    /// Nothing.
    None,
    /// A session's token.
    Token(Token),
    /// A program's key.
    ApiKey(Token),
    /// Something that cannot be either.
    Malformed,
}

/// Who asks, as far as it matters to rules.
#[derive(Clone, Debug)]
pub enum Viewer {
    /// Somebody who showed nothing.
    Anonymous,
    /// Somebody who is logged in.
    Account(Arc<SignedIn>),
    /// A program.
    Program(Arc<Program>),
}

/// Somebody who is logged in.
#[derive(Debug)]
pub struct SignedIn {
    /// Who.
    pub account: Arc<account::Model>,
    /// By which session.
    pub session: Session,
    /// What they may do by this session.
    pub permissions: Permissions,
}

/// A program with an API key.
#[derive(Debug)]
pub struct Program {
    /// The key.
    pub key: api_key::Model,
}

const ANONYMOUS: Fault = Fault::Unauthenticated("This needs a session. Log in first.");

/// What an API key begins with, so that programs that look for secrets in the open know it.
pub const API_KEY_PREFIX: &str = "bdg_";

impl Credentials {
    /// What a text shows.
    pub fn parse(text: &str) -> Self {
        let (token, kind): (&str, fn(Token) -> Self) = match text.strip_prefix(API_KEY_PREFIX) {
            Some(key) => (key, Self::ApiKey),
            None => (text, Self::Token),
        };
        token.parse().map_or(Self::Malformed, kind)
    }
}

impl SignedIn {
    /// Whether the shop lets them do nothing more than a customer until they show a second factor.
    pub fn needs_second_factor(&self, accounts: &Accounts) -> bool {
        accounts.staff_second_factor && self.account.kind != Kind::Customer && !self.session.is_strong
    }
}

impl Viewer {
    /// What they may do.
    pub fn permissions(&self) -> Permissions {
        match self {
            Self::Anonymous => Permissions::NONE,
            Self::Account(account) => account.permissions,
            Self::Program(program) => program.key.permissions,
        }
    }
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

    /// The wider network around [`Caller::network`], which one sender may have as a whole: the /24 of an IPv4 address, or
    /// the /48 of an IPv6 address.
    pub fn prefix(&self) -> String {
        match self.address.to_canonical() {
            IpAddr::V4(v4) => {
                let [a, b, c, _] = v4.octets();
                format!("{a}.{b}.{c}.0/24")
            }
            IpAddr::V6(v6) => {
                let [a, b, c, ..] = v6.segments();
                format!("{a:x}:{b:x}:{c:x}::/48")
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
            Credentials::None | Credentials::ApiKey(_) | Credentials::Malformed => None,
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
    /// Who is logged in; an error for anybody else.
    pub async fn signed_in(&self) -> Result<Arc<SignedIn>, Fault> {
        match self.viewer().await? {
            Viewer::Anonymous => Err(ANONYMOUS),
            Viewer::Account(viewer) => Ok(viewer),
            Viewer::Program(_) => {
                Err(Fault::Forbidden("This is for people who are logged in, not for API keys.".into()))
            }
        }
    }

    /// Who asks, if they may do this; an error otherwise.
    pub async fn require(&self, permission: Permission) -> Result<Viewer, Fault> {
        let viewer = self.viewer().await?;
        if viewer.permissions().has(permission) {
            return Ok(viewer);
        }
        Err(match &viewer {
            Viewer::Anonymous => ANONYMOUS,
            Viewer::Account(viewer) if viewer.needs_second_factor(&self.accounts) => Fault::Forbidden(
                "This shop requires a second factor of its staff. Set one up, or log in with it.".into(),
            ),
            Viewer::Account(_) | Viewer::Program(_) => {
                Fault::Forbidden(format!("This needs the permission {}.", permission.name()).into())
            }
        })
    }

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

    fn caller(address: &str) -> Caller {
        let address = address.parse().unwrap();
        Caller { address, credentials: Credentials::None, by_cookie: false, user_agent: None }
    }

    #[test]
    fn a_prefix_is_wider_than_a_network() {
        let prefix = |address: &str| caller(address).prefix();
        assert_eq!(prefix("2001:db8:1:2::1"), prefix("2001:db8:1:3::1"));
        assert_eq!(prefix("2001:db8:1:2::1"), "2001:db8:1::/48");
        assert_ne!(prefix("2001:db8:1:2::1"), prefix("2001:db8:2:2::1"));
        assert_eq!(prefix("192.0.2.1"), "192.0.2.0/24");
        assert_eq!(prefix("::ffff:192.0.2.255"), "192.0.2.0/24");
    }

    #[test]
    fn an_ipv6_sender_is_its_network() {
        let network = |address: &str| caller(address).network();
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), network("2001:db8:1:2:ffff::1"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_eq!(network("::ffff:192.0.2.1"), "192.0.2.1");
    }
}
