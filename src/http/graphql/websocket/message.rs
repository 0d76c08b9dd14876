//! The messages of `graphql-transport-ws`
//! ([protocol](https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md), "Message types") and its close codes.

use serde::{Deserialize, Serialize};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, frame::coding::CloseCode};

use crate::graphql::engine::{ExecutionResult, GraphqlRequest, object};

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum ClientMessage {
    ConnectionInit {
        #[serde(default)]
        payload: Option<serde_json::Map<String, serde_json::Value>>,
    },
    Ping {
        #[serde(default)]
        payload: Option<serde_json::Map<String, serde_json::Value>>,
    },
    Pong {
        #[serde(default, rename = "payload")]
        _payload: Option<serde_json::Map<String, serde_json::Value>>,
    },
    Subscribe {
        id: String,
        #[serde(deserialize_with = "object")]
        payload: Option<Box<GraphqlRequest>>,
    },
    Complete {
        id: String,
    },
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum ServerMessage<'a> {
    ConnectionAck,
    Pong {
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<serde_json::Map<String, serde_json::Value>>,
    },
    Next {
        id: &'a str,
        payload: &'a ExecutionResult,
    },
    Error {
        id: &'a str,
        payload: &'a [async_graphql::ServerError],
    },
    Complete {
        id: &'a str,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Close {
    GoingAway,
    Protocol,
    TooLarge(usize),
    BadMessage(String),
    Unauthorized,
    Forbidden(&'static str),
    Subprotocol,
    InitTimeout,
    Duplicate(String),
    TooManyInits,
    /// The viewer has the maximum number of sockets, given here.
    TooManySockets(usize),
    /// A defect; its cause has been logged.
    Internal,
    /// A service that authenticates the client does not answer; the client may try again.
    TryAgainLater,
}

impl Close {
    /// The frame with the protocol's code. A reason has at most 123 bytes (RFC 6455, 5.5.1).
    pub(super) fn frame(&self) -> CloseFrame {
        let (code, reason) = match self {
            Self::GoingAway => (1001, "Going away".to_owned()),
            Self::Protocol => (1002, "Protocol error".to_owned()),
            Self::TooLarge(max) => (1009, format!("Messages have at most {max} bytes")),
            Self::TryAgainLater => (1013, "Try again later".to_owned()),
            Self::BadMessage(why) => (4400, format!("Invalid message: {why}")),
            Self::Unauthorized => (4401, "Unauthorized".to_owned()),
            Self::Forbidden(why) => (4403, format!("Forbidden: {why}")),
            Self::Subprotocol => (4406, "Subprotocol not acceptable".to_owned()),
            Self::InitTimeout => (4408, "Connection initialisation timeout".to_owned()),
            Self::Duplicate(id) => (4409, format!("Subscriber for {id} already exists")),
            Self::TooManyInits => (4429, "Too many initialisation requests".to_owned()),
            Self::TooManySockets(max) => {
                (4429, format!("Too many connections: at most {max} for one viewer"))
            }
            Self::Internal => (4500, "Internal server error".to_owned()),
        };
        let reason = &reason[..reason.floor_char_boundary(123)];
        CloseFrame { code: CloseCode::from(code), reason: reason.into() }
    }
}

pub(super) fn parse(text: &str) -> Result<ClientMessage, Close> {
    let message = serde_json::from_str(text).map_err(|error| Close::BadMessage(error.to_string()))?;
    match &message {
        ClientMessage::Subscribe { id, .. } | ClientMessage::Complete { id } if id.is_empty() => {
            Err(Close::BadMessage("the id is empty".to_owned()))
        }
        ClientMessage::Subscribe { payload, .. }
            if payload.as_ref().is_none_or(|payload| payload.is_empty()) =>
        {
            Err(Close::BadMessage("the payload has no query".to_owned()))
        }
        _ => Ok(message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_fit_into_their_frame_however_they_are_cut() {
        for length in 0..130 {
            let id = format!("{}\u{e9}\u{e9}", "x".repeat(length));
            assert!(Close::Duplicate(id).frame().reason.len() <= 123);
        }
    }

    #[test]
    fn what_is_no_message_is_refused() {
        for text in [
            "",
            "{",
            "[]",
            "{}",
            r#"{"type":"start","id":"1"}"#,
            r#"{"type":"connection_ack"}"#,
            r#"{"type":"connection_init","payload":1}"#,
            r#"{"type":"subscribe","id":1,"payload":{"query":"{a}"}}"#,
            r#"{"type":"subscribe","id":"","payload":{"query":"{a}"}}"#,
            r#"{"type":"subscribe","id":"1"}"#,
            r#"{"type":"subscribe","id":"1","payload":{}}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":1}}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","variables":[]}}"#,
            r#"{"type":"complete"}"#,
            r#"{"type":"ping","payload":"x"}"#,
        ] {
            assert!(matches!(parse(text), Err(Close::BadMessage(_))), "{text}");
        }
        for text in [
            r#"{"type":"connection_init"}"#,
            r#"{"type":"connection_init","payload":null}"#,
            r#"{"type":"ping"}"#,
            r#"{"type":"pong","payload":{"a":1}}"#,
            r#"{"id":"1","type":"subscribe","payload":{"query":"{a}","variables":null,"other":1}}"#,
            r#"{"type":"complete","id":"1"}"#,
        ] {
            assert!(parse(text).is_ok(), "{text}");
        }
    }
}
