//! Sessions.

use async_graphql::{ComplexObject, Context, ID, InputObject, SimpleObject};
use entity::SessionId;

use crate::{
    domain::{
        auth::{self, NewSession},
        identity::{self, describe_device},
    },
    graphql::kit::{
        context::ContextExt,
        cookie,
        error::ResolverError,
        id::Node,
        loader::loader,
        member::{NoErrors, NotFound},
        payload::payload,
        scalar::Timestamp,
    },
};

loader!(SessionId => identity::Session, auth::sessions_by_ids);

/// Session of an account, opened by a login.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Session {
    #[graphql(skip)]
    key: SessionId,
    #[graphql(skip)]
    is_new: bool,
    /// The session's global id. Grants no access.
    pub(in crate::graphql) id: ID,
    /// Token to send as `Authorization: Bearer TOKEN`, returned only when the session is opened; null afterwards, and when
    /// a cookie holds it.
    token: Option<String>,
    /// Device of the client, as far as its user agent tells, for example `Firefox on Linux`.
    device: String,
    /// IP address that the login came from.
    ip_address: String,
    /// Whether the login used a second factor.
    with_second_factor: bool,
    /// Time of the login.
    created_at: Timestamp,
    /// Time of the last use, accurate to a sixtieth of the time after which an unused session ends.
    last_seen_at: Timestamp,
    /// Time at which the session ends, regardless of its use. An unused session ends earlier.
    expires_at: Timestamp,
}

#[ComplexObject]
impl Session {
    /// Whether this is the session of this request, or one that this request has opened.
    async fn is_current(&self, ctx: &Context<'_>) -> Result<bool, ResolverError> {
        Ok(self.is_new || auth::current_session(ctx.op()).await? == Some(self.key))
    }
}

impl From<identity::Session> for Session {
    fn from(session: identity::Session) -> Self {
        Self {
            key: session.id,
            is_new: false,
            id: session.id.global(),
            token: None,
            device: describe_device(session.user_agent.as_deref()),
            ip_address: session.ip_address.to_string(),
            with_second_factor: session.is_strong,
            created_at: Timestamp(session.created_at),
            last_seen_at: Timestamp(session.last_seen_at),
            expires_at: Timestamp(session.expires_at),
        }
    }
}

impl Session {
    /// A new session on its way to the client: by cookie, or with its token in the answer.
    pub(in crate::graphql) fn deliver(ctx: &Context<'_>, login: &NewSession, by_cookie: bool) -> Self {
        let token = login.token.expose();
        let session = Self { is_new: true, ..login.session.clone().into() };
        if !by_cookie {
            return Self { token: Some(token), ..session };
        }
        let max_age = login.is_remembered.then(|| ctx.op().services().session.lifetime.absolute);
        cookie::set(ctx, &token, max_age);
        session
    }
}

/// Session of the viewer's account that has ended.
#[derive(SimpleObject)]
pub(in crate::graphql) struct SessionRevoked {
    /// The session's global id.
    session_id: ID,
    /// Whether this is the session that the subscription was opened with. If so, this is the last event, and the server
    /// closes the connection.
    is_current: bool,
    /// Time at which the session ended, or was found to have ended.
    at: Timestamp,
}

impl From<auth::Revoked> for SessionRevoked {
    fn from(revoked: auth::Revoked) -> Self {
        Self {
            session_id: revoked.session.global(),
            is_current: revoked.is_current,
            at: Timestamp(revoked.at),
        }
    }
}

/// Input of `sessionRevoke`.
#[derive(InputObject)]
pub(in crate::graphql) struct SessionRevokeInput {
    /// The session's global id.
    pub(in crate::graphql) id: ID,
}

/// Input of `sessionsRevokeAll`.
#[derive(InputObject)]
pub(in crate::graphql) struct SessionsRevokeAllInput {
    /// Whether the session of this request stays open.
    #[graphql(default)]
    pub(in crate::graphql) keep_current: bool,
}

payload! {
    /// Payload of `sessionRevoke`.
    SessionRevokePayload {
        /// Global id of the session that ended; null when none did.
        revoked_id: ID,
    }
    /// Failure of `sessionRevoke`.
    SessionRevokeError: NotFound;
    from auth::SessionRevokeError {
        NotFound(id) => NotFound { id: id.global() } at "id",
    }
}

/// Payload of `sessionsRevokeAll`.
#[derive(SimpleObject)]
pub(in crate::graphql) struct SessionsRevokeAllPayload {
    /// Number of sessions that ended.
    count: u32,
    /// Failures; always empty.
    errors: NoErrors,
}

impl SessionsRevokeAllPayload {
    pub(in crate::graphql) fn new(count: usize) -> Self {
        Self { count: count.try_into().unwrap_or(u32::MAX), errors: NoErrors }
    }
}
