//! Sessions: what a login opens. The store keeps each under its token's hash; its owner knows it by its id.
//!
//! An account has an epoch, and a session is good only in the epoch in which it was opened. So all sessions of an account
//! end in the transaction that adds one to it, wherever they are kept and whatever else fails; removing them from the
//! store and telling the listeners follows.

use std::{collections::HashMap, net::IpAddr, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use entity::{AccountId, SessionId, account};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait},
};

use super::{Token, TokenHash, identify};
use crate::domain::{
    Fault, Op, Ports, SignedIn, Viewer,
    audit::{self, Entry},
    event::Event,
    fault::with_causes,
};

/// The most sessions of one account; a login beyond ends the one that was not used for the longest time.
pub const MAX_SESSIONS: usize = 100;

/// A login that lasts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// What its owner calls it by. It opens nothing.
    pub id: SessionId,
    /// Whose.
    pub account_id: AccountId,
    /// The account's epoch when it was opened.
    pub epoch: i32,
    /// Whether a second factor was shown.
    pub is_strong: bool,
    /// What the client called itself at the login.
    pub user_agent: Option<String>,
    /// Where the login came from.
    pub address: IpAddr,
    /// When the login was.
    pub created_at: DateTime<Utc>,
    /// When it was last used, to a sixtieth of `idle`.
    pub last_seen_at: DateTime<Utc>,
    /// It ends when it is not used for this long.
    pub idle: Duration,
    /// When it ends, however much it is used.
    pub expires_at: DateTime<Utc>,
}

/// Which of an account's sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// All of them.
    All,
    /// This one.
    One(SessionId),
    /// All but this one.
    AllBut(SessionId),
}

/// An open session.
#[derive(Debug)]
pub struct LoggedIn {
    /// Whose.
    pub account: Arc<account::Model>,
    /// What shows it from now on.
    pub token: Token,
    /// How long it may last.
    pub session: Session,
    /// Whether the client is to keep it when it is closed.
    pub is_remembered: bool,
}

/// How a session is opened.
#[derive(Clone, Copy, Debug)]
pub struct Opening {
    /// Whether a second factor was shown.
    pub is_strong: bool,
    /// Whether it lasts as long as sessions may, or only for a short time.
    pub is_remembered: bool,
}

impl Session {
    /// When it ends unless it is used again.
    pub fn idle_end(&self) -> DateTime<Utc> {
        let idle = TimeDelta::from_std(self.idle).unwrap_or(TimeDelta::MAX);
        self.last_seen_at
            .checked_add_signed(idle)
            .map_or(self.expires_at, |end| Ord::min(end, self.expires_at))
    }

    /// Whether it is alive at `now`, as far as time goes.
    pub fn lasts(&self, now: DateTime<Utc>) -> bool {
        now < self.idle_end()
    }
}

impl Opening {
    /// As a session was opened, for the one that takes its place.
    pub(super) fn like(session: &Session, op: &Op) -> Self {
        let brief = TimeDelta::from_std(op.accounts.brief_lifetime.absolute).unwrap_or(TimeDelta::MAX);
        let is_remembered = session.expires_at - session.created_at > brief;
        Self { is_strong: session.is_strong, is_remembered }
    }
}

impl Which {
    /// Whether the session is one of these.
    pub fn includes(self, session: SessionId) -> bool {
        match self {
            Self::All => true,
            Self::One(id) => id == session,
            Self::AllBut(id) => id != session,
        }
    }
}

/// Opens a session for an account that has shown all that it must.
pub(super) async fn open(op: &Op, account: account::Model, opening: Opening) -> Result<LoggedIn, Fault> {
    let login = draft(op, account, opening)?;
    keep(op, &login).await?;
    Ok(login)
}

