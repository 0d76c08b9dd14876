//! Operations that are answered at once, over HTTP
//! ([draft, "Response"](https://graphql.github.io/graphql-over-http/draft/#sec-Response)).
//!
//! As `application/graphql-response+json` the status tells how it went: 200; 294 where there are both data and errors; 400
//! and above where the operation never began. As `application/json` every well-formed request gets 200, since clients
//! older than the specification read no body of any other.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;
use poem::{
    Response,
    http::{HeaderMap, HeaderValue, StatusCode, header},
};

use super::{Incoming, MediaType, not_acceptable, sse};
use crate::{
    domain::{
        Op,
        quota::whole_seconds,
        traffic::{Policy, Standing},
    },
    graphql::{Answer, GraphqlRequest, OperationType, Rate, error::code},
    http::{State, compression::NotCompressed, reply::Refusal},
};

/// "Partial success": data, and errors.
const PARTIAL: u16 = 294;

/// Answers one operation.
pub(super) async fn one(
    state: &State,
    graphql: GraphqlRequest,
    media_type: MediaType,
    incoming: &Incoming,
    is_get: bool,
) -> Result<Response, Refusal> {
    let op = Arc::new(Op::new(state.ports.clone(), incoming.caller.clone()));
    let prepared = match state.executor.prepare(graphql, &op).await {
        Ok(prepared) => prepared,
        Err(answer) => return encode(answer, media_type),
    };
    match prepared.kind() {
        OperationType::Mutation if is_get => return Err(mutation_by_get()),
        OperationType::Subscription if incoming.accept.takes(MediaType::EventStream) => {
            return sse::stream(state, prepared, op, incoming).await;
        }
        OperationType::Subscription => return Err(not_acceptable()),
        _ => {}
    }
    let is_mutation = prepared.kind() == OperationType::Mutation;
    let mut response = encode(state.executor.execute(prepared, op, &incoming.id).await, media_type)?;
    if is_mutation {
        // Only mutations answer with fresh secrets, and their input comes back beside them.
        response.extensions_mut().insert(NotCompressed);
    }
    Ok(response)
}

/// Answers several operations, in a list in their order.
pub(super) async fn batch(
    state: &State,
    batch: Vec<GraphqlRequest>,
    incoming: &Incoming,
) -> Result<Response, Refusal> {
    let media_type = match incoming.accept.preferred().ok_or_else(not_acceptable)? {
        MediaType::EventStream => {
            return Err(Refusal::bad_request("A list of operations is answered as JSON."));
        }
        media_type => media_type,
    };
    let holds_secrets = AtomicBool::new(false);
    let answers = join_all(batch.into_iter().map(|graphql| async {
        let op = Arc::new(Op::new(state.ports.clone(), incoming.caller.clone()));
        let prepared = match state.executor.prepare(graphql, &op).await {
            Ok(prepared) if prepared.kind() == OperationType::Subscription => {
                return Answer::no_subscription();
            }
            Ok(prepared) => prepared,
            Err(answer) => return answer,
        };
        if prepared.kind() == OperationType::Mutation {
            holds_secrets.store(true, Ordering::Relaxed);
        }
        state.executor.execute(prepared, op, &incoming.id).await
    }))
    .await;
    let mut response = write(StatusCode::OK, media_type, &answers)?;
    for answer in answers {
        add_headers(&mut response, answer);
    }
    if holds_secrets.into_inner() {
        response.extensions_mut().insert(NotCompressed);
    }
    Ok(response)
}

pub(super) fn mutation_by_get() -> Refusal {
    Refusal::method("POST").because("Mutations are sent by POST.")
}

/// The answer as it is sent.
pub(super) fn encode(answer: Answer, media_type: MediaType) -> Result<Response, Refusal> {
    let mut response = write(status(&answer, media_type), media_type, &answer)?;
    add_headers(&mut response, answer);
    Ok(response)
}

fn status(answer: &Answer, media_type: MediaType) -> StatusCode {
    let is_json = media_type == MediaType::Json;
    match (answer.is_request_error, answer.response.errors.is_empty()) {
        _ if matches!(answer.rate, Some(Rate::Above(..) | Rate::Busy)) => StatusCode::TOO_MANY_REQUESTS,
        (true, _) if !is_json && answer.code() == Some(code::FORBIDDEN) => StatusCode::FORBIDDEN,
        (true, _) if !is_json => StatusCode::BAD_REQUEST,
        (false, false) if !is_json => StatusCode::from_u16(PARTIAL).unwrap_or(StatusCode::OK),
        _ => StatusCode::OK,
    }
}

fn write(
    status: StatusCode,
    media_type: MediaType,
    body: &impl serde::Serialize,
) -> Result<Response, Refusal> {
    let body = serde_json::to_vec(body).map_err(|error| {
        tracing::error!(%error, "the answer cannot be written");
        Refusal::internal()
    })?;
    let mut response = Response::builder().status(status).content_type(media_type.content_type()).body(body);
    let headers = response.headers_mut();
    // Answers depend on who asks and on when. Who wants them kept on their way has a proxy say so.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.append(header::VARY, HeaderValue::from_static("Accept"));
    Ok(response)
}

fn add_headers(response: &mut Response, answer: Answer) {
    let headers = response.headers_mut();
    headers.extend(answer.response.http_headers);
    match answer.rate {
        Some(Rate::Within(Standing { policy, remaining, reset })) => {
            add_rate(headers, policy, remaining, reset)
        }
        Some(Rate::Above(policy, retry_after)) => {
            add_rate(headers, policy, 0, retry_after);
            headers.insert(header::RETRY_AFTER, whole_seconds(&retry_after).into());
        }
        Some(Rate::Busy) => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        None => {}
    }
}

/// `RateLimit-Policy` and `RateLimit`
/// ([draft, 3 and 4](https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers)), in points.
fn add_rate(headers: &mut HeaderMap, policy: Policy, remaining: u32, reset: Duration) {
    let Policy { name, quota } = policy;
    let window = whole_seconds(&quota.window());
    let texts = [
        ("ratelimit-policy", format!("\"{name}\";q={};w={window}", quota.burst)),
        ("ratelimit", format!("\"{name}\";r={remaining};t={}", whole_seconds(&reset))),
    ];
    for (header, text) in texts {
        if let Ok(value) = HeaderValue::try_from(text) {
            headers.insert(header, value);
        }
    }
}
