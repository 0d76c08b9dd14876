//! Context of an operation: services, caller, and transactions.
//!
//! Client operations take an [`OpContext`], commands of the operator only the [`Services`]. Both write through [`Txn`],
//! which runs the follow-up work after a commit.

mod hooks;
mod session;
mod txn;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use entity::{AccountId, Permission};
use scoped_futures::ScopedBoxFuture;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::OnceCell;

pub use self::{
    hooks::{AccountHooks, Export},
    txn::Txn,
};
use crate::domain::{
    audit::{self, Actor},
    credential::Passwords,
    database::{Connection, Database},
    event::EventBus,
    identity::{
        AuthenticatedAccount, Caller, Credentials, NO_CREDENTIALS, Session, SessionConfig, SessionStore,
        Token, TokenHash, Viewer,
    },
    job::JobSignal,
    kernel::{
        crypto::SecretKey,
        fault::{AsFault, Fault, Throttled},
        ports::{Cache, Clock, Random},
    },
    mail::{MailSettings, Mailer},
    rate_limit::{Permit, RateLimited, RateLimits},
    throttle::{Attempt, AttemptCounter, Keys, ThrottlePolicies},
};

/// Services that operations use, shared by all requests.
#[derive(Clone)]
pub struct Services {
    pub db: Database,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub authenticator: Arc<dyn Authenticator>,
    /// Hooks of each noun for login, export and deletion of an account.
    pub account_hooks: Arc<[Arc<dyn AccountHooks>]>,
    pub sessions: Arc<dyn SessionStore>,
    pub session: SessionConfig,
    pub passwords: Passwords,
    pub attempts: Arc<dyn AttemptCounter>,
    pub throttle: ThrottlePolicies,
    /// Time after which a cart that is not changed may be deleted.
    pub cart_lifetime: Duration,
    pub rate_limits: RateLimits,
    pub events: Arc<dyn EventBus>,
    pub jobs: JobSignal,
    pub cache: Arc<dyn Cache>,
    pub mailer: Arc<dyn Mailer>,
    pub mail: MailSettings,
    /// Key that encrypts secrets in the database. `None` if the operator has not configured it; operations that need it
    /// then fail with [`Fault::NotSetUp`].
    pub secret_key: Option<Arc<SecretKey>>,
}

/// Authenticates callers; implemented by `auth`.
#[async_trait]
pub trait Authenticator: Send + Sync + 'static {
    /// Returns the viewer of the caller's credentials. Invalid credentials are an error, except a cookie without a
    /// session, which is ignored.
    async fn authenticate(&self, services: &Services, caller: &Caller) -> Result<Viewer, Fault>;
}

/// Context of one request: its services and its caller.
pub struct OpContext {
    services: Arc<Services>,
    caller: Arc<Caller>,
    viewer: OnceCell<Result<Viewer, Fault>>,
    opened: Mutex<Option<Session>>,
}

impl Services {
    /// Runs `work` in one transaction on behalf of the operator. See [`OpContext::write`].
    pub async fn write<'a, T, E>(
        &'a self,
        work: impl for<'t> Fn(&'t Txn<'a>) -> ScopedBoxFuture<'a, 't, Result<T, E>>,
    ) -> Result<T, E>
    where
        E: From<Fault> + AsFault,
    {
        txn::write(self, Actor::OPERATOR, work).await
    }
}

impl OpContext {
    pub fn new(services: Arc<Services>, caller: impl Into<Arc<Caller>>) -> Self {
        Self { services, caller: caller.into(), viewer: OnceCell::new(), opened: Mutex::default() }
    }

    pub fn services(&self) -> &Arc<Services> {
        &self.services
    }

    /// Connection for single statements, each in its own transaction.
    pub fn db(&self) -> &Connection {
        self.services.db.connection()
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.services.clock.now()
    }

    pub fn random(&self) -> &dyn Random {
        &*self.services.random
    }

    /// The sender of the request, not authenticated.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Hash of the session token in the request, not authenticated; `None` without a token.
    pub fn session(&self) -> Option<TokenHash> {
        match &self.caller.credentials {
            Credentials::Token(token) => Some(token.hash()),
            Credentials::None | Credentials::ApiKey(_) | Credentials::Malformed => None,
        }
    }

    /// Hash of a guest's cart token: of the one in the input, else of that in the cookie. `None` without a token and for a
    /// malformed one.
    pub fn cart_token(&self, token: Option<&SecretString>) -> Option<TokenHash> {
        match token {
            Some(token) => token.expose_secret().parse().ok().map(|token: Token| token.hash()),
            None => self.caller.cart_token.clone(),
        }
    }

    /// The authenticated viewer. Credentials are checked at the first call, so that a request which needs no viewer
    /// does not depend on the session store. Invalid credentials are an error, except a cookie without a session, which
    /// is ignored.
    pub async fn viewer(&self) -> Result<Viewer, Fault> {
        let authenticate = || self.services.authenticator.authenticate(&self.services, &self.caller);
        self.viewer.get_or_init(authenticate).await.clone()
    }

    /// Whether the request has a cookie that was found to be invalid, as far as the viewer has been authenticated.
    pub fn has_dead_cookie(&self) -> bool {
        self.caller.by_cookie && matches!(self.cached_viewer(), Some(Viewer::Anonymous))
    }

