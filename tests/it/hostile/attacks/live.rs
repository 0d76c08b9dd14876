//! Connections that stay open: event streams, WebSockets, and those that only hold a place.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Attack, Then, attack};

/// Event streams.
pub(super) fn streams() -> Vec<Attack> {
    let request = |method: &str, lines: &str| format!("{method} HTTP/1.1\r\nHost: x\r\n{lines}\r\n");
    let mut attacks: Vec<_> = [
        ("a stream of nothing", request("GET /graphql", "Accept: text/event-stream\r\n")),
        ("a stream of nonsense", request("GET /graphql?query=%7B", "Accept: text/event-stream\r\n")),
    ]
    .map(|(name, text)| attack(format!("stream: {name}"), Then::End, text))
    .into();
    let watch = "query=subscription%7BsessionRevoked%7Bat%7D%7D";
    for number in 0..5 {
        let text = request(&format!("GET /graphql?{watch}"), "Accept: text/event-stream\r\n");
        attacks.push(attack(format!("stream: one that nobody reads, {number}"), Then::Stay, text));
    }
    attacks
}

/// A frame of a WebSocket as a client sends it: masked, with a mask of zeros.
fn ws(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = match payload.len() {
        short @ 0..126 => vec![0x80 | short as u8],
        long @ 126..65_536 => [&[0x80 | 126], &(long as u16).to_be_bytes()[..]].concat(),
        longer => [&[0x80 | 127], &(longer as u64).to_be_bytes()[..]].concat(),
    };
    [&[first], &*length, &[0; 4], payload].concat()
}

const TEXT: u8 = 0x81;

fn say(message: &Value) -> Vec<u8> {
    ws(TEXT, message.to_string().as_bytes())
}

fn handshake(lines: &str) -> Vec<u8> {
    format!("GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{lines}\r\n").into_bytes()
}

fn socket(frames: &[u8]) -> Vec<u8> {
    let lines = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n";
    [&handshake(lines), frames].concat()
}

/// After the client has said who it is.
fn connected(frames: &[u8]) -> Vec<u8> {
    socket(&[&say(&json!({ "type": "connection_init" })), frames].concat())
}

pub(super) fn sockets() -> Vec<Attack> {
    let subscribe =
        |id: &str, query: &str| say(&json!({ "type": "subscribe", "id": id, "payload": { "query": query } }));
    let long = "i".repeat(200_000);
    let floods: Vec<u8> =
        (0..1_000).flat_map(|n| subscribe(&format!("{n}{}", "i".repeat(200)), "{ me { id } }")).collect();
    let watches: Vec<u8> =
        (0..100).flat_map(|n| subscribe(&n.to_string(), "subscription { sessionRevoked { at } }")).collect();
    let hellos = say(&json!({ "type": "connection_init" })).repeat(1_000);
    [
        ("half a handshake", handshake("")),
        ("version 8", handshake("Sec-WebSocket-Version: 8\r\n")),
        ("another protocol", handshake("Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: graphql-ws\r\n")),
        ("10,000 protocols", handshake(&format!("Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: {}\r\n", "a,".repeat(10_000)))),
        ("compression", [handshake("Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\nSec-WebSocket-Extensions: permessage-deflate\r\n"), ws(0xc1, b"\xff\xff")].concat()),
        ("another origin", handshake("Origin: https://evil.example\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n")),
        ("not masked", socket(b"\x81\x05hello")),
        ("reserved bits", socket(&ws(0xf1, b"{}"))),
        ("an opcode that is none", socket(&ws(0x83, b"{}"))),
        ("a control frame in pieces", socket(&ws(0x09, b"a"))),
        ("a long control frame", socket(&ws(0x89, &[b'x'; 200]))),
        ("1 GB announced", socket(b"\x81\xff\0\0\0\0\x40\0\0\0\0\0\0\0abc")),
        ("more than there is announced", socket(b"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0abc")),
        ("pings", connected(&ws(0x89, &[b'x'; 125]).repeat(5_000))),
        ("pings before a word", socket(&ws(0x89, b"").repeat(5_000))),
        ("pongs", connected(&ws(0x8a, b"x").repeat(5_000))),
        ("pieces without an end", socket(&[ws(0x01, b"{"), ws(0x00, b" ").repeat(20_000)].concat())),
        ("empty pieces without an end", socket(&[ws(0x01, b""), ws(0x00, b"").repeat(20_000)].concat())),
        ("pieces of a megabyte", socket(&[ws(0x01, b""), ws(0x00, &[b' '; 60_000]).repeat(16)].concat())),
        ("a piece of nothing", socket(&ws(0x80, b"abc"))),
        ("a message in a message", socket(&[ws(0x01, b"{"), ws(TEXT, b"{}")].concat())),
        ("a close code out of range", socket(&ws(0x88, b"\xff\xffx"))),
        ("a close code of 1 byte", socket(&ws(0x88, b"\x03"))),
        ("a close that is no UTF-8", socket(&ws(0x88, b"\x03\xe8\xff\xfe"))),
        ("closes", socket(&ws(0x88, b"").repeat(1_000))),
        ("no UTF-8", socket(&ws(TEXT, b"\xff\xfe"))),
        ("bytes", socket(&ws(0x82, b"{}"))),
        ("300 KB", socket(&ws(TEXT, &vec![b' '; 300_000]))),
        ("no JSON", socket(&ws(TEXT, b"{"))),
        ("a deep message", socket(&ws(TEXT, "[".repeat(100_000).as_bytes()))),
        ("a type of 200 KB", socket(&say(&json!({ "type": long })))),
        ("1,000 hellos", socket(&hellos)),
        ("an operation before a word", socket(&subscribe("1", "{ me { id } }"))),
        ("a token that is none", socket(&say(&json!({ "type": "connection_init", "payload": { "Authorization": [1] } })))),
        ("a token of 200 KB", socket(&say(&json!({ "type": "connection_init", "payload": { "Authorization": format!("Bearer {long}") } })))),
        ("an id of 200 KB", connected(&subscribe(&long, "{ me { id } }"))),
        ("one id twice", connected(&[subscribe("1", "subscription { sessionRevoked { at } }"), subscribe("1", "{ me { id } }")].concat())),
        ("1,000 operations", connected(&floods)),
        ("100 subscriptions", connected(&watches)),
        ("an end of nothing", connected(&say(&json!({ "type": "complete", "id": long })))),
        ("a payload that is none", connected(&say(&json!({ "type": "subscribe", "id": "1", "payload": [1] })))),
        ("1,000 pings of the protocol", connected(&say(&json!({ "type": "ping", "payload": { "a": "b".repeat(100) } })).repeat(1_000))),
        ("an open block string", connected(&subscribe("1", &format!("{{ nodes(ids: [\"\"\"x\" {}", "[".repeat(50_000))))),
    ]
    .map(|(name, bytes)| attack(format!("WebSocket: {name}"), Then::End, bytes))
    .into()
}

