//! Events of a stream
//! ([HTML, 9.2](https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation)), and the
//! stream's signs of life.

use std::{io, time::Duration};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use poem::{
    Body, Response,
    http::{HeaderValue, StatusCode, header},
};
use serde::Serialize;
use tokio::time::{Instant, interval_at};

use crate::http::graphql::media_type::MediaType;

pub(super) fn next(data: &impl Serialize) -> Bytes {
    // JSON has no line breaks outside of its strings, and escapes those within.
    match serde_json::to_string(data) {
        Ok(data) => format!("event: next\ndata: {data}\n\n").into(),
        Err(error) => {
            tracing::error!(%error, "the answer cannot be written");
            Bytes::new()
        }
    }
}

/// A `complete` event. `EventSource` overlooks events without data, be it empty.
pub(super) fn complete() -> Bytes {
    Bytes::from_static(b"event: complete\ndata: \n\n")
}

/// The response of a stream of events, with a comment whenever nothing else is sent for so long.
pub(super) fn response(events: impl Stream<Item = Bytes> + Send + 'static, keep_alive: Duration) -> Response {
    let ticks = interval_at(Instant::now() + keep_alive, keep_alive);
    let state = (events.boxed(), ticks);
    let with_comments = stream::unfold(state, |(mut events, mut ticks)| async {
        let bytes = tokio::select! {
            event = events.next() => {
                ticks.reset();
                event?
            }
            _ = ticks.tick() => Bytes::from_static(b":\n\n"),
        };
        Some((Ok::<_, io::Error>(bytes), (events, ticks)))
    });
    // The first comment makes proxies and clients see at once that the stream is open.
    let opening = stream::once(async { Ok(Bytes::from_static(b":\n\n")) });
    let mut response = Response::builder()
        .status(StatusCode::OK)
        .content_type(MediaType::EventStream.content_type())
        .body(Body::from_bytes_stream(opening.chain(with_comments)));
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, no-transform"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}
