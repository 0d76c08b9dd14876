//! GraphQL over server-sent events, one operation per stream
//! ([protocol](https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md), "Distinct connections mode").

mod event;
mod lifetime;

use std::sync::Arc;

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use poem::Response;
use tokio::sync::mpsc;

use crate::{
    domain::context::OpContext,
    graphql::engine::{GraphqlRequest, PreparedOperation},
    http::{
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

/// Streams the results of an operation as events.
pub(super) async fn stream(
    state: &State,
    prepared: PreparedOperation,
    ctx: Arc<OpContext>,
    incoming: &Incoming,
) -> Result<Response, Refusal> {
    let cancelled = lifetime::cancel_signal(state, &ctx).await?;
    let slot = lifetime::enter(state, &ctx)?;
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
