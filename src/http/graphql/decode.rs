//! Reads requests: from a URL or a body ([draft, "Request"](https://graphql.github.io/graphql-over-http/draft/#sec-Request)).

use bytes::Bytes;
use poem::{
    Body, Request,
    error::ReadBodyError,
    http::{StatusCode, header},
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::{
    graphql::engine::{GraphqlRequest, code},
    http::{accepted, reply::Refusal, state::Settings},
};

pub(super) enum ParsedBody {
    One(Box<GraphqlRequest>),
    /// A batch. The response is a list.
    Batch(Vec<GraphqlRequest>),
}

/// Maximum total size of the bodies that this instance reads at once, in bytes, without short ones. Without a limit, many
/// incomplete bodies would fill the memory.
const MAX_BODIES: usize = 4 * 1024 * 1024;

/// Bodies up to this length, in bytes, are read regardless of the total.
const SHORT: usize = 16 * 1024;

/// Memory for bodies that are being read.
pub(super) struct BodyBudget(Semaphore);

impl Default for BodyBudget {
    fn default() -> Self {
        Self(Semaphore::new(MAX_BODIES))
    }
}

impl BodyBudget {
    /// Waits until a body of this length fits.
    async fn take(&self, length: usize) -> Option<SemaphorePermit<'_>> {
        if length <= SHORT {
            return None;
        }
        self.0.acquire_many(length.min(MAX_BODIES).try_into().ok()?).await.ok()
    }
}

/// With this header, the response has the operation's cost in `extensions.cost`.
const COST: &str = "x-graphql-cost";

pub(super) async fn from_body(
    request: &mut Request,
    settings: &Settings,
    budget: &BodyBudget,
) -> Result<ParsedBody, Refusal> {
    check_content_type(request)?;
    let announced = request.header(header::CONTENT_LENGTH).and_then(|length| length.parse().ok());
    let (body, _taken) = read(request.take_body(), announced, settings, budget).await?;
    let mut parsed = parse_body(&body, settings)?;
    let wants_cost = wants_cost(request);
    match &mut parsed {
        ParsedBody::One(graphql) => graphql.wants_cost = wants_cost,
        ParsedBody::Batch(batch) => batch.iter_mut().for_each(|graphql| graphql.wants_cost = wants_cost),
    }
    Ok(parsed)
}

/// The operation of a GET, from the parameters of its URL; empty ones count as missing.
pub(super) fn from_url(request: &Request) -> Result<GraphqlRequest, Refusal> {
    let mut graphql = GraphqlRequest::default();
    graphql.wants_cost = wants_cost(request);
    graphql.is_safe_method = true;
    let query = request.uri().query().unwrap_or_default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()).filter(|(_, value)| !value.is_empty()) {
        match &*name {
            "query" => graphql.query = Some(value.into_owned()),
            "operationName" => graphql.operation_name = Some(value.into_owned()),
            "documentId" => graphql.document_id = Some(value.into_owned()),
            "variables" => graphql.variables = json("variables", &value)?,
            "extensions" => graphql.extensions = json("extensions", &value)?,
            _ => {}
        }
    }
    if graphql.is_empty() { Err(no_query()) } else { Ok(graphql) }
}

fn no_query() -> Refusal {
    Refusal::bad_request("The request has no `query`.")
}

fn wants_cost(request: &Request) -> bool {
    request.header(COST).is_some_and(|value| !matches!(value, "" | "0" | "false"))
}

fn json<T: DeserializeOwned>(name: &str, text: &str) -> Result<T, Refusal> {
    serde_json::from_str(text)
        .map_err(|error| Refusal::bad_request(format!("The parameter `{name}` cannot be read: {error}.")))
}

/// Accepts JSON only: HTML forms cannot send it, and browsers send a preflight request before they send it to another
/// origin ([draft, "Security"](https://graphql.github.io/graphql-over-http/draft/#sec-Security)).
fn check_content_type(request: &Request) -> Result<(), Refusal> {
    // The whole value: part of a list could hide a type that forms can send.
    let content_type = request.content_type().and_then(accepted::element);
    let is_json = content_type.is_some_and(|(essence, _)| essence == "application/json");
    let is_plain =
        request.header(header::CONTENT_ENCODING).is_none_or(|coding| coding.eq_ignore_ascii_case("identity"));
    let message = match (is_json, is_plain) {
        (true, true) => return Ok(()),
        (false, _) => "Send the request as `Content-Type: application/json`, in UTF-8.",
        (true, false) => "Send the request without `Content-Encoding`.",
    };
    Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, code::BAD_USER_INPUT, message))
}

async fn read<'r>(
    body: Body,
    announced: Option<usize>,
    settings: &Settings,
    budget: &'r BodyBudget,
) -> Result<(Bytes, Option<SemaphorePermit<'r>>), Refusal> {
    let too_large = || {
        let message = format!("The request's body is larger than {} bytes.", settings.max_body);
        Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, code::BAD_USER_INPUT, message)
    };
    if announced.is_some_and(|length| length > settings.max_body) {
        return Err(too_large());
    }
    let arrival = async {
        let taken = budget.take(announced.unwrap_or(settings.max_body)).await;
        Ok((body.into_bytes_limit(settings.max_body).await?, taken))
    };
    match tokio::time::timeout(settings.body_timeout, arrival).await {
        Ok(Ok(arrived)) => Ok(arrived),
        Ok(Err(ReadBodyError::PayloadTooLarge)) => Err(too_large()),
        Ok(Err(_)) => Err(Refusal::bad_request("The request's body is incomplete.")),
        Err(_) => {
            let message = "The request's body took too long to arrive.";
            Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, code::BAD_USER_INPUT, message))
        }
    }
}

fn parse_body(body: &[u8], settings: &Settings) -> Result<ParsedBody, Refusal> {
    let unreadable = |error| Refusal::bad_request(format!("The request's body cannot be read: {error}."));
    if body.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'[') {
        let graphql: GraphqlRequest = serde_json::from_slice(body).map_err(unreadable)?;
        return if graphql.is_empty() { Err(no_query()) } else { Ok(ParsedBody::One(Box::new(graphql))) };
    }
    if settings.max_batch == 0 {
        let message = "Lists of operations are not taken here; send one operation. The operator can allow them with \
                       --max-batch.";
        return Err(Refusal::bad_request(message));
    }
    let batch: Vec<Map<String, Value>> = serde_json::from_slice(body).map_err(unreadable)?;
    let batch = batch.into_iter().map(|item| serde_json::from_value(Value::Object(item)));
    let batch: Vec<GraphqlRequest> = batch.collect::<Result<_, _>>().map_err(unreadable)?;
    if batch.is_empty() || batch.len() > settings.max_batch {
        let message = format!(
            "A list of operations has 1 to {} of them (--max-batch), not {}.",
            settings.max_batch,
            batch.len()
        );
        return Err(Refusal::bad_request(message));
    }
    Ok(ParsedBody::Batch(batch))
}
