//! Answers that are not the result of an operation, in the shape of GraphQL errors, so that clients need to read only
//! one kind.

use std::borrow::Cow;

use poem::{
    Response,
    http::{HeaderValue, StatusCode, header},
};
use serde_json::json;

use crate::graphql::error::code;

/// Why a request is not answered as it asks.
pub(super) struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: Cow<'static, str>,
    allow: Option<&'static str>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code, message: message.into(), allow: None }
    }

    /// The request itself cannot be used.
    pub(super) fn bad_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code::BAD_USER_INPUT, message)
    }

    /// There is nothing at this path.
    pub(super) fn not_found() -> Self {
        let message = "There is nothing here. The API is at /graphql.";
        Self::new(StatusCode::NOT_FOUND, code::NOT_FOUND, message)
    }

    /// Only the methods in `allow` work at this path.
    pub(super) fn method(allow: &'static str) -> Self {
        let message = format!("Use {allow} here.");
        let refusal = Self::new(StatusCode::METHOD_NOT_ALLOWED, code::BAD_USER_INPUT, message);
        Self { allow: Some(allow), ..refusal }
    }

    /// A defect; its cause has been logged.
    pub(super) fn internal() -> Self {
        let message = "Something went wrong on the server's side.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, code::INTERNAL, message)
    }
}

impl From<Refusal> for Response {
    fn from(refusal: Refusal) -> Self {
        let error = json!({ "message": refusal.message, "extensions": { "code": refusal.code } });
        let mut response = Response::builder()
            .status(refusal.status)
            .content_type("application/json; charset=utf-8")
            .body(json!({ "errors": [error] }).to_string());
        if let Some(allow) = refusal.allow {
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
        }
        response
    }
}

/// What poem's own refusals (no such route, wrong method) are turned into.
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
