//! Many operations on one stream of events ("Single connection mode" of the protocol), for browsers, which open no more
//! than six connections to one server over HTTP/1.1.
//!
//! A reservation lives in this instance's memory: behind a load balancer, a client's requests have to come to one
//! instance. It belongs to whoever made it, and ends with its stream, or when no stream comes for it in time.

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

use super::{super::plain, attend, event, place};
use crate::{
    domain::{Op, Viewer},
    graphql::{Answer, GraphqlRequest, OperationType, error::code},
    http::{
        State,
        graphql::{
            Incoming, decode,
            live::Place,
            media_type::MediaType,
            not_acceptable,
            operation::{self, MAX_ID, Places, Running, Step, Told},
        },
        reply::Refusal,
    },
};

/// How long a reservation waits for its stream.
const WAIT: Duration = Duration::from_secs(30);
/// Reservations at once, at most, however many callers make them.
const MAX_RESERVATIONS: usize = 10_000;

/// All reservations of this instance, by their tokens.
#[derive(Clone, Default)]
pub(in crate::http::graphql) struct Reservations {
    by_token: Arc<Mutex<HashMap<String, Arc<Reservation>>>>,
}

struct Reservation {
    owner: Option<Uuid>,
    steps: mpsc::Sender<Told>,
    /// What the stream will take its events from; gone once it has.
    unopened: Mutex<Option<(mpsc::Receiver<Told>, Place)>>,
    operations: Mutex<HashMap<String, Running>>,
    places: Places,
    is_over: CancellationToken,
}

/// The data of an event.
#[derive(Serialize)]
struct Data<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<&'a Answer>,
}

