//! One WebSocket, from its first message to its last
//! ([protocol](https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md), "Communication").
//!
//! One task reads and sends, one thing at a time; each operation has a task of its own and waits there with its answer.
//! While a client does not take what it is sent, few further operations begin, so a slow one holds little memory; one
//! that does not take it in time is gone.

use std::{collections::HashMap, sync::Arc, time::Duration};

use futures_util::{
    SinkExt, StreamExt,
    stream::{self, BoxStream},
};
use poem::Upgraded;
use tokio::{
    sync::mpsc,
    time::{Instant, timeout},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Error as SocketError, Message,
        error::{CapacityError, ProtocolError},
    },
};

use super::{
    SocketLimits,
    message::{ClientMessage, Close, ServerMessage, parse},
};
use crate::{
    domain::{
        Caller, Credentials, Fault, Op, Viewer,
        account::{self, Revoked},
    },
    graphql::{Answer, GraphqlRequest},
    http::{
        State, caller,
        graphql::{
            live::{LAST_WORDS, Place},
            operation::{self, MAX_ID, Places, Running, Step, Told},
        },
    },
};

/// How long to wait for the client's half of a close.
const CLOSING: Duration = Duration::from_secs(1);

/// One WebSocket.
pub(super) struct Socket {
    stream: WebSocketStream<Upgraded>,
    state: State,
    limits: SocketLimits,
    caller: Arc<Caller>,
    request_id: Arc<str>,
    /// From the acknowledgement on.
    connected: Option<Connected>,
    number: u64,
    operations: HashMap<String, Running>,
    steps: (mpsc::Sender<Told>, mpsc::Receiver<Told>),
    places: Places,
    heard: Instant,
}

/// What is known of a client that has said who it is.
struct Connected {
    /// Ends with the session, if there is one.
    revocations: BoxStream<'static, Revoked>,
    _place: Place,
}

/// Why the loop ends.
enum End {
    /// The server closes the socket.
    Close(Close),
    /// The client has.
    Closed,
    /// The client is gone.
    Gone,
}

impl From<Close> for End {
    fn from(close: Close) -> Self {
        Self::Close(close)
    }
}

impl Socket {
    pub(super) fn new(
        stream: WebSocketStream<Upgraded>,
        state: State,
        caller: Caller,
        request_id: Arc<str>,
    ) -> Self {
        Self {
            stream,
            limits: state.settings.sockets,
            state,
            caller: Arc::new(caller),
            request_id,
            connected: None,
            number: 0,
            operations: HashMap::new(),
            steps: mpsc::channel(1),
            places: Places::default(),
            heard: Instant::now(),
        }
    }

    /// Serves the client until one of both sides has had enough.
    pub(super) async fn run(mut self, speaks_protocol: bool) {
        let end = match speaks_protocol {
            true => self.serve().await,
            false => Close::Subprotocol.into(),
        };
        let frame = match end {
            End::Close(close) => {
                let frame = close.frame();
                // The reason may hold what the client sent.
                tracing::debug!(code = u16::from(frame.code), "closing");
                Some(frame)
            }
            End::Closed => None,
            End::Gone => return,
        };
        let _ = timeout(CLOSING, async {
            if frame.is_some() {
                self.stream.close(frame).await?;
            }
            // The other half of the handshake is sent and read here.
            while self.stream.next().await.transpose()?.is_some() {}
            Ok::<_, SocketError>(())
        })
        .await;
    }

    async fn serve(&mut self) -> End {
        let stopping = self.state.live.stopping();
        let init_by = Instant::now() + self.limits.init_timeout;
        let mut keep_alive = tokio::time::interval(self.limits.keep_alive);
        keep_alive.tick().await;
        loop {
            let is_connected = self.connected.is_some();
            let revocations = self.connected.as_mut().map(|connected| &mut connected.revocations);
            let result = tokio::select! {
                () = stopping.cancelled() => Err(Close::GoingAway.into()),
                message = self.stream.next() => self.receive(message).await,
                Some(told) = self.steps.1.recv() => self.forward(told).await,
                revoked = next(revocations) => self.revoked(revoked).await,
                () = tokio::time::sleep_until(init_by), if !is_connected => Err(Close::InitTimeout.into()),
                _ = keep_alive.tick() => self.ask_for_life().await,
            };
            if let Err(end) = result {
                return end;
            }
        }
    }

