//! GraphQL over server-sent events
//! ([protocol](https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md)): one operation for each stream here, many
//! on one stream in [`reservation`].

mod event;
mod reservation;

use std::sync::Arc;

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use poem::{
    Request, Response,
    http::{StatusCode, header},
};
use tokio::sync::mpsc;

pub(super) use self::reservation::Reservations;
use super::{
    Incoming,
    live::{LAST_WORDS, Place},
    operation::{self, Places, Step},
    plain,
};
use crate::{
    domain::{
        Fault, Op, Viewer,
        account::{self, Revoked},
        fault::with_causes,
    },
    graphql::{GraphqlRequest, OperationType, Prepared, error::code},
    http::{State, reply::Refusal},
};

const TOKEN: &str = "x-graphql-event-stream-token";

/// The token of the reservation that a request names.
pub(super) fn token(request: &Request) -> Option<String> {
    let header = request.header(TOKEN).map(str::to_owned);
    header.or_else(|| super::decode::parameter(request, "token").map(|token| token.into_owned()))
}

pub(super) fn no_token() -> Refusal {
    let message = format!("Which stream is meant? Send its token as the header {TOKEN}.");
    Refusal::bad_request(message)
}

/// One operation on a stream of its own. Why it does not begin is told on the stream too ("Distinct connections mode").
pub(super) async fn distinct(
    state: &State,
    graphql: GraphqlRequest,
    incoming: &Incoming,
    is_get: bool,
) -> Result<Response, Refusal> {
    let op = Arc::new(Op::new(state.ports.clone(), incoming.caller.clone()));
    match state.executor.prepare(graphql, &op).await {
        Ok(prepared) if is_get && prepared.kind() == OperationType::Mutation => Err(plain::mutation_by_get()),
        Ok(prepared) => stream(state, prepared, op, incoming).await,
        Err(answer) => {
            let events = stream::iter([event::next(&answer), event::complete_only()]);
            Ok(event::response(events, state.settings.sockets.keep_alive))
        }
    }
}

/// The answers of an operation, as events.
pub(super) async fn stream(
    state: &State,
    prepared: Prepared,
    op: Arc<Op>,
    incoming: &Incoming,
) -> Result<Response, Refusal> {
    let ended = attend(state, &op).await?;
    let place = place(state, &op)?;
    let kind = prepared.kind();
    let answers = state.executor.clone().run(prepared, op, incoming.id.clone());
    let (sender, mut steps) = mpsc::channel(1);
    let task = operation::start(kind, answers, Places::default(), sender, |step| step);
    let events = stream::poll_fn(move |cx| {
        steps.poll_recv(cx).map(|step| match step? {
            Step::Answer(answer) => Some(event::next(&answer)),
            Step::End | Step::Defect => None,
        })
    });
    let events = events.take_until(ended).chain(stream::once(async { event::complete_only() }));
    Ok(event::response(holding(events, (place, task)), state.settings.sockets.keep_alive))
}

/// A place for a stream of whoever asks.
fn place(state: &State, op: &Op) -> Result<Place, Refusal> {
    state.live.enter(op).map_err(|too_many| {
        let message = format!("Too many open streams: at most {} for one viewer.", too_many.0);
        Refusal::new(StatusCode::TOO_MANY_REQUESTS, code::RATE_LIMITED, message)
            .with(header::RETRY_AFTER, "1")
    })
}

/// What ends a stream: the server's stop, and the end of the session that opened it. Whose token is no good is told so by
/// the operation, if it matters there; whose session cannot be watched gets no stream.
async fn attend(state: &State, op: &Op) -> Result<impl Future<Output = ()> + Send + use<>, Refusal> {
    let revocations = match op.viewer().await {
        Ok(Viewer::Account(_)) => Some(account::revocations(op).await.map_err(unwatched)?),
        Ok(Viewer::Anonymous | Viewer::Program(_)) | Err(Fault::Unauthenticated(_)) => None,
        Err(fault) => return Err(unwatched(fault)),
    };
    let stopping = state.live.stopping();
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
        tokio::time::sleep(LAST_WORDS).await;
    })
}

fn unwatched(fault: Fault) -> Refusal {
    match fault {
        Fault::Unauthenticated(message) => {
            Refusal::new(StatusCode::UNAUTHORIZED, code::UNAUTHENTICATED, message)
        }
        Fault::Forbidden(message) => Refusal::new(StatusCode::FORBIDDEN, code::FORBIDDEN, message),
        Fault::Internal(_) => {
            tracing::error!(cause = with_causes(&fault), "a stream cannot be opened");
            Refusal::internal()
        }
        Fault::Unavailable { .. } | Fault::NotSetUp { .. } | Fault::Conflict(_) => {
            let message = "A service that this needs does not answer. Try again later.";
            Refusal::new(StatusCode::SERVICE_UNAVAILABLE, code::UNAVAILABLE, message)
        }
    }
}

/// The same events, with what is to be dropped when they end.
fn holding<T: Send + 'static>(
    events: impl Stream<Item = Bytes> + Send + 'static,
    held: T,
) -> impl Stream<Item = Bytes> + Send + 'static {
    stream::unfold((events.boxed(), held), |(mut events, held)| async {
        let event = events.next().await?;
        Some((event, (events, held)))
    })
}
