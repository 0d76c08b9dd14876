//! What every operation is given: the services, the caller, and transactions.
//!
//! A client's operation takes an [`OpContext`], a command of the operator the [`Services`] alone. Both write through
//! [`Txn`], which runs by itself what follows a commit.

mod hooks;
mod session;
mod txn;

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use entity::{AccountId, Permission};
use scoped_futures::ScopedBoxFuture;
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
        TokenHash, Viewer,
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

/// The parts of the running program that operations work with, one set for all requests.
#[derive(Clone)]
pub struct Services {
    pub db: Database,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub authenticator: Arc<dyn Authenticator>,
    /// What each noun does when an account logs in, is exported or is deleted.
    pub account_hooks: Arc<[Arc<dyn AccountHooks>]>,
    pub sessions: Arc<dyn SessionStore>,
    pub session: SessionConfig,
    pub passwords: Passwords,
    pub attempts: Arc<dyn AttemptCounter>,
    pub throttle: ThrottlePolicies,
    pub rate_limits: RateLimits,
    pub events: Arc<dyn EventBus>,
    pub jobs: JobSignal,
    pub cache: Arc<dyn Cache>,
    pub mailer: Arc<dyn Mailer>,
    pub mail: MailSettings,
    /// The key for secrets that must be readable again. `None` where the operator has set none: what needs it answers
    /// [`Fault::NotSetUp`] then.
    pub secret_key: Option<Arc<SecretKey>>,
}

/// Finds out who a caller is. `auth` implements it.
#[async_trait]
pub trait Authenticator: Send + Sync + 'static {
    /// The viewer behind the caller's credentials. Those that are no good are an error; only a cookie without a session
    /// counts as none.
    async fn authenticate(&self, services: &Services, caller: &Caller) -> Result<Viewer, Fault>;
}

/// One request's view of the program: its services and its caller.
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

    /// The connection for single statements, each a transaction of its own.
    pub fn db(&self) -> &Connection {
        self.services.db.connection()
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.services.clock.now()
    }

    pub fn random(&self) -> &dyn Random {
        &*self.services.random
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

    /// Who asks. The credentials are checked at the first call, so that a request which needs no session does not
    /// depend on the session store. Credentials that are no good are an error; only a cookie without a session counts as none.
    pub async fn viewer(&self) -> Result<Viewer, Fault> {
        let authenticate = || self.services.authenticator.authenticate(&self.services, &self.caller);
        self.viewer.get_or_init(authenticate).await.clone()
    }

    /// Whether the caller shows a cookie that is no good, as far as this operation has found out who asks.
    pub fn has_dead_cookie(&self) -> bool {
        self.caller.by_cookie && matches!(self.cached_viewer(), Some(Viewer::Anonymous))
    }

    /// Who asks, if that has been found out already.
    pub fn cached_viewer(&self) -> Option<&Viewer> {
        self.viewer.get()?.as_ref().ok()
    }

    /// The session in which the account's owner asks, as far as this operation has found out who asks: the viewer's, or the
    /// one that this operation has just opened. It never fails: an operation that has not asked for its viewer has none.
    pub fn own_session(&self, account: AccountId) -> Option<Session> {
        let opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let viewer = || match self.cached_viewer() {
            Some(Viewer::Account(viewer)) if viewer.account.id == account => Some(viewer.session.clone()),
            _ => None,
        };
        opened.clone().filter(|session| session.account_id == account).or_else(viewer)
    }

    /// Whether the account's owner asks, see [`own_session`](Self::own_session).
    pub fn is_own(&self, account: AccountId) -> bool {
        self.own_session(account).is_some()
    }

    /// Remembers the session that this operation has opened: its answer is for the account's owner.
    pub(in crate::domain) fn adopt_session(&self, session: &Session) {
        *self.opened.lock().unwrap_or_else(PoisonError::into_inner) = Some(session.clone());
    }

    /// The account that is logged in; an error for everybody else.
    pub async fn authenticated_account(&self) -> Result<Arc<AuthenticatedAccount>, Fault> {
        match self.viewer().await? {
            Viewer::Anonymous => Err(NO_CREDENTIALS),
            Viewer::Account(viewer) => Ok(viewer),
            Viewer::ApiClient(_) => {
                Err(Fault::Forbidden("This is for people who are logged in, not for API keys.".into()))
            }
        }
    }

    /// Who asks, if they have the permission; an error otherwise.
    pub async fn require(&self, permission: Permission) -> Result<Viewer, Fault> {
        let viewer = self.viewer().await?;
        if viewer.permissions().has(permission) {
            return Ok(viewer);
        }
        Err(match &viewer {
            Viewer::Anonymous => NO_CREDENTIALS,
            Viewer::Account(viewer) if viewer.needs_second_factor(&self.services.session) => {
                Fault::Forbidden(
                    "This shop requires a second factor of its staff. Set one up, or log in with it.".into(),
                )
            }
            Viewer::Account(_) | Viewer::ApiClient(_) => {
                Fault::Forbidden(format!("This needs the permission `{}`.", permission.name()).into())
            }
        })
    }

    /// A person who asks and has the permission: for what gives rights, which would outlive the person behind an API key.
    pub async fn require_person(&self, permission: Permission) -> Result<Viewer, Fault> {
        let viewer = self.require(permission).await?;
        self.authenticated_account().await?;
        Ok(viewer)
    }

    /// Runs `work` in one transaction and commits it, again from the start when the database gives it up because of
    /// another transaction. `work` must therefore touch nothing but its [`Txn`].
    ///
    /// It is a closure like `|txn| async move { … }.scope_boxed()`
    /// ([`ScopedFutureExt`](scoped_futures::ScopedFutureExt)), which may borrow from its surroundings.
    pub async fn write<'a, T, E>(
        &'a self,
        work: impl for<'t> Fn(&'t Txn<'a>) -> ScopedBoxFuture<'a, 't, Result<T, E>>,
    ) -> Result<T, E>
    where
        E: From<Fault> + AsFault,
    {
        txn::write(&self.services, self.actor(), work).await
    }

    /// Writes an audit entry by itself: of what was refused, or of what no transaction holds.
    pub async fn audit(&self, entry: audit::AuditEntry) -> Result<(), Fault> {
        let (now, random) = (self.now(), self.random());
        audit::record(self.db(), now, random, &self.actor(), entry).await
    }

    /// The caller, unless its network is exempt from being counted (`--rate-exempt`).
    pub fn counted_caller(&self) -> Option<&Caller> {
        let is_exempt = self.services.rate_limits.is_exempt(self.caller.ip_address);
        (!is_exempt).then_some(&*self.caller)
    }

    /// Counts an attempt for each key, or for none if one of them refuses it.
    pub async fn throttle(&self, keys: Keys) -> Result<Attempt, Throttled> {
        Attempt::begin(&self.services.attempts, keys, self.now()).await
    }

    /// Counts an attempt that counts whatever becomes of it.
    pub async fn throttle_always(&self, keys: Keys) -> Result<(), Throttled> {
        self.throttle(keys).await.map(Attempt::commit)
    }

    /// Lets a request that costs `cost` points go on, or not. Every request costs one point at least.
    ///
    /// A session that cannot be looked up counts as anonymous: the operation itself says so if it needs the session.
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