impl Reservations {
    /// Makes a reservation and answers with its token.
    pub(in crate::http::graphql) async fn reserve(
        &self,
        state: &State,
        incoming: &Incoming,
    ) -> Result<Response, Refusal> {
        let op = Op::new(state.ports.clone(), incoming.caller.clone());
        let owner = owner(&op).await;
        let place = place(state, &op)?;
        let token = URL_SAFE_NO_PAD.encode(state.ports.random.secret());
        let (steps, receiver) = mpsc::channel(1);
        let reservation = Arc::new(Reservation {
            owner,
            steps,
            unopened: Mutex::new(Some((receiver, place))),
            operations: Mutex::default(),
            places: Places::default(),
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
        let (reservations, token, stopping) = (self.clone(), token.to_owned(), state.live.stopping());
        state.live.spawn(async move {
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
        let op = Op::new(state.ports.clone(), incoming.caller.clone());
        let reservation = self.find(token, &op).await?;
        let ended = attend(state, &op).await?;
        let Some((steps, place)) = lock(&reservation.unopened).take() else {
            let message = "The stream of this reservation is open already.";
            return Err(Refusal::new(StatusCode::CONFLICT, code::BAD_USER_INPUT, message));
        };
        let open = Open {
            reservations: self.clone(),
            token: token.to_owned(),
            reservation,
            steps,
            ended: ended.boxed(),
            is_ended: false,
            _place: place,
        };
        let events = stream::unfold(open, |mut open| async { Some((open.next().await?, open)) });
        Ok(event::response(events, state.settings.sockets.keep_alive))
    }

    /// Begins an operation whose answers go to the stream of the reservation.
    pub(in crate::http::graphql) async fn run(
        &self,
        state: &State,
        graphql: GraphqlRequest,
        token: &str,
        incoming: &Incoming,
        is_get: bool,
    ) -> Result<Response, Refusal> {
        let media_type = match incoming.accept.preferred().ok_or_else(not_acceptable)? {
            MediaType::EventStream => MediaType::Json,
            media_type => media_type,
        };
        let op = Arc::new(Op::new(state.ports.clone(), incoming.caller.clone()));
        let reservation = self.find(token, &op).await?;
        let id = graphql.extensions.as_ref().and_then(|extensions| extensions.operation_id());
        let id = id.filter(|id| id.len() <= MAX_ID).ok_or_else(|| {
            let message = format!(
                "Which operation is this? Say so in `extensions.operationId`, in 1 to {MAX_ID} bytes."
            );
            Refusal::bad_request(message)
        })?;
        let prepared = match state.executor.prepare(graphql, &op).await {
            Ok(prepared) if is_get && prepared.kind() == OperationType::Mutation => {
                return Err(plain::mutation_by_get());
            }
            Ok(prepared) => prepared,
            Err(answer) => {
                // The answer to a request that begins something is not the operation's: its status says so to all.
                let mut response = plain::encode(answer, media_type)?;
                if response.status().is_success() {
                    response.set_status(StatusCode::BAD_REQUEST);
                }
                return Ok(response);
            }
        };
        let kind = prepared.kind();
        let answers = state.executor.clone().run(prepared, op, incoming.id.clone());
        reservation.begin(id, kind, answers, state.settings.sockets.max_operations)?;
        Ok(Response::builder().status(StatusCode::ACCEPTED).finish())
    }

    /// Ends an operation; one that has ended already is no error.
    pub(in crate::http::graphql) async fn stop(
        &self,
        state: &State,
        request: &Request,
        incoming: &Incoming,
        token: &str,
    ) -> Result<Response, Refusal> {
        let op = Op::new(state.ports.clone(), incoming.caller.clone());
        let reservation = self.find(token, &op).await?;
        let id = decode::parameter(request, "operationId").filter(|id| !id.is_empty()).ok_or_else(|| {
            Refusal::bad_request("Which operation is meant? Say so by the parameter `operationId`.")
        })?;
        lock(&reservation.operations).remove(&*id);
        Ok(Response::builder().status(StatusCode::OK).finish())
    }

    /// The reservation of this token, which must be the caller's own.
    async fn find(&self, token: &str, op: &Op) -> Result<Arc<Reservation>, Refusal> {
        let found = self.lock().get(token).cloned();
        let reservation = found.ok_or_else(no_stream)?;
        if reservation.owner == owner(op).await { Ok(reservation) } else { Err(no_stream()) }
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
        answers: BoxStream<'static, Answer>,
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
        let told_as = id.clone();
        let wrap = move |step| (told_as.clone(), number, step);
        let task = operation::start(kind, answers, self.places.clone(), self.steps.clone(), wrap);
        operations.insert(id, Running { number, _task: task });
        Ok(())
    }

    fn end(&self) {
        self.is_over.cancel();
        lock(&self.operations).clear();
    }

    /// The event of a step, unless its operation was stopped.
    fn event(&self, (id, number, step): Told) -> Option<Bytes> {
        let mut operations = lock(&self.operations);
        operations.get(&id).filter(|running| running.number == number)?;
        Some(match step {
            Step::Answer(answer) => event::next(&Data { id: &id, payload: Some(&answer) }),
            Step::End | Step::Defect => {
                operations.remove(&id);
                event::complete(&Data { id: &id, payload: None })
            }
        })
    }
}

static NUMBERS: AtomicU64 = AtomicU64::new(0);

/// An open stream. With it go its reservation and all its operations.
struct Open {
    reservations: Reservations,
    token: String,
    reservation: Arc<Reservation>,
    steps: mpsc::Receiver<Told>,
    ended: BoxFuture<'static, ()>,
    is_ended: bool,
    _place: Place,
}

impl Open {
    async fn next(&mut self) -> Option<Bytes> {
        while !self.is_ended {
            tokio::select! {
                told = self.steps.recv() => {
                    if let Some(event) = self.reservation.event(told?) {
                        return Some(event);
                    }
                }
                () = &mut self.ended => self.is_ended = true,
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

/// The account or key of whoever asks. Who shows a token that is no good is nobody here too.
async fn owner(op: &Op) -> Option<Uuid> {
    match op.viewer().await {
        Ok(Viewer::Account(viewer)) => Some(viewer.account.id.0),
        Ok(Viewer::Program(program)) => Some(program.key.id.0),
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
