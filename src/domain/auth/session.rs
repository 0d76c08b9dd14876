//! Sessions. The store has each by the hash of its token; its owner refers to it by its id.
//!
//! An account has an epoch, and a session is valid only in the epoch in which it was opened. A transaction that
//! increments the epoch therefore ends all sessions of the account, in every store; removing them from the store and
//! notifying subscribers follows.

use std::{collections::HashMap, sync::Arc};

use chrono::TimeDelta;
use entity::{SessionId, account};
use scoped_futures::ScopedFutureExt;

use super::authenticate;
use crate::domain::{
    audit::AuditEntry,
    context::{OpContext, Services, Txn},
    identity::{AuthenticatedAccount, MAX_SESSIONS, Session, SessionSelector, Token, TokenHash, Viewer},
    kernel::{fault::Fault, operation_error::operation_error},
};

/// An open session.
#[derive(Debug)]
pub struct NewSession {
    pub account: Arc<account::Model>,
    pub token: Token,
    pub session: Session,
    /// Whether the client keeps the session after it is closed.
    pub is_remembered: bool,
}

/// Options of a new session.
#[derive(Clone, Copy, Debug)]
pub struct SessionOptions {
    pub is_strong: bool,
    /// Whether the session has the full lifetime or a short one.
    pub is_remembered: bool,
}

impl SessionOptions {
    /// Options of a session, for the one that replaces it.
    pub(super) fn from_session(session: &Session, ctx: &OpContext) -> Self {
        let brief =
            TimeDelta::from_std(ctx.services().session.brief_lifetime.absolute).unwrap_or(TimeDelta::MAX);
        let is_remembered = session.expires_at - session.created_at > brief;
        Self { is_strong: session.is_strong, is_remembered }
    }
}

/// Opens a session for an authenticated account.
pub(super) async fn open(
    ctx: &OpContext,
    account: account::Model,
    options: SessionOptions,
) -> Result<NewSession, Fault> {
    let login = new(ctx, account, options)?;
    persist(ctx, &login).await?;
    Ok(login)
}

/// A session that is not open before [`persist`], so that its records can be committed first.
pub(super) fn new(
    ctx: &OpContext,
    account: account::Model,
    options: SessionOptions,
) -> Result<NewSession, Fault> {
    let now = ctx.now();
    let lifetime = match options.is_remembered {
        true => ctx.services().session.lifetime,
        false => ctx.services().session.brief_lifetime,
    };
    let token = Token::new(ctx.random().secret());
    let absolute = TimeDelta::from_std(lifetime.absolute).map_err(Fault::internal)?;
    let session = Session {
        id: SessionId(ctx.random().id(now)),
        account_id: account.id,
        epoch: account.session_epoch,
        is_strong: options.is_strong,
        user_agent: ctx.caller().user_agent.clone(),
        ip_address: ctx.caller().ip_address.to_canonical(),
        created_at: now,
        last_seen_at: now,
        idle: lifetime.idle,
        expires_at: now + absolute,
    };
    Ok(NewSession { account: Arc::new(account), token, session, is_remembered: options.is_remembered })
}

/// Opens a new session, and ends the one of the request.
pub(super) async fn persist(ctx: &OpContext, login: &NewSession) -> Result<(), Fault> {
    let account = login.session.account_id;
    ctx.services().sessions.insert(&login.token.hash(), &login.session).await?;
    if let Some(shown) = ctx.session()
        && let Some(replaced) = ctx.services().sessions.remove(&shown).await?
    {
        ctx.services().publish_end(&replaced).await;
    }
    let open = ctx.services().sessions.of_account(account, ctx.now()).await?;
    for surplus in open.iter().skip(MAX_SESSIONS) {
        ctx.services().remove_sessions(account, SessionSelector::One(surplus.id)).await?;
    }
    ctx.adopt_session(&login.session);
    Ok(())
}

/// Opens a session in place of one that has ended with its epoch, with a new token. It belongs to the epoch after the
/// viewer's, so it is invalid if the epoch was incremented again.
pub(super) async fn renew(
    ctx: &OpContext,
    viewer: &AuthenticatedAccount,
    is_strong: bool,
) -> Result<NewSession, Fault> {
    let mut account = account::Model::clone(&viewer.account);
    account.session_epoch += 1;
    open(ctx, account, SessionOptions { is_strong, ..SessionOptions::from_session(&viewer.session, ctx) })
        .await
}

