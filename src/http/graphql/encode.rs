//! Writes results as JSON responses
//! ([draft, "Response"](https://graphql.github.io/graphql-over-http/draft/#sec-Response)).
//!
//! As `application/graphql-response+json` the status tells the outcome: 200; 294 for both data and errors; 400 and above if
//! the operation did not begin. As `application/json` every well-formed request gets 200, because clients older than the
//! specification do not read the body of any other status. The exceptions, whatever the type, are 429 (rate limit) and
//! 405 (mutation by GET).

use std::time::Duration;

use poem::{
    Response,
    http::{HeaderMap, HeaderValue, StatusCode, header},
};
use serde::Serialize;

use super::media_type::MediaType;
use crate::{
    domain::{
        identity::REMOVED_COOKIE,
        kernel::quota::whole_seconds,
        rate_limit::{Policy, RateLimitStatus},
    },
    graphql::engine::{ExecutionResult, Rate, code},
    http::reply::Refusal,
};

/// "Partial success": data, and errors.
const PARTIAL: u16 = 294;

pub(super) fn one(result: ExecutionResult, media_type: MediaType) -> Result<Response, Refusal> {
    let mut response = write(status(&result, media_type), media_type, &result)?;
    add_headers(&mut response, result);
    Ok(response)
}

pub(super) fn list(results: Vec<ExecutionResult>, media_type: MediaType) -> Result<Response, Refusal> {
    let mut response = write(StatusCode::OK, media_type, &results)?;
    for result in results {
        add_headers(&mut response, result);
    }
    Ok(response)
}

fn status(result: &ExecutionResult, media_type: MediaType) -> StatusCode {
    let is_json = media_type == MediaType::Json;
    match (result.is_request_error, result.response.errors.is_empty()) {
        _ if matches!(result.rate, Some(Rate::Above(..) | Rate::Busy)) => StatusCode::TOO_MANY_REQUESTS,
        _ if result.is_method_not_allowed => StatusCode::METHOD_NOT_ALLOWED,
        (true, _) if !is_json && result.code() == Some(code::FORBIDDEN) => StatusCode::FORBIDDEN,
        (true, _) if !is_json => StatusCode::BAD_REQUEST,
        (false, false) if !is_json => StatusCode::from_u16(PARTIAL).unwrap_or(StatusCode::OK),
        _ => StatusCode::OK,
    }
}

fn write(status: StatusCode, media_type: MediaType, body: &impl Serialize) -> Result<Response, Refusal> {
    let body = serde_json::to_vec(body).map_err(|error| {
        tracing::error!(%error, "cannot serialize a response");
        Refusal::internal()
    })?;
    let mut response = Response::builder().status(status).content_type(media_type.content_type()).body(body);
    let headers = response.headers_mut();
    // Responses depend on the viewer and on the time. Operators who want them cached configure their proxy.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.append(header::VARY, HeaderValue::from_static("Accept"));
    Ok(response)
}

fn add_headers(response: &mut Response, result: ExecutionResult) {
    let headers = response.headers_mut();
    let mut own = result.response.http_headers;
    // Another operation of the batch may have logged in.
    if headers.contains_key(header::SET_COOKIE)
        && own.get(header::SET_COOKIE).is_some_and(|cookie| cookie == REMOVED_COOKIE)
    {
        own.remove(header::SET_COOKIE);
    }
    headers.extend(own);
    if result.is_method_not_allowed {
        headers.insert(header::ALLOW, HeaderValue::from_static("POST"));
    }
    if let Some(retry_after) = result.rate.and_then(|rate| rate.retry_after()) {
        headers.insert(header::RETRY_AFTER, retry_after.into());
    }
    match result.rate {
        Some(Rate::Within(RateLimitStatus { policy, remaining, reset })) => {
            add_rate(headers, policy, remaining, reset)
        }
        Some(Rate::Above(policy, retry_after)) => add_rate(headers, policy, 0, retry_after),
        Some(Rate::Busy) | None => {}
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
