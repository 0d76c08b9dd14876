//! Responses that are not the result of an operation. They have the shape of GraphQL errors, so that clients read one
//! format only.

use std::borrow::Cow;

use poem::{
    Response,
    http::{HeaderName, HeaderValue, StatusCode, header},
};
use serde_json::json;

use crate::graphql::engine::code;

/// Seconds after which a client that has too much open can try again.
const RETRY_AFTER: u32 = 1;

/// Response to a request that is rejected before an operation begins.
pub(super) struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: Cow<'static, str>,
    header: Option<(HeaderName, &'static str)>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code, message: message.into(), header: None }
    }

    /// The request is malformed.
    pub(super) fn bad_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code::BAD_USER_INPUT, message)
    }

    pub(super) fn not_found() -> Self {
        let message = "Not found. The API is at /graphql.";
        Self::new(StatusCode::NOT_FOUND, code::NOT_FOUND, message)
    }

    /// The path supports only the methods in `allow`.
    pub(super) fn method(allow: &'static str) -> Self {
        let message = format!("Method not allowed. Use {allow}.");
        Self::new(StatusCode::METHOD_NOT_ALLOWED, code::BAD_USER_INPUT, message).with(header::ALLOW, allow)
    }

    /// Adds a header that belongs to the status.
    pub(super) fn with(self, header: HeaderName, value: &'static str) -> Self {
        Self { header: Some((header, value)), ..self }
    }

    /// A defect in the server; its cause has been logged.
    pub(super) fn internal() -> Self {
        let message = "Internal server error.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, code::INTERNAL, message)
    }
}

impl From<Refusal> for Response {
    fn from(refusal: Refusal) -> Self {
        let mut error = json!({ "message": refusal.message, "extensions": { "code": refusal.code } });
        if refusal.code == code::RATE_LIMITED {
            error["extensions"]["retryAfter"] = RETRY_AFTER.into();
        }
        let mut response = Response::builder()
            .status(refusal.status)
            .content_type("application/json; charset=utf-8")
            .body(json!({ "errors": [error] }).to_string());
        if let Some((header, value)) = refusal.header {
            response.headers_mut().insert(header, HeaderValue::from_static(value));
        }
        response
    }
}

/// Converts poem's own errors (no such route, wrong method).
pub(super) async fn from_error(error: poem::Error) -> Response {
    match error.status() {
        StatusCode::NOT_FOUND => Refusal::not_found(),
        StatusCode::METHOD_NOT_ALLOWED => Refusal::method("GET, HEAD"),
        status if status.is_client_error() => Refusal::bad_request("The request's path cannot be read."),
        status => {
            tracing::error!(%status, %error, "request failed");
            Refusal::internal()
        }
    }
    .into()
}