/// A session that is not open before it is [`keep`]t: so what is to be written down of it can be committed first.
pub(super) fn draft(op: &Op, account: account::Model, opening: Opening) -> Result<LoggedIn, Fault> {
    let now = op.clock.now();
    let lifetime = match opening.is_remembered {
        true => op.accounts.lifetime,
        false => op.accounts.brief_lifetime,
    };
    let token = Token::new(op.random.secret());
    let absolute = TimeDelta::from_std(lifetime.absolute).map_err(Fault::internal)?;
    let session = Session {
        id: SessionId(op.random.id(now)),
        account_id: account.id,
        epoch: account.session_epoch,
        is_strong: opening.is_strong,
        user_agent: op.caller().user_agent.clone(),
        address: op.caller().address.to_canonical(),
        created_at: now,
        last_seen_at: now,
        idle: lifetime.idle,
        expires_at: now + absolute,
    };
    Ok(LoggedIn { account: Arc::new(account), token, session, is_remembered: opening.is_remembered })
}

/// Opens a session that was drafted. The one that the request itself shows ends: the new one takes its place.
pub(super) async fn keep(op: &Op, login: &LoggedIn) -> Result<(), Fault> {
    let account = login.session.account_id;
    op.sessions.insert(&login.token.hash(), &login.session).await?;
    if let Some(shown) = op.session()
        && let Some(replaced) = op.sessions.remove(&shown).await?
    {
        publish(op, &replaced).await;
    }
    let open = op.sessions.of_account(account, op.clock.now()).await?;
    for surplus in open.iter().skip(MAX_SESSIONS) {
        end(op, account, Which::One(surplus.id)).await?;
    }
    Ok(())
}

/// Opens a session in place of one that has ended with its epoch: a new token for whoever showed that one. It belongs to the
/// epoch after the viewer's, so that it is dead if another has begun since.
pub(super) async fn renew(op: &Op, viewer: &SignedIn, is_strong: bool) -> Result<LoggedIn, Fault> {
    let mut account = account::Model::clone(&viewer.account);
    account.session_epoch += 1;
    open(op, account, Opening { is_strong, ..Opening::like(&viewer.session, op) }).await
}

/// The viewer's open sessions, the latest used first.
#[tracing::instrument(name = "account::sessions", level = "debug", skip_all, err(level = "debug"))]
pub async fn sessions(op: &Op) -> Result<Vec<Session>, Fault> {
    let viewer = op.signed_in().await?;
    let mut sessions = op.sessions.of_account(viewer.account.id, op.clock.now()).await?;
    sessions.retain(|session| session.epoch == viewer.account.session_epoch);
    Ok(sessions)
}

/// Those of the viewer's open sessions that have these ids.
#[tracing::instrument(name = "account::sessions_by_ids", level = "debug", skip_all, err(level = "debug"))]
pub async fn sessions_by_ids(op: &Op, ids: &[SessionId]) -> Result<HashMap<SessionId, Session>, Fault> {
    match op.viewer().await? {
        Viewer::Account(_) => {
            let wanted = |session: &Session| ids.contains(&session.id);
            Ok(sessions(op).await?.into_iter().filter(wanted).map(|session| (session.id, session)).collect())
        }
        Viewer::Anonymous | Viewer::Program(_) => Ok(HashMap::new()),
    }
}

/// The session by which the viewer is logged in.
#[tracing::instrument(name = "account::current_session", level = "debug", skip_all, err(level = "debug"))]
pub async fn current_session(op: &Op) -> Result<Option<SessionId>, Fault> {
    match op.viewer().await? {
        Viewer::Account(viewer) => Ok(Some(viewer.session.id)),
        Viewer::Anonymous | Viewer::Program(_) => Ok(None),
    }
}

/// Ends one of the viewer's sessions at once. Says whether there was one.
#[tracing::instrument(name = "account::revoke_session", level = "debug", skip_all, err(level = "debug"))]
pub async fn revoke_session(op: &Op, id: SessionId) -> Result<bool, Fault> {
    let viewer = op.signed_in().await?;
    let ended = !end(op, viewer.account.id, Which::One(id)).await?.is_empty();
    if ended {
        audit::record(op, op.db.connection(), Entry::new("sessionRevoke").about("Session", id)).await?;
    }
    Ok(ended)
}