    async fn receive(&mut self, message: Option<Result<Message, SocketError>>) -> Result<(), End> {
        self.heard = Instant::now();
        match message {
            Some(Ok(Message::Text(text))) => {
                let message = parse(&text)?;
                self.handle(message).await
            }
            Some(Ok(Message::Binary(_))) => Err(Close::BadMessage("it is not text".to_owned()).into()),
            // The pong is to be on its way before more is read: what a client does not take would pile up.
            Some(Ok(Message::Ping(_))) => self.flush().await,
            Some(Ok(Message::Pong(_) | Message::Frame(_))) => Ok(()),
            Some(Err(SocketError::Capacity(CapacityError::MessageTooLong { max_size, .. }))) => {
                Err(Close::TooLarge(max_size).into())
            }
            Some(Err(SocketError::Utf8(_))) => Err(Close::BadMessage("it is not UTF-8".to_owned()).into()),
            Some(Err(SocketError::Protocol(error)))
                if error != ProtocolError::ResetWithoutClosingHandshake =>
            {
                Err(Close::Protocol.into())
            }
            Some(Ok(Message::Close(_))) => Err(End::Closed),
            Some(Err(_)) | None => Err(End::Gone),
        }
    }

    async fn handle(&mut self, message: ClientMessage) -> Result<(), End> {
        match message {
            ClientMessage::ConnectionInit { .. } if self.connected.is_some() => {
                Err(Close::TooManyInits.into())
            }
            ClientMessage::ConnectionInit { payload } => {
                self.connect(payload.unwrap_or_default()).await?;
                self.send(&ServerMessage::ConnectionAck).await
            }
            ClientMessage::Ping { payload } => self.send(&ServerMessage::Pong { payload }).await,
            ClientMessage::Pong { .. } => Ok(()),
            ClientMessage::Subscribe { .. } if self.connected.is_none() => Err(Close::Unauthorized.into()),
            ClientMessage::Subscribe { id, payload } => {
                if id.len() > MAX_ID {
                    return Err(Close::BadMessage(format!("its id is longer than {MAX_ID} bytes")).into());
                }
                if self.operations.contains_key(&id) {
                    return Err(Close::Duplicate(id).into());
                }
                self.subscribe(id, payload.map(|payload| *payload).unwrap_or_default()).await
            }
            ClientMessage::Complete { id } => {
                self.operations.remove(&id);
                Ok(())
            }
        }
    }

    /// The client says who it is: by the token in its first message, or as its handshake said.
    async fn connect(&mut self, payload: serde_json::Map<String, serde_json::Value>) -> Result<(), End> {
        let authorization = payload.iter().find(|(name, _)| name.eq_ignore_ascii_case("authorization"));
        if let Some((_, value)) = authorization.filter(|(_, value)| !value.is_null()) {
            let credentials = value.as_str().map_or(Credentials::Malformed, caller::credentials);
            let user_agent = self.caller.user_agent.clone();
            self.caller =
                Arc::new(Caller { address: self.caller.address, credentials, by_cookie: false, user_agent });
        }
        let op = Op::new(self.state.ports.clone(), self.caller.clone());
        let revocations = match op.viewer().await {
            Ok(Viewer::Anonymous | Viewer::Program(_)) => stream::pending().boxed(),
            Ok(Viewer::Account(_)) => account::revocations(&op).await.map_err(refused)?.boxed(),
            Err(fault) => return Err(refused(fault)),
        };
        let place = self.state.live.enter(&op).map_err(|too_many| Close::TooManySockets(too_many.0))?;
        self.connected = Some(Connected { revocations, _place: place });
        Ok(())
    }

    async fn subscribe(&mut self, id: String, request: GraphqlRequest) -> Result<(), End> {
        if self.operations.len() >= self.limits.max_operations {
            let answer = Answer::too_many_operations(self.limits.max_operations);
            return self.send(&ServerMessage::Error { id: &id, payload: &answer.response.errors }).await;
        }
        let op = Arc::new(Op::new(self.state.ports.clone(), self.caller.clone()));
        let prepared = match self.state.executor.prepare(request, &op).await {
            Ok(prepared) => prepared,
            Err(answer) => {
                return self.send(&ServerMessage::Error { id: &id, payload: &answer.response.errors }).await;
            }
        };
        let kind = prepared.kind();
        let answers = self.state.executor.clone().run(prepared, op, self.request_id.clone());
        self.number += 1;
        let (number, told_as) = (self.number, id.clone());
        let wrap = move |step| (told_as.clone(), number, step);
        let task = operation::start(kind, answers, self.places.clone(), self.steps.0.clone(), wrap);
        self.operations.insert(id, Running { number, _task: task });
        Ok(())
    }

