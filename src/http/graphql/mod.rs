//! The transports of GraphQL, all at `/graphql`:
//!
//! - HTTP ([draft specification](https://graphql.github.io/graphql-over-http/draft/)): [`http_json`];
//! - server-sent events ([protocol](https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md)): [`sse`];
//! - WebSocket ([`graphql-transport-ws`](https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md)):
//!   [`websocket`].

mod decode;
mod encode;
mod http_json;
mod incoming;
mod media_type;
mod operation;
mod sse;
mod websocket;

use std::sync::Arc;

use poem::{Endpoint, Request, Response, http::Method};

use self::{
    decode::ParsedBody,
    incoming::{Incoming, foreign_origin, not_acceptable},
    media_type::{Accept, MediaType},
};
use crate::{
    graphql::engine::GraphqlRequest,
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
