//! The transports of GraphQL, all at `/graphql`:
//!
//! - HTTP ([draft specification](https://graphql.github.io/graphql-over-http/draft/)): [`http_json`];
//! - server-sent events ([protocol](https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md)): [`sse`];
//! - WebSocket ([`graphql-transport-ws`](https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md)):
//!   [`websocket`].

mod decode;
mod encode;
mod http_json;
mod media_type;
mod operation;
mod sse;
mod websocket;

use std::sync::Arc;

use poem::{
    Endpoint, Request, Response,
    http::{Method, StatusCode},
};

use self::{
    decode::ParsedBody,
    media_type::{Accept, MediaType},
};
use crate::{
    domain::{
        context::{OpContext, Services},
        identity::Caller,
    },
    graphql::engine::{GraphqlRequest, code},
    http::{caller, middleware::RequestId, reply::Refusal, state::State},
};

const METHODS: &str = "POST, GET";

pub(super) struct GraphqlEndpoint {
    state: State,
    body_budget: decode::BodyBudget,
}

impl GraphqlEndpoint {
    pub(super) fn new(state: State) -> Self {
        Self { body_budget: decode::BodyBudget::default(), state }
    }

    async fn answer(&self, mut request: Request) -> Result<Response, Refusal> {
        let id = request.data::<RequestId>().map_or_else(|| Arc::from(""), |id| id.0.clone());
        if websocket::is_upgrade(&request) {
            return websocket::open(&self.state, &request, id).await;
        }
        let caller = caller::caller(&request, &self.state.settings).map_err(|_| foreign_origin())?;
        let incoming = Incoming { id, caller: caller.into(), accept: Accept::of(&request) };
        match *request.method() {
            Method::GET => self.run(decode::from_url(&request)?, &incoming).await,
            Method::POST => {
                match decode::from_body(&mut request, &self.state.settings, &self.body_budget).await? {
                    ParsedBody::One(graphql) => self.run(*graphql, &incoming).await,
                    ParsedBody::Batch(batch) => http_json::batch(&self.state, batch, &incoming).await,
                }
            }
            _ => Err(Refusal::method(METHODS)),
        }
    }

    /// Runs one operation over the transport that the request asks for.
    async fn run(&self, graphql: GraphqlRequest, incoming: &Incoming) -> Result<Response, Refusal> {
        match incoming.accept.preferred().ok_or_else(not_acceptable)? {
            MediaType::EventStream => sse::distinct(&self.state, graphql, incoming).await,
            media_type => http_json::one(&self.state, graphql, media_type, incoming).await,
        }
    }
}

impl Endpoint for GraphqlEndpoint {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        Ok(self.answer(request).await.unwrap_or_else(Response::from))
    }
}

/// The parts of a request that every transport needs.
struct Incoming {
    id: Arc<str>,
    caller: Arc<Caller>,
    accept: Accept,
}

impl Incoming {
    fn context(&self, services: &Arc<Services>) -> Arc<OpContext> {
        Arc::new(OpContext::new(services.clone(), self.caller.clone()))
    }
}

/// The client accepts none of the server's media types.
fn not_acceptable() -> Refusal {
    let message = "Answers are application/graphql-response+json, application/json or text/event-stream, in UTF-8; the \
                   request accepts none of them.";
    Refusal::new(StatusCode::NOT_ACCEPTABLE, code::BAD_USER_INPUT, message)
}

/// The request carries the session's cookie and comes from a page of an origin that is not allowed.
fn foreign_origin() -> Refusal {
    let message = "Pages of this origin may not use the session's cookie. The operator can allow it with --cors-origin.";
    Refusal::new(StatusCode::FORBIDDEN, code::FORBIDDEN, message)
}
