//! One WebSocket, from its first message to its last
//! ([protocol](https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md), "Communication").
//!
//! One task reads and sends, one message at a time; each operation has a task of its own, where its result waits. While a
//! client does not receive, few further operations begin, so a slow one holds little memory; one that does not receive in
//! time is disconnected.

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

use super::message::{ClientMessage, Close, ServerMessage, parse};
use crate::{
    domain::{
        auth::{self, Revoked},
        context::OpContext,
        identity::{Caller, Credentials, Viewer},
        kernel::fault::{Fault, with_causes},
        rate_limit::Slot,
    },
    graphql::engine::{ExecutionResult, GraphqlRequest},
    http::{
        caller,
        connections::DRAIN_TIMEOUT,
        graphql::operation::{self, MAX_ID, OperationEvent, OperationHandle, OperationSlots, TaggedEvent},
        state::{SocketLimits, State},
    },
};

/// Maximum time to wait for the client's half of a close.
const CLOSING: Duration = Duration::from_secs(1);

pub(super) struct Socket {
    stream: WebSocketStream<Upgraded>,
    state: State,
    limits: SocketLimits,
    caller: Arc<Caller>,
    request_id: Arc<str>,
    /// Set from the acknowledgement on.
    connected: Option<Connected>,
    number: u64,
    operations: HashMap<String, OperationHandle>,
    events: (mpsc::Sender<TaggedEvent>, mpsc::Receiver<TaggedEvent>),
    slots: OperationSlots,
    last_received: Instant,
}

/// A client whose `connection_init` has been acknowledged.
struct Connected {
    /// Ends with the session, if there is one.
    revocations: BoxStream<'static, Revoked>,
    _slot: Slot,
}