/// Ends all of the viewer's sessions at once, or all but the one that asks.
#[tracing::instrument(name = "account::revoke_sessions", level = "debug", skip_all, err(level = "debug"))]
pub async fn revoke_sessions(op: &Op, keep_current: bool) -> Result<usize, Fault> {
    let viewer = op.signed_in().await?;
    let account = viewer.account.id;
    let entry = Entry::new("sessionsRevokeAll").about("Account", account);
    if keep_current {
        let ended = end(op, account, Which::AllBut(viewer.session.id)).await?;
        audit::record(op, op.db.connection(), entry).await?;
        return Ok(ended.len());
    }
    let open = sessions(op).await?.len();
    next_epoch(op.db.connection(), account).await?;
    end_all(op, account).await;
    audit::record(op, op.db.connection(), entry).await?;
    Ok(open)
}

/// Ends the session that the caller shows, and tells whoever listens. Says whether there was one: logging out twice is
/// no error.
#[tracing::instrument(name = "account::logout", level = "debug", skip_all, err(level = "debug"))]
pub async fn logout(op: &Op) -> Result<bool, Fault> {
    let Some(token) = op.session() else { return Ok(false) };
    let Some(session) = op.sessions.remove(&token).await? else { return Ok(false) };
    publish(op, &session).await;
    let entry = Entry::new("logout").by(session.account_id).about("Session", session.id);
    audit::record(op, op.db.connection(), entry).await?;
    Ok(true)
}

/// Begins a new epoch of an account: all its sessions are dead when this is committed. [`end_all`] is to follow.
pub(in crate::domain) async fn next_epoch(
    db: &impl ConnectionTrait,
    account: AccountId,
) -> Result<(), Fault> {
    account::Entity::update_many()
        .col_expr(account::Column::SessionEpoch, Expr::col(account::Column::SessionEpoch).add(1))
        .filter(account::Column::Id.eq(account))
        .exec(db)
        .await?;
    Ok(())
}

/// Removes the sessions of an account whose epoch has ended, and tells whoever listens. What fails here is made up for:
/// the sessions are dead already, and listeners look for themselves from time to time.
pub(in crate::domain) async fn end_all(ports: &Ports, account: AccountId) {
    if let Err(fault) = end(ports, account, Which::All).await {
        tracing::warn!(
            cause = with_causes(&fault),
            "sessions that have ended were not removed from their store"
        );
    }
}

async fn end(ports: &Ports, account: AccountId, which: Which) -> Result<Vec<Session>, Fault> {
    let ended = ports.sessions.remove_of(account, which).await?;
    for session in &ended {
        publish(ports, session).await;
    }
    Ok(ended)
}

/// Tells whoever listens that a session has ended.
async fn publish(ports: &Ports, session: &Session) {
    let event =
        Event::SessionRevoked { account: session.account_id, session: session.id, at: ports.clock.now() };
    if let Err(fault) = ports.events.publish(&event).await {
        // The session has ended all the same; listeners notice when they look for themselves.
        tracing::warn!(cause = with_causes(&fault), "nobody was told that a session has ended");
    }
}

/// Whether the session that the caller shows is alive now, which counts as use: for what stays open after
/// [`Op::viewer`] has answered, and keeps its session in use. Who shows no token has none.
#[tracing::instrument(name = "account::is_alive", level = "debug", skip_all, err(level = "debug"))]
pub async fn is_alive(op: &Op) -> Result<bool, Fault> {
    match op.session() {
        Some(token) => alive(op, &token).await,
        None => Ok(false),
    }
}

pub(super) async fn alive(ports: &Ports, token: &TokenHash) -> Result<bool, Fault> {
    Ok(identify::live(ports, token).await?.is_some())
}
