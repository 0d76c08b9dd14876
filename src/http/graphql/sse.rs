//! GraphQL over server-sent events, one operation per stream
//! ([protocol](https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md), "Distinct connections mode").

use std::{io, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use poem::{
    Body, Response,
    http::{HeaderValue, StatusCode, header},
};
use serde::Serialize;
use tokio::{
    sync::mpsc,
    time::{Instant, interval_at},
};

use crate::{
    domain::{
        auth::{self, Revoked},
        context::OpContext,
        identity::Viewer,
        kernel::fault::{Fault, with_causes},
        rate_limit::Slot,
    },
    graphql::engine::{GraphqlRequest, PreparedOperation, code},
    http::{
        connections::DRAIN_TIMEOUT,
        graphql::{
            Incoming, encode,
            media_type::MediaType,
            operation::{self, OperationEvent, OperationSlots},
        },
        reply::Refusal,
        state::State,
    },
};

/// Runs one operation. If it does not begin, the stream tells why, too.
pub(super) async fn distinct(
    state: &State,
    graphql: GraphqlRequest,
    incoming: &Incoming,
) -> Result<Response, Refusal> {
    let ctx = incoming.context(&state.services);
    match state.executor.prepare(graphql, &ctx).await {
        Ok(prepared) => stream(state, prepared, ctx, incoming).await,
        Err(result) if result.is_method_not_allowed => encode::one(result, MediaType::Json),
        Err(result) => {
            let events = stream::iter([next(&result), complete()]);
            Ok(response(events, state.settings.sockets.keep_alive))
        }
    }
}

pub(super) async fn stream(
    state: &State,
    prepared: PreparedOperation,
    ctx: Arc<OpContext>,
    incoming: &Incoming,
) -> Result<Response, Refusal> {
    let cancelled = cancel_signal(state, &ctx).await?;
    let slot = enter(state, &ctx)?;
    let kind = prepared.kind();
    let results = state.executor.clone().run(prepared, ctx, incoming.id.clone());
    let (sender, mut receiver) = mpsc::channel(1);
    let task = operation::start(kind, results, OperationSlots::default(), sender, |event| event);
    let events = stream::poll_fn(move |cx| {
        receiver.poll_recv(cx).map(|event| match event? {
            OperationEvent::Next(result) => Some(next(&result)),
            OperationEvent::Complete | OperationEvent::Panicked => None,
        })
    });
    let events = events.take_until(cancelled).chain(stream::once(async { complete() }));
    // They end with the stream.
    let guard = (slot, task);
    let events = events.inspect(move |_| _ = &guard);
    Ok(response(events, state.settings.sockets.keep_alive))
}

fn enter(state: &State, ctx: &OpContext) -> Result<Slot, Refusal> {
    state.connections.enter(ctx).map_err(|too_many| {
        let message = format!("Too many open streams: at most {} for one viewer.", too_many.0);
        Refusal::new(StatusCode::TOO_MANY_REQUESTS, code::RATE_LIMITED, message)
            .with(header::RETRY_AFTER, "1")
    })
}

/// Completes when the server stops or the session that opened the stream ends, after [`DRAIN_TIMEOUT`]. An invalid token
/// is left to the operation, which may not need it; if a session cannot be watched, there is no stream.
async fn cancel_signal(
    state: &State,
    ctx: &OpContext,
) -> Result<impl Future<Output = ()> + Send + use<>, Refusal> {
    let revocations = match ctx.viewer().await {
        Ok(Viewer::Account(_)) => Some(auth::revocations(ctx).await.map_err(unwatched)?),
        Ok(Viewer::Anonymous | Viewer::ApiClient(_)) | Err(Fault::Unauthenticated(_)) => None,
        Err(fault) => return Err(unwatched(fault)),
    };
    let stopping = state.connections.stopping();
    Ok(async move {
        let revoked = async {
            match revocations {
                Some(revocations) => {
                    let is_current = |revoked: &Revoked| std::future::ready(revoked.is_current);
                    Box::pin(revocations.filter(is_current)).next().await;
                }
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = stopping.cancelled_owned() => {}
            () = revoked => {}
        }
        tokio::time::sleep(DRAIN_TIMEOUT).await;
    })
}

fn unwatched(fault: Fault) -> Refusal {
    match fault {
        Fault::Unauthenticated(message) => {
            Refusal::new(StatusCode::UNAUTHORIZED, code::UNAUTHENTICATED, message)
        }
        Fault::Forbidden(message) => Refusal::new(StatusCode::FORBIDDEN, code::FORBIDDEN, message),
        Fault::Internal(_) => {
            tracing::error!(cause = with_causes(&fault), "cannot open a stream");
            Refusal::internal()
        }
        Fault::Unavailable { .. } | Fault::NotSetUp { .. } | Fault::Conflict(_) => {
            let message = "A required service does not answer. Try again later.";
            Refusal::new(StatusCode::SERVICE_UNAVAILABLE, code::UNAVAILABLE, message)
        }
    }
}

fn next(data: &impl Serialize) -> Bytes {
    // JSON has no line breaks outside of its strings, and escapes those within.
    match serde_json::to_string(data) {
        Ok(data) => format!("event: next\ndata: {data}\n\n").into(),
        Err(error) => {
            tracing::error!(%error, "the answer cannot be written");
            Bytes::new()
        }
    }
}

/// A `complete` event. `EventSource` overlooks events without data, be it empty.
fn complete() -> Bytes {
    Bytes::from_static(b"event: complete\ndata: \n\n")
}

/// The response of a stream of events, with a comment whenever nothing else is sent for so long.
fn response(events: impl Stream<Item = Bytes> + Send + 'static, keep_alive: Duration) -> Response {
    let ticks = interval_at(Instant::now() + keep_alive, keep_alive);
    let state = (events.boxed(), ticks);
    let with_comments = stream::unfold(state, |(mut events, mut ticks)| async {
        let bytes = tokio::select! {
            event = events.next() => {
                ticks.reset();
                event?
            }
            _ = ticks.tick() => Bytes::from_static(b":\n\n"),
        };
        Some((Ok::<_, io::Error>(bytes), (events, ticks)))
    });
    // The first comment makes proxies and clients see at once that the stream is open.
    let opening = stream::once(async { Ok(Bytes::from_static(b":\n\n")) });
    let mut response = Response::builder()
        .status(StatusCode::OK)
        .content_type(MediaType::EventStream.content_type())
        .body(Body::from_bytes_stream(opening.chain(with_comments)));
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, no-transform"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}