enum End {
    Close(Close),
    Closed,
    /// The client does not answer or receive any more.
    Disconnected,
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
            events: mpsc::channel(1),
            slots: OperationSlots::default(),
            last_received: Instant::now(),
        }
    }

    /// Serves the client until one side closes the socket.
    pub(super) async fn run(mut self, speaks_protocol: bool) {
        let end = match speaks_protocol {
            true => self.serve().await,
            false => Close::Subprotocol.into(),
        };
        let frame = match end {
            End::Close(close) => {
                let frame = close.frame();
                // The reason may hold the client's text and is not logged.
                tracing::debug!(code = u16::from(frame.code), "closing");
                Some(frame)
            }
            End::Closed => None,
            End::Disconnected => return,
        };
        let _ = timeout(CLOSING, async {
            if frame.is_some() {
                self.stream.close(frame).await?;
            }
            // Completes the closing handshake.
            while self.stream.next().await.transpose()?.is_some() {}
            Ok::<_, SocketError>(())
        })
        .await;
    }

    async fn serve(&mut self) -> End {
        let stopping = self.state.connections.stopping();
        let init_by = Instant::now() + self.limits.init_timeout;
        let mut keep_alive = tokio::time::interval(self.limits.keep_alive);
        keep_alive.tick().await;
        loop {
            let is_connected = self.connected.is_some();
            let revocations = self.connected.as_mut().map(|connected| &mut connected.revocations);
            let result = tokio::select! {
                () = stopping.cancelled() => Err(Close::GoingAway.into()),
                message = self.stream.next() => self.receive(message).await,
                Some(event) = self.events.1.recv() => self.forward(event).await,
                revoked = next(revocations) => self.revoked(revoked).await,
                () = tokio::time::sleep_until(init_by), if !is_connected => Err(Close::InitTimeout.into()),
                _ = keep_alive.tick() => self.send_ping().await,
            };
            if let Err(end) = result {
                return end;
            }
        }
    }

    async fn receive(&mut self, message: Option<Result<Message, SocketError>>) -> Result<(), End> {
        self.last_received = Instant::now();
        match message {
            Some(Ok(Message::Text(text))) => {
                let message = parse(&text)?;
                self.handle(message).await
            }
            Some(Ok(Message::Binary(_))) => Err(Close::BadMessage("it is not text".to_owned()).into()),
            // Sends the pong before reading on: otherwise pongs would pile up while the client does not receive.
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
            Some(Err(_)) | None => Err(End::Disconnected),
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

    /// Identifies the client: by the token in its first message, else by its handshake.
    async fn connect(&mut self, payload: serde_json::Map<String, serde_json::Value>) -> Result<(), End> {
        let authorization = payload.iter().find(|(name, _)| name.eq_ignore_ascii_case("authorization"));
        if let Some((_, value)) = authorization.filter(|(_, value)| !value.is_null()) {
            let credentials = value.as_str().map_or(Credentials::Malformed, caller::credentials);
            let user_agent = self.caller.user_agent.clone();
            let ip_address = self.caller.ip_address;
            let cart_token = self.caller.cart_token.clone();
            self.caller =
                Arc::new(Caller { ip_address, credentials, by_cookie: false, cart_token, user_agent });
        }
        let ctx = OpContext::new(self.state.services.clone(), self.caller.clone());
        let revocations = match ctx.viewer().await {
            Ok(Viewer::Anonymous | Viewer::ApiClient(_)) => stream::pending().boxed(),
            Ok(Viewer::Account(_)) => auth::revocations(&ctx).await.map_err(rejected)?.boxed(),
            Err(fault) => return Err(rejected(fault)),
        };
        let slot =
            self.state.connections.enter(&ctx).map_err(|too_many| Close::TooManySockets(too_many.0))?;
        self.connected = Some(Connected { revocations, _slot: slot });
        Ok(())
    }

    async fn subscribe(&mut self, id: String, request: GraphqlRequest) -> Result<(), End> {
        if self.operations.len() >= self.limits.max_operations {
            let result = ExecutionResult::too_many_operations(self.limits.max_operations);
            return self.send(&ServerMessage::Error { id: &id, payload: &result.response.errors }).await;
        }
        let ctx = Arc::new(OpContext::new(self.state.services.clone(), self.caller.clone()));
        let prepared = match self.state.executor.prepare(request, &ctx).await {
            Ok(prepared) => prepared,
            Err(result) => {
                return self.send(&ServerMessage::Error { id: &id, payload: &result.response.errors }).await;
            }
        };
        let kind = prepared.kind();
        let results = self.state.executor.clone().run(prepared, ctx, self.request_id.clone());
        self.number += 1;
        let (number, tag) = (self.number, id.clone());
        let wrap = move |event| (tag.clone(), number, event);
        let task = operation::start(kind, results, self.slots.clone(), self.events.0.clone(), wrap);
        self.operations.insert(id, OperationHandle { number, _task: task });
        Ok(())
    }

    /// Sends an event of an operation, unless the client has ended the operation.
    async fn forward(&mut self, (id, number, event): TaggedEvent) -> Result<(), End> {
        if self.operations.get(&id).is_none_or(|handle| handle.number != number) {
            return Ok(());
        }
        match event {
            OperationEvent::Next(result) if result.is_request_error => {
                self.operations.remove(&id);
                self.send(&ServerMessage::Error { id: &id, payload: &result.response.errors }).await
            }
            OperationEvent::Next(result) => {
                self.send(&ServerMessage::Next { id: &id, payload: &result }).await
            }
            OperationEvent::Complete => {
                self.operations.remove(&id);
                self.send(&ServerMessage::Complete { id: &id }).await
            }
            OperationEvent::Panicked => Err(Close::Internal.into()),
        }
    }

    /// A session of the viewer's account has ended. If it is this one, its operations get [`DRAIN_TIMEOUT`] to send their
    /// last results, among them the reason for the end.
    async fn revoked(&mut self, revoked: Option<Revoked>) -> Result<(), End> {
        if revoked.is_some_and(|revoked| !revoked.is_current) {
            return Ok(());
        }
        let drain = async {
            while !self.operations.is_empty() {
                let Some(event) = self.events.1.recv().await else { break };
                self.forward(event).await?;
            }
            Ok::<_, End>(())
        };
        let _ = timeout(DRAIN_TIMEOUT, drain).await;
        Err(Close::Forbidden("the session has ended").into())
    }

    async fn send_ping(&mut self) -> Result<(), End> {
        if self.last_received.elapsed() > 2 * self.limits.keep_alive {
            return Err(End::Disconnected);
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
        self.stream.feed(message).await.map_err(|_| End::Disconnected)?;
        self.flush().await
    }

    /// Sends queued messages. A client that does not receive them in time is disconnected; a stop or the end of the session
    /// does not wait for it.
    async fn flush(&mut self) -> Result<(), End> {
        let stopping = self.state.connections.stopping();
        let revoked = next_current(self.connected.as_mut().map(|connected| &mut connected.revocations));
        tokio::select! {
            biased;
            sent = timeout(self.limits.send_timeout, self.stream.flush()) => match sent {
                Ok(Ok(())) => Ok(()),
                Ok(Err(_)) | Err(_) => Err(End::Disconnected),
            },
            () = stopping.cancelled() => Err(Close::GoingAway.into()),
            () = revoked => Err(Close::Forbidden("the session has ended").into()),
        }
    }
}

/// The next item; pending forever without a stream.
async fn next<T>(stream: Option<&mut BoxStream<'static, T>>) -> Option<T> {
    match stream {
        Some(stream) => stream.next().await,
        None => std::future::pending().await,
    }
}

/// Completes when the session that the stream watches has ended.
async fn next_current(stream: Option<&mut BoxStream<'static, Revoked>>) {
    let Some(stream) = stream else { return std::future::pending().await };
    while stream.next().await.is_some_and(|revoked| !revoked.is_current) {}
}

/// Why a connection is closed instead of acknowledged.
fn rejected(fault: Fault) -> End {
    match fault {
        Fault::Unauthenticated(_) | Fault::Forbidden(_) => {
            Close::Forbidden("the session token is invalid").into()
        }
        Fault::Unavailable { .. } | Fault::NotSetUp { .. } | Fault::Conflict(_) => {
            Close::TryAgainLater.into()
        }
        Fault::Internal(_) => {
            tracing::error!(cause = with_causes(&fault), "cannot open a WebSocket");
            Close::Internal.into()
        }
    }
}
