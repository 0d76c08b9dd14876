//! GraphQL over HTTP ([draft specification](https://graphql.github.io/graphql-over-http/draft/)): `POST /graphql` with
//! JSON.
//!
//! Only `application/json` is read: no HTML form can send it, and browsers ask first (preflight) before they send it to
//! another origin (section 8, "Security"). Answers are `application/graphql-response+json` for clients that name it in
//! `Accept`, with status 400 where the operation never began; to others they are `application/json`, with status 200
//! for everything that was well-formed JSON (section 7).

use std::sync::Arc;

use bytes::Bytes;
use poem::{
    Body, Endpoint, Request, Response,
    error::ReadBodyError,
    http::{HeaderValue, Method, StatusCode, header},
};

use super::{State, caller, reply::Refusal, shell::RequestId};
use crate::{
    domain::Op,
    graphql::{Answer, GraphqlRequest, error::code},
};

const GRAPHQL_RESPONSE: &str = "application/graphql-response+json; charset=utf-8";
const JSON: &str = "application/json; charset=utf-8";

/// The endpoint at `/graphql`.
pub(super) struct GraphqlEndpoint {
    state: State,
}

impl GraphqlEndpoint {
    pub(super) fn new(state: State) -> Self {
        Self { state }
    }

    async fn answer(&self, mut request: Request) -> Result<Response, Refusal> {
        check_method(&request)?;
        check_content_type(&request)?;
        let caller = caller::caller(&request, &self.state.settings).map_err(|_| foreign_origin())?;
        let media_type = media_type(&request);
        let announced = request.header(header::CONTENT_LENGTH).and_then(|length| length.parse().ok());
        let body = self.read(request.take_body(), announced).await?;
        let graphql = parse(&body)?;
        let id = request.data::<RequestId>().map_or_else(|| Arc::from(""), |id| id.0.clone());
        let op = Arc::new(Op::new(self.state.ports.clone(), caller));
        encode(self.state.executor.execute(graphql, op, &id).await, media_type)
    }

    async fn read(&self, body: Body, announced: Option<usize>) -> Result<Bytes, Refusal> {
        let settings = &self.state.settings;
        let too_large = || {
            let message = format!("The request's body is larger than {} bytes.", settings.max_body);
            Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, code::BAD_USER_INPUT, message)
        };
        if announced.is_some_and(|length| length > settings.max_body) {
            return Err(too_large());
        }
        match tokio::time::timeout(settings.body_timeout, body.into_bytes_limit(settings.max_body)).await {
            Ok(Ok(bytes)) => Ok(bytes),
            Ok(Err(ReadBodyError::PayloadTooLarge)) => Err(too_large()),
            Ok(Err(_)) => Err(Refusal::bad_request("The request's body did not arrive whole.")),
            Err(_) => {
                let message = "The request's body took too long to arrive.";
                Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, code::BAD_USER_INPUT, message))
            }
        }
    }
}

impl Endpoint for GraphqlEndpoint {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        Ok(self.answer(request).await.unwrap_or_else(Response::from))
    }
}

fn check_method(request: &Request) -> Result<(), Refusal> {
    if request.method() == Method::POST { Ok(()) } else { Err(Refusal::method("POST")) }
}

fn check_content_type(request: &Request) -> Result<(), Refusal> {
    let mut parts = request.content_type().unwrap_or_default().split(';').map(str::trim);
    let is_json = parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"));
    let is_utf8 = parts.all(|parameter| match parameter.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
            value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    });
    if is_json && is_utf8 {
        return Ok(());
    }
    let message = "Send the request as `Content-Type: application/json`, in UTF-8.";
    Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, code::BAD_USER_INPUT, message))
}

fn media_type(request: &Request) -> &'static str {
    let names = |value: &HeaderValue| {
        value
            .to_str()
            .is_ok_and(|text| text.to_ascii_lowercase().contains("application/graphql-response+json"))
    };
    if request.headers().get_all(header::ACCEPT).iter().any(names) { GRAPHQL_RESPONSE } else { JSON }
}

fn parse(body: &[u8]) -> Result<GraphqlRequest, Refusal> {
    if body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[') {
        let message = "The request's body must be one JSON object; a list of operations is not supported.";
        return Err(Refusal::bad_request(message));
    }
    serde_json::from_slice(body)
        .map_err(|error| Refusal::bad_request(format!("The request's body cannot be read: {error}.")))
}

fn encode(answer: Answer, media_type: &'static str) -> Result<Response, Refusal> {
    let body = answer.to_json().map_err(|error| {
        tracing::error!(%error, "the answer cannot be written");
        Refusal::internal()
    })?;
    let is_refused = answer.is_request_error && media_type == GRAPHQL_RESPONSE;
    let status = if is_refused { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let mut response = Response::builder().status(status).content_type(media_type).body(body);
    response.headers_mut().extend(answer.response.http_headers);
    Ok(response)
}

fn foreign_origin() -> Refusal {
    let message = "Pages of this origin may not use the session's cookie. The operator can allow it with --cors-origin.";
    Refusal::new(StatusCode::FORBIDDEN, code::FORBIDDEN, message)
}
