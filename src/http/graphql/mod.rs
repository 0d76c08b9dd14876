//! The transports of GraphQL, all at `/graphql`:
//!
//! - HTTP ([draft specification](https://graphql.github.io/graphql-over-http/draft/)): [`plain`];
//! - server-sent events ([protocol](https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md)): [`sse`];
//! - WebSocket ([`graphql-transport-ws`](https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md)):
//!   [`websocket`].

mod decode;
mod live;
mod media_type;
mod operation;
mod plain;
mod sse;
mod websocket;

use std::sync::Arc;

use poem::{
    Endpoint, Request, Response,
    http::{Method, StatusCode},
};

use self::{
    decode::Asked,
    media_type::{Accept, MediaType},
};
pub use self::{live::Live, websocket::SocketLimits};
use super::{State, caller, reply::Refusal, shell::RequestId};
use crate::{
    domain::Caller,
    graphql::{GraphqlRequest, error::code},
};

/// All methods that some transport knows.
const METHODS: &str = "POST, GET, PUT, DELETE";

/// The endpoint at `/graphql`.
pub(super) struct GraphqlEndpoint {
    state: State,
    reservations: sse::Reservations,
    room: decode::Room,
}

/// What every transport needs to know of a request.
struct Incoming {
    id: Arc<str>,
    caller: Arc<Caller>,
    accept: Accept,
}

impl GraphqlEndpoint {
    pub(super) fn new(state: State) -> Self {
        Self { reservations: sse::Reservations::default(), room: decode::Room::default(), state }
    }

    async fn answer(&self, mut request: Request) -> Result<Response, Refusal> {
        let id = request.data::<RequestId>().map_or_else(|| Arc::from(""), |id| id.0.clone());
        if websocket::is_upgrade(&request) {
            return websocket::open(&self.state, &request, id).await;
        }
        let caller = caller::caller(&request, &self.state.settings).map_err(|_| foreign_origin())?;
        let incoming = Incoming { id, caller: caller.into(), accept: Accept::of(&request) };
        let token = sse::token(&request);
        match (request.method().clone(), token) {
            (Method::PUT, _) => self.reservations.reserve(&self.state, &incoming).await,
            (Method::DELETE, Some(token)) => {
                self.reservations.stop(&self.state, &request, &incoming, &token).await
            }
            (Method::GET, Some(token)) if incoming.accept.preferred() == Some(MediaType::EventStream) => {
                self.reservations.open(&self.state, &incoming, &token).await
            }
            (Method::GET, token) => {
                let graphql = decode::from_url(&request)?;
                self.run(graphql, token, &incoming, true).await
            }
            (Method::POST, token) => {
                match decode::from_body(&mut request, &self.state.settings, &self.room).await? {
                    Asked::One(graphql) => self.run(*graphql, token, &incoming, false).await,
                    Asked::Batch(batch) => plain::batch(&self.state, batch, &incoming).await,
                }
            }
            (Method::DELETE, None) => Err(sse::no_token()),
            _ => Err(Refusal::method(METHODS)),
        }
    }

    /// One operation, over whichever transport its request asks for.
    async fn run(
        &self,
        graphql: GraphqlRequest,
        token: Option<String>,
        incoming: &Incoming,
        is_get: bool,
    ) -> Result<Response, Refusal> {
        let media_type = incoming.accept.preferred().ok_or_else(not_acceptable)?;
        match token {
            Some(token) => self.reservations.run(&self.state, graphql, &token, incoming, is_get).await,
            None if media_type == MediaType::EventStream => {
                sse::distinct(&self.state, graphql, incoming, is_get).await
            }
            None => plain::one(&self.state, graphql, media_type, incoming, is_get).await,
        }
    }
}

impl Endpoint for GraphqlEndpoint {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        Ok(self.answer(request).await.unwrap_or_else(Response::from))
    }
}

fn not_acceptable() -> Refusal {
    let message = "Answers are application/graphql-response+json, application/json or text/event-stream, in UTF-8; the \
                   request accepts none of them.";
    Refusal::new(StatusCode::NOT_ACCEPTABLE, code::BAD_USER_INPUT, message)
}

fn foreign_origin() -> Refusal {
    let message = "Pages of this origin may not use the session's cookie. The operator can allow it with --cors-origin.";
    Refusal::new(StatusCode::FORBIDDEN, code::FORBIDDEN, message)
}