    /// The viewer, if it has been authenticated already.
    pub fn cached_viewer(&self) -> Option<&Viewer> {
        self.viewer.get()?.as_ref().ok()
    }

    /// The session with which the owner of `account` makes this request: the one that this operation has opened, or the
    /// viewer's. `None` for other callers, and if this operation has not authenticated its viewer.
    pub fn own_session(&self, account: AccountId) -> Option<Session> {
        let opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let viewer = || match self.cached_viewer() {
            Some(Viewer::Account(viewer)) if viewer.account.id == account => Some(viewer.session.clone()),
            _ => None,
        };
        opened.clone().filter(|session| session.account_id == account).or_else(viewer)
    }

    /// Whether the owner of `account` makes this request, see [`own_session`](Self::own_session).
    pub fn is_own(&self, account: AccountId) -> bool {
        self.own_session(account).is_some()
    }

    /// Stores the session that this operation has opened, for [`own_session`](Self::own_session).
    pub(in crate::domain) fn adopt_session(&self, session: &Session) {
        *self.opened.lock().unwrap_or_else(PoisonError::into_inner) = Some(session.clone());
    }

    /// The account of the session; an error for anonymous callers and API keys.
    pub async fn authenticated_account(&self) -> Result<Arc<AuthenticatedAccount>, Fault> {
        match self.viewer().await? {
            Viewer::Anonymous => Err(NO_CREDENTIALS),
            Viewer::Account(viewer) => Ok(viewer),
            Viewer::ApiClient(_) => {
                Err(Fault::Forbidden("This operation requires a session; API keys cannot use it.".into()))
            }
        }
    }

    /// The viewer, if it has the permission; an error otherwise.
    pub async fn require(&self, permission: Permission) -> Result<Viewer, Fault> {
        let viewer = self.viewer().await?;
        if viewer.permissions().has(permission) {
            return Ok(viewer);
        }
        Err(match &viewer {
            Viewer::Anonymous => NO_CREDENTIALS,
            Viewer::Account(viewer) if viewer.needs_second_factor(&self.services.session) => {
                Fault::Forbidden(
                    "This shop requires a second factor for staff. Set one up, or log in with it.".into(),
                )
            }
            Viewer::Account(_) | Viewer::ApiClient(_) => {
                Fault::Forbidden(format!("The permission `{}` is required.", permission.name()).into())
            }
        })
    }

    /// The account of the session, if it has the permission; an error for API keys. For operations that grant
    /// permissions, whose effect would outlive an API key.
    pub async fn require_person(&self, permission: Permission) -> Result<Viewer, Fault> {
        let viewer = self.require(permission).await?;
        self.authenticated_account().await?;
        Ok(viewer)
    }

    /// Runs `work` in a transaction and commits it. Retries from the start after a conflict with another transaction,
    /// so `work` must have no side effects other than on its [`Txn`].
    ///
    /// `work` is a closure like `|txn| async move { … }.scope_boxed()`
    /// ([`ScopedFutureExt`](scoped_futures::ScopedFutureExt)), which may borrow from its environment.
    pub async fn write<'a, T, E>(
        &'a self,
        work: impl for<'t> Fn(&'t Txn<'a>) -> ScopedBoxFuture<'a, 't, Result<T, E>>,
    ) -> Result<T, E>
    where
        E: From<Fault> + AsFault,
    {
        txn::write(&self.services, self.actor(), work).await
    }

    /// Writes an audit entry outside of a transaction, for rejected actions and actions without one.
    pub async fn audit(&self, entry: audit::AuditEntry) -> Result<(), Fault> {
        let (now, random) = (self.now(), self.random());
        audit::record(self.db(), now, random, &self.actor(), entry).await
    }

    /// The caller, unless its network is exempt from rate limits (`--rate-exempt`).
    pub fn counted_caller(&self) -> Option<&Caller> {
        let is_exempt = self.services.rate_limits.is_exempt(self.caller.ip_address);
        (!is_exempt).then_some(&*self.caller)
    }

    /// Counts an attempt for all keys, or for none if one of them is throttled.
    pub async fn throttle(&self, keys: Keys) -> Result<Attempt, Throttled> {
        Attempt::begin(&self.services.attempts, keys, self.now()).await
    }

    /// Counts an attempt regardless of its outcome.
    pub async fn throttle_always(&self, keys: Keys) -> Result<(), Throttled> {
        self.throttle(keys).await.map(Attempt::commit)
    }

    /// Charges a request of `cost` points (at least one), or rejects it.
    ///
    /// A session that cannot be looked up counts as anonymous; the operation reports the error itself if it needs the
    /// session.
    #[tracing::instrument(name = "rate_limit::admit", level = "debug", skip_all, err(level = "debug"))]
    pub async fn admit(&self, cost: u32) -> Result<Permit, RateLimited> {
        let limits = &self.services.rate_limits;
        if limits.is_exempt(self.caller.ip_address) {
            return Ok(Permit::unlimited());
        }
        let viewer = self.viewer().await.unwrap_or(Viewer::Anonymous);
        limits.admit(&self.caller, &viewer, cost, self.now()).await
    }

    fn actor(&self) -> Actor {
        Actor::of(&self.caller, self.cached_viewer())
    }
}