    /// Sends what an operation tells, unless the client has ended it.
    async fn forward(&mut self, (id, number, step): Told) -> Result<(), End> {
        if self.operations.get(&id).is_none_or(|running| running.number != number) {
            return Ok(());
        }
        match step {
            Step::Answer(answer) if answer.is_request_error => {
                self.operations.remove(&id);
                self.send(&ServerMessage::Error { id: &id, payload: &answer.response.errors }).await
            }
            Step::Answer(answer) => self.send(&ServerMessage::Next { id: &id, payload: &answer }).await,
            Step::End => {
                self.operations.remove(&id);
                self.send(&ServerMessage::Complete { id: &id }).await
            }
            Step::Defect => Err(Close::Internal.into()),
        }
    }

    /// A session of the viewer's account has ended. If it is this one, its operations may tell what they have to, among it
    /// why this is the end.
    async fn revoked(&mut self, revoked: Option<Revoked>) -> Result<(), End> {
        if revoked.is_some_and(|revoked| !revoked.is_current) {
            return Ok(());
        }
        let last_words = async {
            while !self.operations.is_empty() {
                let Some(told) = self.steps.1.recv().await else { break };
                self.forward(told).await?;
            }
            Ok::<_, End>(())
        };
        let _ = timeout(LAST_WORDS, last_words).await;
        Err(Close::Forbidden("the session has ended").into())
    }

    async fn ask_for_life(&mut self) -> Result<(), End> {
        if self.heard.elapsed() > 2 * self.limits.keep_alive {
            return Err(End::Gone);
        }
        self.transmit(Message::Ping(Default::default())).await
    }

    async fn send(&mut self, message: &ServerMessage<'_>) -> Result<(), End> {
        let text = serde_json::to_string(message).map_err(|error| {
            tracing::error!(%error, "the answer cannot be written");
            Close::Internal
        })?;
        self.transmit(Message::text(text)).await
    }

    async fn transmit(&mut self, message: Message) -> Result<(), End> {
        self.stream.feed(message).await.map_err(|_| End::Gone)?;
        self.flush().await
    }

    /// Sends what waits. A client that does not take it in time is gone; whoever has to go is told without waiting.
    async fn flush(&mut self) -> Result<(), End> {
        let stopping = self.state.live.stopping();
        let revoked = next_current(self.connected.as_mut().map(|connected| &mut connected.revocations));
        tokio::select! {
            biased;
            sent = timeout(self.limits.send_timeout, self.stream.flush()) => match sent {
                Ok(Ok(())) => Ok(()),
                Ok(Err(_)) | Err(_) => Err(End::Gone),
            },
            () = stopping.cancelled() => Err(Close::GoingAway.into()),
            () = revoked => Err(Close::Forbidden("the session has ended").into()),
        }
    }
}

/// The next item, or none ever where there is no stream.
async fn next<T>(stream: Option<&mut BoxStream<'static, T>>) -> Option<T> {
    match stream {
        Some(stream) => stream.next().await,
        None => std::future::pending().await,
    }
}

/// Is done when the session that the stream watches has ended.
async fn next_current(stream: Option<&mut BoxStream<'static, Revoked>>) {
    let Some(stream) = stream else { return std::future::pending().await };
    while stream.next().await.is_some_and(|revoked| !revoked.is_current) {}
}

/// Why somebody is not let in.
fn refused(fault: Fault) -> End {
    match fault {
        Fault::Unauthenticated(_) | Fault::Forbidden(_) => {
            Close::Forbidden("the session token is no good").into()
        }
        Fault::Unavailable { .. } | Fault::NotSetUp { .. } | Fault::Conflict(_) => {
            Close::TryAgainLater.into()
        }
        Fault::Internal(_) => {
            tracing::error!(cause = crate::domain::fault::with_causes(&fault), "a socket cannot be opened");
            Close::Internal.into()
        }
    }
}