/// The viewer's open sessions, most recently used first.
#[tracing::instrument(name = "auth::sessions", level = "debug", skip_all, err(level = "debug"))]
pub async fn sessions(ctx: &OpContext) -> Result<Vec<Session>, Fault> {
    let viewer = ctx.authenticated_account().await?;
    let mut sessions = ctx.services().sessions.of_account(viewer.account.id, ctx.now()).await?;
    sessions.retain(|session| session.epoch == viewer.account.session_epoch);
    Ok(sessions)
}

/// The viewer's open sessions with these ids.
#[tracing::instrument(name = "auth::sessions_by_ids", level = "debug", skip_all, err(level = "debug"))]
pub async fn sessions_by_ids(
    ctx: &OpContext,
    ids: &[SessionId],
) -> Result<HashMap<SessionId, Session>, Fault> {
    match ctx.viewer().await? {
        Viewer::Account(_) => {
            let wanted = |session: &Session| ids.contains(&session.id);
            Ok(sessions(ctx).await?.into_iter().filter(wanted).map(|session| (session.id, session)).collect())
        }
        Viewer::Anonymous | Viewer::ApiClient(_) => Ok(HashMap::new()),
    }
}

/// The viewer's session of this request.
#[tracing::instrument(name = "auth::current_session", level = "debug", skip_all, err(level = "debug"))]
pub async fn current_session(ctx: &OpContext) -> Result<Option<SessionId>, Fault> {
    match ctx.viewer().await? {
        Viewer::Account(viewer) => Ok(Some(viewer.session.id)),
        Viewer::Anonymous | Viewer::ApiClient(_) => Ok(None),
    }
}

operation_error! {
    pub enum SessionRevokeError {
        #[error("There is no session with this id.")]
        NotFound(SessionId),
    }
}

/// Ends one of the viewer's sessions at once.
#[tracing::instrument(name = "auth::session_revoke", level = "debug", skip_all, err(level = "debug"))]
pub async fn session_revoke(ctx: &OpContext, id: SessionId) -> Result<(), SessionRevokeError> {
    let viewer = ctx.authenticated_account().await?;
    let ended = ctx.services().remove_sessions(viewer.account.id, SessionSelector::One(id)).await?;
    if ended.is_empty() {
        return Err(SessionRevokeError::NotFound(id));
    }
    Ok(ctx.audit(AuditEntry::new("sessionRevoke").about("Session", id)).await?)
}

/// Ends all of the viewer's sessions at once, or all but that of the request.
#[tracing::instrument(name = "auth::sessions_revoke_all", level = "debug", skip_all, err(level = "debug"))]
pub async fn sessions_revoke_all(ctx: &OpContext, keep_current: bool) -> Result<usize, Fault> {
    let viewer = ctx.authenticated_account().await?;
    let account = viewer.account.id;
    let entry = AuditEntry::new("sessionsRevokeAll").about("Account", account);
    if keep_current {
        let ended =
            ctx.services().remove_sessions(account, SessionSelector::AllBut(viewer.session.id)).await?;
        ctx.audit(entry).await?;
        return Ok(ended.len());
    }
    let open = sessions(ctx).await?.len();
    let end = async |txn: &Txn<'_>| {
        txn.end_sessions(account).await?;
        txn.audit(entry.clone()).await
    };
    ctx.write(|txn| end(txn).scope_boxed()).await?;
    Ok(open)
}

/// Ends the session of the request, and notifies subscribers. Returns whether there was one.
#[tracing::instrument(name = "auth::logout", level = "debug", skip_all, err(level = "debug"))]
pub async fn logout(ctx: &OpContext) -> Result<bool, Fault> {
    let Some(token) = ctx.session() else { return Ok(false) };
    let Some(session) = ctx.services().sessions.remove(&token).await? else { return Ok(false) };
    ctx.services().publish_end(&session).await;
    let entry = AuditEntry::new("logout").by(session.account_id).about("Session", session.id);
    ctx.audit(entry).await?;
    Ok(true)
}

/// Whether the session of the request is still open, which counts as use: for long-lived connections after
/// [`OpContext::viewer`]. False without a token.
#[tracing::instrument(name = "auth::is_alive", level = "debug", skip_all, err(level = "debug"))]
pub async fn is_alive(ctx: &OpContext) -> Result<bool, Fault> {
    match ctx.session() {
        Some(token) => alive(ctx.services(), &token).await,
        None => Ok(false),
    }
}

pub(super) async fn alive(services: &Services, token: &TokenHash) -> Result<bool, Fault> {
    Ok(authenticate::live(services, token).await?.is_some())
}
