//! Many operations on one stream of events ("Single connection mode" of the protocol), for browsers, which open no more
//! than six connections to one server over HTTP/1.1.
//!
//! A reservation lives in this instance's memory: a load balancer has to send all requests of a client to one instance. It
//! belongs to the viewer that made it, and ends with its stream, or when no stream is opened in time.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use futures_util::{
    FutureExt,
    future::BoxFuture,
    stream::{self, BoxStream},
};
use poem::{
    Request, Response,
    http::{HeaderValue, StatusCode, header},
};
use serde::Serialize;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{event, lifetime};
use crate::{
    domain::{context::OpContext, identity::Viewer},
    graphql::engine::{ExecutionResult, GraphqlRequest, OperationType, code},
    http::{
        connections::ConnectionSlot,
        graphql::{
            decode, encode,
            incoming::{Incoming, not_acceptable},
            media_type::MediaType,
            operation::{self, MAX_ID, OperationEvent, OperationHandle, OperationSlots, TaggedEvent},
        },
        reply::Refusal,
        state::State,
    },
};

/// Maximum time from a reservation to its stream.
const WAIT: Duration = Duration::from_secs(30);

/// Maximum number of reservations of all callers together.
const MAX_RESERVATIONS: usize = 10_000;

/// All reservations of this instance, by their tokens.
#[derive(Clone, Default)]
pub(in crate::http::graphql) struct Reservations {
    by_token: Arc<Mutex<HashMap<String, Arc<Reservation>>>>,
}

struct Reservation {
    owner: Option<Uuid>,
    events: mpsc::Sender<TaggedEvent>,
    /// The stream's source of events; `None` once the stream is open.
    unopened: Mutex<Option<(mpsc::Receiver<TaggedEvent>, ConnectionSlot)>>,
    operations: Mutex<HashMap<String, OperationHandle>>,
    slots: OperationSlots,
    is_over: CancellationToken,
}

/// The data of an event.
#[derive(Serialize)]
struct Data<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<&'a ExecutionResult>,
}

impl Reservations {
    /// Makes a reservation. The response is its token.
    pub(in crate::http::graphql) async fn reserve(
        &self,
        state: &State,
        incoming: &Incoming,
    ) -> Result<Response, Refusal> {
        let ctx = incoming.context(&state.services);
        let owner = owner(&ctx).await;
        let slot = lifetime::enter(state, &ctx)?;
        let token = URL_SAFE_NO_PAD.encode(state.services.random.secret());
        let (events, receiver) = mpsc::channel(1);
        let reservation = Arc::new(Reservation {
            owner,
            events,
            unopened: Mutex::new(Some((receiver, slot))),
            operations: Mutex::default(),
            slots: OperationSlots::default(),
            is_over: CancellationToken::new(),
        });
        {
            let mut reservations = self.lock();
            if reservations.len() >= MAX_RESERVATIONS {
                let message = "Too many streams are reserved. Try again later.";
                return Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, code::UNAVAILABLE, message));
            }
            reservations.insert(token.clone(), reservation.clone());
        }
        self.drop_unless_opened(&token, reservation, state);
        let mut response = Response::builder()
            .status(StatusCode::CREATED)
            .content_type("text/plain; charset=utf-8")
            .body(token);
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Ok(response)
    }

    fn drop_unless_opened(&self, token: &str, reservation: Arc<Reservation>, state: &State) {
        let (reservations, token, stopping) = (self.clone(), token.to_owned(), state.connections.stopping());
        state.connections.spawn(async move {
            tokio::select! {
                () = tokio::time::sleep(WAIT) => {}
                () = stopping.cancelled() => {}
                () = reservation.is_over.cancelled() => {}
            }
            if lock(&reservation.unopened).is_some() {
                reservations.lock().remove(&token);
                reservation.end();
            }
        });
    }

    /// Opens the stream of a reservation, which has one at most.
    pub(in crate::http::graphql) async fn open(
        &self,
        state: &State,
        incoming: &Incoming,
        token: &str,
    ) -> Result<Response, Refusal> {
        let ctx = incoming.context(&state.services);
        let reservation = self.find(token, &ctx).await?;
        let cancelled = lifetime::cancel_signal(state, &ctx).await?;
        let Some((events, slot)) = lock(&reservation.unopened).take() else {
            let message = "The stream of this reservation is open already.";
            return Err(Refusal::new(StatusCode::CONFLICT, code::BAD_USER_INPUT, message));
        };
        let open = Open {
            reservations: self.clone(),
            token: token.to_owned(),
            reservation,
            events,
            cancelled: cancelled.boxed(),
            is_cancelled: false,
            _slot: slot,
        };
        let events = stream::unfold(open, |mut open| async { Some((open.next().await?, open)) });
        Ok(event::response(events, state.settings.sockets.keep_alive))
    }

    /// Starts an operation whose results go to the stream of the reservation.
    pub(in crate::http::graphql) async fn run(
        &self,
        state: &State,
        graphql: GraphqlRequest,
        token: &str,
        incoming: &Incoming,
    ) -> Result<Response, Refusal> {
        let media_type = match incoming.accept.preferred().ok_or_else(not_acceptable)? {
            MediaType::EventStream => MediaType::Json,
            media_type => media_type,
        };
        let ctx = incoming.context(&state.services);
        let reservation = self.find(token, &ctx).await?;
        let id = graphql.extensions.as_ref().and_then(|extensions| extensions.operation_id());
        let id = id.filter(|id| id.len() <= MAX_ID).ok_or_else(|| {
            let message =
                format!("`extensions.operationId` must name the operation, in 1 to {MAX_ID} bytes.");
            Refusal::bad_request(message)
        })?;
        let prepared = match state.executor.prepare(graphql, &ctx).await {
            Ok(prepared) => prepared,
            Err(result) => {
                // This is the response to the request, not the operation's: its status tells the failure in all media types.
                let mut response = encode::one(result, media_type)?;
                if response.status().is_success() {
                    response.set_status(StatusCode::BAD_REQUEST);
                }
                return Ok(response);
            }
        };
        let kind = prepared.kind();
        let results = state.executor.clone().run(prepared, ctx, incoming.id.clone());
        reservation.begin(id, kind, results, state.settings.sockets.max_operations)?;
        Ok(Response::builder().status(StatusCode::ACCEPTED).finish())
    }

    /// Ends an operation. It is no error if the operation has ended already.
    pub(in crate::http::graphql) async fn stop(
        &self,
        state: &State,
        request: &Request,
        incoming: &Incoming,
        token: &str,
    ) -> Result<Response, Refusal> {
        let ctx = incoming.context(&state.services);
        let reservation = self.find(token, &ctx).await?;
        let id = decode::parameter(request, "operationId").filter(|id| !id.is_empty()).ok_or_else(|| {
            Refusal::bad_request("The parameter `operationId` must name the operation to end.")
        })?;
        lock(&reservation.operations).remove(&*id);
        Ok(Response::builder().status(StatusCode::OK).finish())
    }

    /// The reservation of this token, which must be the caller's own.
    async fn find(&self, token: &str, ctx: &OpContext) -> Result<Arc<Reservation>, Refusal> {
        let found = self.lock().get(token).cloned();
        let reservation = found.ok_or_else(no_stream)?;
        if reservation.owner == owner(ctx).await { Ok(reservation) } else { Err(no_stream()) }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Reservation>>> {
        lock(&self.by_token)
    }
}

