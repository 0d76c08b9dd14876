//! Result of an operation: the response, whose errors have codes and no causes.

use std::time::Duration;

use async_graphql::{Response, ServerError, Value, value};
use serde::Serialize;

use crate::{
    domain::{
        identity::REMOVED_COOKIE,
        kernel::{
            fault::{Fault, with_causes},
            quota::whole_seconds,
        },
        rate_limit::{Policy, RateLimitStatus, RateLimited},
    },
    graphql::kit::error::{code, request_error},
};

pub struct ExecutionResult {
    /// Response, with keys in the order of the query.
    pub response: Response,
    /// Whether the operation did not start: the document or the request is invalid, and there is no data.
    pub is_request_error: bool,
    /// Rate limit status of the caller.
    pub rate: Option<Rate>,
    /// Whether the operation did not start because the request's method does not allow it.
    pub is_method_not_allowed: bool,
}

#[derive(Clone, Copy, Debug)]
pub enum Rate {
    Within(RateLimitStatus),
    /// The quota is used up; the caller can try again after this time.
    Above(Policy, Duration),
    Busy,
}

impl Rate {
    /// Seconds after which the caller can try again; `None` if it was admitted.
    pub fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Within(_) => None,
            Self::Above(_, after) => Some(whole_seconds(after)),
            Self::Busy => Some(1),
        }
    }
}

impl ExecutionResult {
    pub(super) fn rejected(error: ServerError) -> Self {
        Self::rejected_for_all(vec![error])
    }

    /// The operation did not start, for these reasons, limited to a hundred.
    pub(super) fn rejected_for_all(mut errors: Vec<ServerError>) -> Self {
        const MAX: usize = 50;
        errors.truncate(MAX);
        Self::new(Response::from_errors(errors), true)
    }

    fn new(response: Response, is_request_error: bool) -> Self {
        Self { response, is_request_error, rate: None, is_method_not_allowed: false }
    }

    /// The operation did not start because it is a mutation by GET.
    pub(super) fn mutation_by_get() -> Self {
        let message = "Mutations must be sent by POST, not by GET.";
        Self { is_method_not_allowed: true, ..Self::rejected(request_error(code::BAD_USER_INPUT, message)) }
    }

    /// The operation did not start because its caller is above a rate limit.
    pub(super) fn rate_limited(refused: RateLimited) -> Self {
        let rate = match refused {
            RateLimited::TooMuch { policy, retry_after } => Rate::Above(policy, retry_after),
            RateLimited::TooManyAtOnce { .. } => Rate::Busy,
        };
        Self::above(rate, refused.to_string())
    }

    fn above(rate: Rate, message: String) -> Self {
        let mut error = request_error(code::RATE_LIMITED, message);
        let retry_after = rate.retry_after().unwrap_or_default();
        error.extensions.get_or_insert_default().set("retryAfter", retry_after);
        Self { rate: Some(rate), ..Self::rejected(error) }
    }

    /// The operation did not start because too many run on this connection.
    pub fn too_many_operations(max: usize) -> Self {
        let message = format!("Too many operations on this connection: at most {max} at once.");
        Self::above(Rate::Busy, message)
    }

    /// The operation did not start because this transport cannot carry a subscription.
    pub fn no_subscription() -> Self {
        let message = "Subscriptions need a WebSocket or `Accept: text/event-stream`.";
        Self::rejected(request_error(code::BAD_USER_INPUT, message))
    }

    /// The operation has run. Causes of faults are logged here, once.
    pub(super) fn executed(mut response: Response, request_id: &str) -> Self {
        for error in &mut response.errors {
            finish(error, request_id);
        }
        let is_request_error =
            response.data == Value::Null && response.errors.iter().any(|error| error.path.is_empty());
        Self::new(response, is_request_error)
    }

    /// The operation took longer than the maximum duration.
    pub(super) fn timed_out(limit: Duration) -> Self {
        tracing::warn!(?limit, "operation took too long");
        let error = request_error(code::UNAVAILABLE, format!("The operation took longer than {limit:?}."));
        Self::new(Response::from_errors(vec![error]), false)
    }

    /// Removes the client's cookie, unless the operation has set another.
    pub(super) fn remove_cookie(&mut self) {
        if let Ok(removed) = REMOVED_COOKIE.parse() {
            self.response.http_headers.entry("set-cookie").or_insert(removed);
        }
    }

    pub fn code(&self) -> Option<&str> {
        match self.response.errors.first()?.extensions.as_ref()?.get("code")? {
            Value::String(code) => Some(code),
            _ => None,
        }
    }

    /// Adds the operation's cost, and the maximum, as `extensions.cost`.
    pub(super) fn set_cost(&mut self, cost: usize, max: usize) {
        self.response.extensions.insert("cost".to_owned(), value!({ "points": cost, "max": max }));
    }
}

/// Without `data` if the operation did not start ([GraphQL, 7.1](https://spec.graphql.org/draft/#sec-Response-Format)).
impl Serialize for ExecutionResult {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.is_request_error {
            true => serializer.collect_map([("errors", &self.response.errors)]),
            false => self.response.serialize(serializer),
        }
    }
}

/// Adds codes to errors that async-graphql creates during execution, and logs the causes of faults.
fn finish(error: &mut ServerError, request_id: &str) {
    if let Some(fault) = error.source::<Fault>() {
        let path = serde_json::to_string(&error.path).unwrap_or_default();
        let cause = with_causes(fault);
        match fault {
            Fault::Internal(_) => {
                tracing::error!(request_id, path, cause, "operation failed");
                error.extensions.get_or_insert_default().set("requestId", request_id);
            }
            _ => tracing::warn!(path, cause, "operation failed"),
        }
    }
    if error.extensions.as_ref().is_none_or(|extensions| extensions.get("code").is_none()) {
        let code = if error.path.is_empty() { code::GRAPHQL_VALIDATION_FAILED } else { code::BAD_USER_INPUT };
        error.extensions.get_or_insert_default().set("code", code);
    }
}
