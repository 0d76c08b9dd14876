//! What somebody who means ill may send, as the bytes of one connection each.

mod documents;
mod http;
mod http2;
mod live;
mod requests;

use serde_json::{Value, json};

/// One connection's bytes, and how it goes on.
pub(super) struct Attack {
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
    pub(super) then: Then,
}

/// What the client does once it has sent its bytes, or cannot send more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// Reads the answer, which there must be, until the server closes.
    Read,
    /// Sends no more, says so, and reads what may come until the server closes.
    End,
    /// Reads, says nothing, and waits until the server has had enough.
    Wait,
    /// Sends a byte now and then until the server has had enough.
    Trickle,
    /// Does not read, and stays until all others are done.
    Stay,
}

/// All of them.
pub(super) fn all() -> Vec<Attack> {
    let groups = [
        http::lines,
        http::heads,
        http::lengths,
        http2::http2,
        http::bodies,
        documents::nesting,
        documents::crowds,
        documents::texts,
        requests::values,
        requests::meaning,
        requests::variables,
        http::headers,
        http::urls,
        live::streams,
        live::sockets,
        live::held,
    ];
    groups.into_iter().flat_map(|group| group()).collect()
}

fn attack(name: impl Into<String>, then: Then, bytes: impl Into<Vec<u8>>) -> Attack {
    Attack { name: name.into(), bytes: bytes.into(), then }
}

/// A POST whose answer ends the connection.
fn post_with(headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n{headers}Content-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn body(name: impl Into<String>, body: impl AsRef<[u8]>) -> Attack {
    attack(name, Then::Read, post_with("", body))
}

fn document(name: impl Into<String>, text: impl AsRef<str>) -> Attack {
    body(name, json!({ "query": text.as_ref() }).to_string())
}

fn asking(name: impl Into<String>, text: &str, variables: Value) -> Attack {
    body(name, json!({ "query": text, "variables": variables }).to_string())
}

/// A GET with further header lines.
fn get(headers: &str) -> Vec<u8> {
    format!("GET /graphql?query=%7Bme%7Bid%7D%7D HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n")
        .into_bytes()
}

fn many(count: usize, one: impl Fn(usize) -> String) -> String {
    (0..count).map(one).collect()
}
