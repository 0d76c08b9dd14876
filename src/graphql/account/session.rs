//! The viewer's sessions.

use async_graphql::{ComplexObject, Context, ID, InputObject, Object, SimpleObject};
use entity::SessionId;

use crate::{
    domain::account::{self, LoggedIn, MAX_SESSIONS, describe_device},
    graphql::{
        context::ContextExt,
        cost::{STATEMENT, cost, list_size},
        error::ResolverError,
        id::Node,
        scalar::Timestamp,
        session_cookie,
    },
};

/// A login that lasts.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Session {
    /// The session's global id. It opens nothing.
    pub(in crate::graphql) id: ID,
    #[graphql(skip)]
    key: SessionId,
    /// What shows the session from now on, told only when it is opened; null afterwards, and where a cookie holds it.
    token: Option<String>,
    /// What the client seems to be, like `Firefox on Linux`, as far as it says so.
    device: String,
    /// The network address that the login came from.
    address: String,
    /// Whether a second factor was shown.
    with_second_factor: bool,
    /// When the login was.
    created_at: Timestamp,
    /// When the session was last used, to within a sixtieth of the time after which it ends unused.
    last_seen_at: Timestamp,
    /// When the session ends however much it is used. It ends earlier when it is not used.
    expires_at: Timestamp,
    #[graphql(skip)]
    is_new: bool,
}

#[ComplexObject]
impl Session {
    /// Whether it is the session that this request shows, or that it has just opened.
    async fn is_current(&self, ctx: &Context<'_>) -> Result<bool, ResolverError> {
        Ok(self.is_new || account::current_session(ctx.op()).await? == Some(self.key))
    }
}

impl From<account::Session> for Session {
    fn from(session: account::Session) -> Self {
        Self {
            id: session.id.global(),
            key: session.id,
            token: None,
            device: describe_device(session.user_agent.as_deref()),
            address: session.address.to_string(),
            with_second_factor: session.is_strong,
            created_at: Timestamp(session.created_at),
            last_seen_at: Timestamp(session.last_seen_at),
            expires_at: Timestamp(session.expires_at),
            is_new: false,
        }
    }
}

impl Session {
    /// A session that has just been opened, with its token if the answer is to hold it.
    pub(in crate::graphql) fn opened(login: &LoggedIn, with_token: bool) -> Self {
        let token = with_token.then(|| login.token.expose());
        Self { token, is_new: true, ..login.session.clone().into() }
    }
}

/// Queries on sessions.
#[derive(Default)]
pub struct SessionQuery;

#[Object]
impl SessionQuery {
    /// The viewer's open sessions, the latest used first: at most 100, since a further login ends the one that was not used
    /// for the longest time.
    #[graphql(directive = cost::apply(STATEMENT), directive = list_size::apply(MAX_SESSIONS as i32, None))]
    async fn sessions(&self, ctx: &Context<'_>) -> Result<Vec<Session>, ResolverError> {
        let sessions = account::sessions(ctx.op()).await?;
        ctx.take_rows(sessions.len())?;
        Ok(sessions.into_iter().map(Session::from).collect())
    }
}

/// Which session ends.
#[derive(InputObject)]
struct SessionRevokeInput {
    /// The session's global id.
    id: ID,
}

/// Which sessions end.
#[derive(InputObject)]
struct SessionsRevokeAllInput {
    /// Whether the session that asks goes on.
    #[graphql(default)]
    keep_current: bool,
}

/// What became of ending a session.
#[derive(SimpleObject)]
struct SessionRevokePayload {
    /// The id of the session that ended; null when the viewer has no such session.
    revoked_id: Option<ID>,
}

/// What became of ending sessions.
#[derive(SimpleObject)]
struct SessionsRevokeAllPayload {
    /// How many sessions ended.
    count: u32,
}

/// Mutations on sessions.
#[derive(Default)]
pub struct SessionMutation;

#[Object]
impl SessionMutation {
    /// Ends one of the viewer's sessions at once, on all instances, with its open connections.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn session_revoke(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which session.")] input: SessionRevokeInput,
    ) -> Result<SessionRevokePayload, ResolverError> {
        let id = SessionId::from_global(&input.id, "input.id")?;
        let is_current = account::current_session(ctx.op()).await? == Some(id);
        let revoked = account::revoke_session(ctx.op(), id).await?;
        if revoked && is_current {
            session_cookie::remove(ctx);
        }
        Ok(SessionRevokePayload { revoked_id: revoked.then_some(input.id) })
    }

    /// Ends all of the viewer's sessions at once, on all instances, with their open connections.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn sessions_revoke_all(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them; all without it.")] input: Option<SessionsRevokeAllInput>,
    ) -> Result<SessionsRevokeAllPayload, ResolverError> {
        let keep_current = input.is_some_and(|input| input.keep_current);
        let count = account::revoke_sessions(ctx.op(), keep_current).await?;
        if !keep_current {
            session_cookie::remove(ctx);
        }
        Ok(SessionsRevokeAllPayload { count: count.try_into().unwrap_or(u32::MAX) })
    }
}
