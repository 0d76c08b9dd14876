//! GraphQL over WebSocket: the handshake
//! ([RFC 6455, 4.2](https://www.rfc-editor.org/rfc/rfc6455#section-4.2)). What is said afterwards stands in [`socket`].

mod message;
mod socket;

use std::{sync::Arc, time::Duration};

use poem::{
    Request, Response,
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        handshake::derive_accept_key,
        protocol::{Role, WebSocketConfig},
    },
};
use tracing::Instrument;

use self::socket::Socket;
use super::foreign_origin;
use crate::http::{State, caller, reply::Refusal};

const PROTOCOL: &str = "graphql-transport-ws";

/// What one socket may do.
#[derive(Clone, Copy, Debug)]
pub struct SocketLimits {
    /// Operations that run at once, at most.
    pub max_operations: usize,
    /// How long a client may take to say who it is.
    pub init_timeout: Duration,
    /// How often a sign of life is asked for. A client that shows none twice is gone.
    pub keep_alive: Duration,
    /// How long a client may take to receive one message.
    pub send_timeout: Duration,
}

/// Whether a request wants to become a WebSocket.
pub(super) fn is_upgrade(request: &Request) -> bool {
    request.method() == Method::GET && names(request, header::UPGRADE, "websocket")
}

/// Turns a request into a WebSocket. Pages of other origins are refused: browsers let them connect anywhere, and send the
/// cookie along.
pub(super) async fn open(state: &State, request: &Request, id: Arc<str>) -> Result<Response, Refusal> {
    if !state.settings.origins.may_be_used_by(request) {
        return Err(foreign_origin());
    }
    let caller = caller::caller(request, &state.settings).map_err(|_| foreign_origin())?;
    let key =
        request.header(header::SEC_WEBSOCKET_KEY).filter(|_| names(request, header::CONNECTION, "upgrade"));
    let Some(key) = key else { return Err(Refusal::bad_request("This is half a WebSocket handshake.")) };
    if request.header(header::SEC_WEBSOCKET_VERSION) != Some("13") {
        let message = "Use version 13 of the WebSocket protocol.";
        return Err(Refusal::new(
            StatusCode::UPGRADE_REQUIRED,
            crate::graphql::error::code::BAD_USER_INPUT,
            message,
        )
        .with(header::SEC_WEBSOCKET_VERSION, "13"));
    }
    let upgrade =
        request.take_upgrade().map_err(|_| Refusal::bad_request("This connection cannot be upgraded."))?;

    let is_ours = names(request, header::SEC_WEBSOCKET_PROTOCOL, PROTOCOL);
    let accept = derive_accept_key(key.as_bytes());
    let state = state.clone();
    let span = tracing::info_span!("socket", id = &*id);
    let live = state.live.clone();
    live.spawn(
        async move {
            let stream = match upgrade.await {
                Ok(stream) => stream,
                Err(error) => return tracing::debug!(%error, "the upgrade failed"),
            };
            let config = WebSocketConfig::default()
                .read_buffer_size(4 * 1024)
                .write_buffer_size(0)
                .max_message_size(Some(state.settings.max_body))
                .max_frame_size(Some(state.settings.max_body));
            let stream = WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await;
            Socket::new(stream, state, caller, id).run(is_ours).await;
        }
        .instrument(span),
    );

    let mut response = Response::builder()
        .status(StatusCode::SWITCHING_PROTOCOLS)
        .header(header::CONNECTION, "Upgrade")
        .header(header::UPGRADE, "websocket")
        .header(header::SEC_WEBSOCKET_ACCEPT, accept)
        .finish();
    if is_ours {
        response.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(PROTOCOL));
    }
    Ok(response)
}

/// Whether one of the comma-separated words of a header is this.
fn names(request: &Request, header: HeaderName, word: &str) -> bool {
    let values = request.headers().get_all(header).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|value| value.trim().eq_ignore_ascii_case(word))
}
