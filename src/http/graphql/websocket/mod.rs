//! GraphQL over WebSocket: the handshake
//! ([RFC 6455, 4.2](https://www.rfc-editor.org/rfc/rfc6455#section-4.2)). The protocol after it is in [`socket`].

mod message;
mod socket;

use std::sync::Arc;

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
use crate::{
    graphql::engine::code,
    http::{caller, graphql::foreign_origin, reply::Refusal, state::State},
};

const PROTOCOL: &str = "graphql-transport-ws";

pub(super) fn is_upgrade(request: &Request) -> bool {
    request.method() == Method::GET && names(request, header::UPGRADE, "websocket")
}

/// Turns a request into a WebSocket. Pages of foreign origins are rejected: browsers let them connect to any host, and
/// send the cookie along.
pub(super) async fn open(state: &State, request: &Request, id: Arc<str>) -> Result<Response, Refusal> {
    if !state.settings.origins.allows(request) {
        return Err(foreign_origin());
    }
    let caller = caller::caller(request, &state.settings).map_err(|_| foreign_origin())?;
    let key =
        request.header(header::SEC_WEBSOCKET_KEY).filter(|_| names(request, header::CONNECTION, "upgrade"));
    let Some(key) = key else {
        let message =
            "Incomplete WebSocket handshake: `Sec-WebSocket-Key` or `Connection: Upgrade` is missing.";
        return Err(Refusal::bad_request(message));
    };
    if request.header(header::SEC_WEBSOCKET_VERSION) != Some("13") {
        let message = "Use version 13 of the WebSocket protocol.";
        return Err(Refusal::new(StatusCode::UPGRADE_REQUIRED, code::BAD_USER_INPUT, message)
            .with(header::SEC_WEBSOCKET_VERSION, "13"));
    }
    let upgrade =
        request.take_upgrade().map_err(|_| Refusal::bad_request("This connection cannot be upgraded."))?;

    let is_ours = names(request, header::SEC_WEBSOCKET_PROTOCOL, PROTOCOL);
    let accept = derive_accept_key(key.as_bytes());
    let state = state.clone();
    let span = tracing::info_span!("socket", id = &*id);
    let connections = state.connections.clone();
    connections.spawn(
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

fn names(request: &Request, header: HeaderName, word: &str) -> bool {
    let values = request.headers().get_all(header).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|value| value.trim().eq_ignore_ascii_case(word))
}