impl Reservation {
    fn begin(
        &self,
        id: String,
        kind: OperationType,
        results: BoxStream<'static, ExecutionResult>,
        max: usize,
    ) -> Result<(), Refusal> {
        let mut operations = lock(&self.operations);
        if self.is_over.is_cancelled() {
            return Err(no_stream());
        }
        if operations.contains_key(&id) {
            let message = "An operation of this id runs already.";
            return Err(Refusal::new(StatusCode::CONFLICT, code::BAD_USER_INPUT, message));
        }
        if operations.len() >= max {
            let message = format!("Too many operations on one stream: at most {max}.");
            return Err(Refusal::new(StatusCode::TOO_MANY_REQUESTS, code::RATE_LIMITED, message)
                .with(header::RETRY_AFTER, "1"));
        }
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        let tag = id.clone();
        let wrap = move |event| (tag.clone(), number, event);
        let task = operation::start(kind, results, self.slots.clone(), self.events.clone(), wrap);
        operations.insert(id, OperationHandle { number, _task: task });
        Ok(())
    }

    fn end(&self) {
        self.is_over.cancel();
        lock(&self.operations).clear();
    }

    /// The event as it is sent; `None` if its operation was stopped.
    fn encode(&self, (id, number, event): TaggedEvent) -> Option<Bytes> {
        let mut operations = lock(&self.operations);
        operations.get(&id).filter(|handle| handle.number == number)?;
        Some(match event {
            OperationEvent::Next(result) => event::next(&Data { id: &id, payload: Some(&result) }),
            OperationEvent::Complete | OperationEvent::Panicked => {
                operations.remove(&id);
                event::complete(&Data { id: &id, payload: None })
            }
        })
    }
}

static NUMBERS: AtomicU64 = AtomicU64::new(0);

/// An open stream. Dropping it ends its reservation and all its operations.
struct Open {
    reservations: Reservations,
    token: String,
    reservation: Arc<Reservation>,
    events: mpsc::Receiver<TaggedEvent>,
    cancelled: BoxFuture<'static, ()>,
    is_cancelled: bool,
    _slot: ConnectionSlot,
}

impl Open {
    async fn next(&mut self) -> Option<Bytes> {
        while !self.is_cancelled {
            tokio::select! {
                event = self.events.recv() => {
                    if let Some(event) = self.reservation.encode(event?) {
                        return Some(event);
                    }
                }
                () = &mut self.cancelled => self.is_cancelled = true,
            }
        }
        self.complete_one()
    }

    /// Ends an operation that has not ended by itself.
    fn complete_one(&self) -> Option<Bytes> {
        let mut operations = lock(&self.reservation.operations);
        let id = operations.keys().next()?.clone();
        operations.remove(&id);
        Some(event::complete(&Data { id: &id, payload: None }))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.reservations.lock().remove(&self.token);
        self.reservation.end();
    }
}

/// The account or API key of the viewer; none for invalid credentials.
async fn owner(ctx: &OpContext) -> Option<Uuid> {
    match ctx.viewer().await {
        Ok(Viewer::Account(viewer)) => Some(viewer.account.id.0),
        Ok(Viewer::ApiClient(client)) => Some(client.key.id.0),
        Ok(Viewer::Anonymous) | Err(_) => None,
    }
}

fn no_stream() -> Refusal {
    let message = "There is no such stream. Reserve one by PUT.";
    Refusal::new(StatusCode::NOT_FOUND, code::NOT_FOUND, message)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
