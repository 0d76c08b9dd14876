//! GraphQL over server-sent events, one operation per stream
//! ([protocol](https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md), "Distinct connections mode").

mod event;

use std::sync::Arc;

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use poem::{
    Response,
    http::{StatusCode, header},
};
use tokio::sync::mpsc;

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
            encode,
            incoming::Incoming,
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
            let events = stream::iter([event::next(&result), event::complete()]);
            Ok(event::response(events, state.settings.sockets.keep_alive))
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
            OperationEvent::Next(result) => Some(event::next(&result)),
            OperationEvent::Complete | OperationEvent::Panicked => None,
        })
    });
    let events = events.take_until(cancelled).chain(stream::once(async { event::complete() }));
    Ok(event::response(with_guard(events, (slot, task)), state.settings.sockets.keep_alive))
}

/// The same events; `guard` is dropped at their end.
fn with_guard<T: Send + 'static>(
    events: impl Stream<Item = Bytes> + Send + 'static,
    guard: T,
) -> impl Stream<Item = Bytes> + Send + 'static {
    stream::unfold((events.boxed(), guard), |(mut events, guard)| async {
        let event = events.next().await?;
        Some((event, (events, guard)))
    })
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
            let message = "A service that this needs does not answer. Try again later.";
            Refusal::new(StatusCode::SERVICE_UNAVAILABLE, code::UNAVAILABLE, message)
        }
    }
}