/// Connections that are there only to be there.
pub(super) fn held() -> Vec<Attack> {
    const ANNOUNCED: &str = "POST /graphql HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 200000\r\n\r\n";
    const CHUNKED: &str = "POST /graphql HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    let mut attacks: Vec<_> = [
        ("a connection", Then::Wait, vec![]),
        ("half a request line", Then::Wait, b"GET /gra".to_vec()),
        ("half a header", Then::Wait, b"GET /graphql HTTP/1.1\r\nHost: x\r\nA: ".to_vec()),
        ("half a preface", Then::Wait, b"PRI * HTTP/2.0\r\n".to_vec()),
        ("a body that does not come", Then::Wait, ANNOUNCED.into()),
        ("half a body", Then::Wait, [ANNOUNCED.as_bytes(), &[b' '; 100_000]].concat()),
        ("half a chunk", Then::Wait, [CHUNKED.as_bytes(), b"10000\r\n{"].concat()),
        ("a socket without a word", Then::Wait, socket(&[])),
        ("a socket with half a frame", Then::Wait, socket(b"\x81")),
        ("a header by and by", Then::Trickle, b"GET /graphql HTTP/1.1\r\nA: ".to_vec()),
        ("line ends by and by", Then::Trickle, b"\r\n\r\n".to_vec()),
        ("a body by and by", Then::Trickle, ANNOUNCED.into()),
        ("a body by and by, after 250 KB", Then::Trickle, [ANNOUNCED.as_bytes(), &[b' '; 199_000]].concat()),
        ("pings that nobody wants answered", Then::Stay, connected(&ws(0x89, &[b'x'; 125]).repeat(100_000))),
        (
            "operations that nobody wants answered",
            Then::Stay,
            connected(&say(&json!({ "type": "ping", "payload": { "a": "b".repeat(1_000) } })).repeat(5_000)),
        ),
    ]
    .map(|(name, then, bytes)| attack(format!("held: {name}"), then, bytes))
    .into();
    let mut pipelined = String::new();
    for n in 0..10_000 {
        let query = format!("%7Ba{n}:products%7Bnodes%7Bid%20name%7D%7D%7D");
        let _ = write!(pipelined, "GET /graphql?query={query} HTTP/1.1\r\nHost: x\r\n\r\n");
    }
    attacks.push(attack("held: 10,000 requests that nobody wants answered", Then::Stay, pipelined));
    attacks
}
