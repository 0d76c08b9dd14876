//! Compresses responses for clients that accept it (`Accept-Encoding`, [RFC 9110,
//! 12.5.3](https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3)).
//!
//! Of codings with the same weight gzip comes first: for a typical response (23 KB of JSON) its level 5 is as small as
//! brotli's 4 (18%) and takes 0.17 ms instead of 0.28; brotli's 5 is a twentieth smaller and takes 0.69 ms.
//!
//! Responses with a new secret are never compressed, since the length reveals the secret to an attacker who controls
//! text beside it and watches the line (BREACH): those that set a cookie, and those marked with [`NotCompressed`].

use std::io::{self, Write};

use brotli::enc::BrotliEncoderParams;
use bytes::Bytes;
use flate2::write::GzEncoder;
use http_body::Body as _;
use http_body_util::combinators::BoxBody;
use poem::{
    Body, Endpoint, Request, Response, Result,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
};

/// Minimum length to compress, in bytes; shorter bodies fit in one packet.
const MIN_LENGTH: u64 = 1024;

/// Maximum length to compress on the async thread, in bytes; longer bodies would block it for more than half a
/// millisecond.
const MAX_LENGTH_IN_PLACE: usize = 64 * 1024;

/// Marks, in a response's extensions, a body with a new secret.
#[derive(Clone, Copy)]
pub(in crate::http) struct NotCompressed;

/// Endpoint that compresses the responses of `inner`.
pub(in crate::http) struct Compression<E> {
    inner: E,
    is_on: bool,
}

impl<E> Compression<E> {
    pub(in crate::http) fn new(inner: E, is_on: bool) -> Self {
        Self { inner, is_on }
    }
}

impl<E: Endpoint<Output = Response>> Endpoint for Compression<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let is_head = request.method() == Method::HEAD;
        let accepted = Accepted::read(request.headers());
        let mut response = self.inner.call(request).await?;
        if !self.is_on || is_head || !is_compressible(&response) {
            return Ok(response);
        }
        add_vary(response.headers_mut());
        match accepted.choose() {
            Some(coding) => compress(response, coding, accepted.is_identity_refused()).await,
            None => Ok(response),
        }
    }
}

fn is_compressible(response: &Response) -> bool {
    let headers = response.headers();
    let is_whole = response.status() != StatusCode::PARTIAL_CONTENT
        && response.status() != StatusCode::NO_CONTENT
        && response.status() != StatusCode::NOT_MODIFIED;
    let may_be_changed = headers
        .get_all(header::CACHE_CONTROL)
        .iter()
        .all(|value| value.to_str().is_ok_and(|directives| !directives.contains("no-transform")));
    let holds_secret =
        headers.contains_key(header::SET_COOKIE) || response.extensions().get::<NotCompressed>().is_some();
    is_whole
        && may_be_changed
        && !holds_secret
        && !headers.contains_key(header::CONTENT_ENCODING)
        && response.content_type().is_some_and(is_text)
}

fn is_text(content_type: &str) -> bool {
    // Our own types are in lower case.
    match content_type.split(';').next().unwrap_or_default().trim() {
        "application/json"
        | "application/graphql-response+json"
        | "application/javascript"
        | "image/svg+xml" => true,
        // Its events must not be delayed.
        "text/event-stream" => false,
        other => other.starts_with("text/"),
    }
}

/// Tells caches that the response depends on `Accept-Encoding`, even if this one is not compressed.
fn add_vary(headers: &mut HeaderMap) {
    // Fast path for responses of the API.
    if headers.get(header::VARY).is_some_and(|value| value == "Accept") {
        headers.insert(header::VARY, HeaderValue::from_static("Accept, Accept-Encoding"));
        return;
    }
    let values = headers.get_all(header::VARY).iter().filter_map(|value| value.to_str().ok());
    let mut names: Vec<_> = values.flat_map(|value| value.split(',')).map(str::trim).collect();
    if names.iter().any(|name| *name == "*" || name.eq_ignore_ascii_case("accept-encoding")) {
        return;
    }
    names.push("Accept-Encoding");
    if let Ok(value) = HeaderValue::from_str(&names.join(", ")) {
        headers.insert(header::VARY, value);
    }
}

/// Compresses the body if that makes it shorter, or in any case if `must`.
async fn compress(mut response: Response, coding: Coding, must: bool) -> Result<Response> {
    let body: BoxBody<Bytes, io::Error> = response.take_body().into();
    let length = body.size_hint().exact();
    if length.is_none_or(|length| length < if must { 1 } else { MIN_LENGTH }) {
        response.set_body(Body::from(body));
        return Ok(response);
    }
    let plain = Body::from(body).into_bytes().await?;
    let compressed = if plain.len() > MAX_LENGTH_IN_PLACE {
        let plain = plain.clone();
        let task = tokio::task::spawn_blocking(move || coding.encode(&plain));
        task.await.map_err(io::Error::other).flatten()
    } else {
        coding.encode(&plain)
    };
    match compressed {
        Ok(compressed) if must || compressed.len() < plain.len() => {
            response.set_body(compressed);
            describe(response.headers_mut(), coding);
        }
        Ok(_) => response.set_body(plain),
        Err(error) => {
            tracing::error!(%error, "an answer could not be compressed");
            response.set_body(plain);
        }
    }
    Ok(response)
}

/// Adapts the headers: the length has changed, and a strong validator holds no longer.
fn describe(headers: &mut HeaderMap, coding: Coding) {
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
    headers.remove(header::CONTENT_LENGTH);
    headers.remove(header::ACCEPT_RANGES);
    let strong = headers.get(header::ETAG).filter(|tag| tag.as_bytes().starts_with(b"\""));
    let weak = strong.and_then(|tag| HeaderValue::from_bytes(&[b"W/", tag.as_bytes()].concat()).ok());
    if let Some(weak) = weak {
        headers.insert(header::ETAG, weak);
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    Gzip,
    Brotli,
}

impl Coding {
    fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Brotli => "br",
        }
    }

    fn encode(self, plain: &[u8]) -> io::Result<Vec<u8>> {
        let mut compressed = Vec::with_capacity(plain.len() / 4);
        match self {
            Self::Gzip => {
                let mut encoder = GzEncoder::new(compressed, flate2::Compression::new(5));
                encoder.write_all(plain)?;
                encoder.finish()
            }
            Self::Brotli => {
                // A larger window than 256 KiB costs more time to set up than to compress a page.
                let (quality, lgwin) = (4, 18);
                let parameters =
                    BrotliEncoderParams { quality, lgwin, size_hint: plain.len(), ..Default::default() };
                brotli::BrotliCompress(&mut &*plain, &mut compressed, &parameters)?;
                Ok(compressed)
            }
        }
    }
}

/// A client's weight for each coding, in thousandths; `None` for those that it does not name.
#[derive(Default)]
struct Accepted {
    gzip: Option<u16>,
    brotli: Option<u16>,
    identity: Option<u16>,
    any: Option<u16>,
}

impl Accepted {
    /// Reads the header; malformed elements are ignored.
    fn read(headers: &HeaderMap) -> Self {
        let mut accepted = Self::default();
        let values = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
        for element in values.flat_map(|value| value.split(',')) {
            let (name, parameter) = element.split_once(';').unwrap_or((element, "q=1"));
            let slot = match name.trim().to_ascii_lowercase().as_str() {
                "gzip" | "x-gzip" => &mut accepted.gzip,
                "br" => &mut accepted.brotli,
                "identity" => &mut accepted.identity,
                "*" => &mut accepted.any,
                _ => continue,
            };
            if let Some(weight) = weight(parameter) {
                *slot = Some(weight);
            }
        }
        accepted
    }

    /// The coding to use; `None` for none, also if the client accepts nothing at all.
    fn choose(&self) -> Option<Coding> {
        let liking = |weight: Option<u16>| weight.or(self.any).unwrap_or(0);
        let (gzip, brotli) = (liking(self.gzip), liking(self.brotli));
        let (coding, weight) = if gzip >= brotli { (Coding::Gzip, gzip) } else { (Coding::Brotli, brotli) };
        (weight > 0 && weight >= liking(self.identity)).then_some(coding)
    }

    /// Whether the client rejects uncompressed responses.
    fn is_identity_refused(&self) -> bool {
        self.identity.or(self.any) == Some(0)
    }
}

/// The weight in `q=0.5`, in thousandths ([RFC 9110, 12.4.2](https://www.rfc-editor.org/rfc/rfc9110#section-12.4.2)).
fn weight(parameter: &str) -> Option<u16> {
    let (name, value) = parameter.trim().split_once('=')?;
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    if !name.eq_ignore_ascii_case("q")
        || fraction.len() > 3
        || !fraction.bytes().all(|byte| byte.is_ascii_digit())
    {
        return None;
    }
    let thousandths = format!("{fraction:0<3}").parse().ok()?;
    match (whole, thousandths) {
        ("0", thousandths) => Some(thousandths),
        ("1", 0) => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use poem::endpoint::make_sync;
    use sha2::{Digest, Sha256};

    use super::*;

    fn accepted(values: &[&str]) -> Accepted {
        let values = values.iter().map(|value| (header::ACCEPT_ENCODING, value.parse().unwrap()));
        Accepted::read(&values.collect())
    }

    #[test]
    fn the_coding_is_the_one_that_the_client_likes_best() {
        let (gzip, brotli) = (Some(Coding::Gzip), Some(Coding::Brotli));
        for (value, expected) in [
            ("gzip, deflate, br, zstd", gzip),
            ("br", brotli),
            ("GZIP", gzip),
            ("x-gzip", gzip),
            ("gzip;q=0.5, br;q=0.8", brotli),
            ("gzip ; q=0.8 ,br ; q=0.5", gzip),
            ("gzip;q=0, br", brotli),
            ("gzip;q=0.0, *", brotli),
            ("*", gzip),
            ("br;q=0.001", brotli),
            ("identity;q=0.5, gzip;q=0.5", gzip),
            ("identity;q=0.5, gzip;q=0.4", None),
            ("*;q=0.5, gzip;q=0.4, br;q=0", None),
            ("identity", None),
            ("identity;q=0", None),
            ("*;q=0", None),
            ("", None),
            ("deflate", None),
            ("gzip;q=0", None),
            ("gzip;q=2", None),
            ("gzip;q=-1", None),
            ("gzip;q=1.001", None),
            ("gzip;q=0.1234", None),
            ("gzip;q=", None),
            ("gzip;q", None),
            ("gzip;", None),
            ("gzip;x=1", None),
            ("gzip;q=abc, br;q=0.1", brotli),
            (",;,;q=1,=,gzip", gzip),
            ("gzipped, brr", None),
        ] {
            assert_eq!(accepted(&[value]).choose(), expected, "{value}");
        }
        assert_eq!(accepted(&["deflate", "br"]).choose(), brotli);
        assert_eq!(accepted(&[]).choose(), None);
        assert!(accepted(&["gzip, identity;q=0"]).is_identity_refused());
        assert!(accepted(&["gzip, *;q=0"]).is_identity_refused());
        assert!(!accepted(&["gzip, *;q=0, identity"]).is_identity_refused());
    }

    /// The response of the middleware to a response of `inner`.
    async fn through(inner: impl Fn() -> Response + Send + Sync, method: Method, accept: &str) -> Response {
        let request = Request::builder().method(method).header(header::ACCEPT_ENCODING, accept).finish();
        Compression::new(make_sync(move |_| inner()), true).call(request).await.unwrap()
    }

    fn json(length: usize) -> Response {
        Response::builder().content_type("application/json").body("ab".repeat(length / 2))
    }

    fn coding(response: &Response) -> Option<&str> {
        response.header("content-encoding")
    }

    #[tokio::test]
    async fn a_long_text_comes_compressed_with_headers_that_fit() {
        for length in [1024, MAX_LENGTH_IN_PLACE + 2] {
            let inner = move || {
                let mut response = json(length);
                let headers = response.headers_mut();
                headers.insert("etag", HeaderValue::from_static("\"abc\""));
                headers.insert("vary", HeaderValue::from_static("Origin"));
                headers.insert("content-length", length.into());
                headers.insert("accept-ranges", HeaderValue::from_static("bytes"));
                response
            };
            let response = through(inner, Method::GET, "gzip").await;
            assert_eq!(coding(&response), Some("gzip"));
            assert_eq!(response.header("etag"), Some("W/\"abc\""));
            assert_eq!(response.header("vary"), Some("Origin, Accept-Encoding"));
            assert_eq!((response.header("content-length"), response.header("accept-ranges")), (None, None));
            let (compressed, mut plain) = (response.into_body().into_vec().await.unwrap(), String::new());
            flate2::read::GzDecoder::new(&compressed[..]).read_to_string(&mut plain).unwrap();
            assert_eq!(plain, "ab".repeat(length / 2));
        }
    }

    #[tokio::test]
    async fn what_is_short_stays_as_it_is_unless_that_is_refused() {
        let response = through(|| json(1022), Method::POST, "gzip").await;
        assert_eq!((coding(&response), response.header("vary")), (None, Some("Accept-Encoding")));
        assert_eq!(coding(&through(|| json(22), Method::POST, "gzip, identity;q=0").await), Some("gzip"));
        assert_eq!(coding(&through(|| json(0), Method::POST, "gzip, identity;q=0").await), None);
        let noise = || {
            let bytes = (0..64u32).flat_map(|number| Sha256::digest(number.to_le_bytes()));
            Response::builder().content_type("text/plain").body(bytes.collect::<Vec<_>>())
        };
        assert_eq!(coding(&through(noise, Method::GET, "gzip").await), None, "it would be longer");
    }

    #[tokio::test]
    async fn what_must_not_change_stays_as_it_is() {
        let with = |name: &'static str, value: &'static str| {
            move || {
                let mut response = json(5000);
                response.headers_mut().insert(name, HeaderValue::from_static(value));
                response
            }
        };
        let same = async |response: Response| {
            assert_eq!((coding(&response), response.header("vary")), (None, None));
            response.into_body().into_vec().await.unwrap() == "ab".repeat(2500).as_bytes()
        };
        for (name, value) in [
            ("set-cookie", "a=b"),
            ("cache-control", "public, no-transform"),
            ("content-type", "text/event-stream"),
            ("content-type", "image/png"),
            ("content-type", "font/woff2"),
        ] {
            assert!(same(through(with(name, value), Method::GET, "gzip").await).await, "{name}: {value}");
        }
        let marked = || {
            let mut response = json(5000);
            response.extensions_mut().insert(NotCompressed);
            response
        };
        assert!(same(through(marked, Method::POST, "gzip, identity;q=0").await).await);
        assert!(same(through(|| json(5000), Method::HEAD, "gzip").await).await);
        for status in [StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED, StatusCode::PARTIAL_CONTENT] {
            let inner = move || {
                let mut response = json(5000);
                response.set_status(status);
                response
            };
            assert!(same(through(inner, Method::GET, "gzip").await).await, "{status}");
        }
        let encoded = through(with("content-encoding", "br"), Method::GET, "gzip").await;
        assert_eq!((coding(&encoded), encoded.header("vary")), (Some("br"), None));
        let streamed = || {
            let chunks = futures_util::stream::iter([Ok::<_, io::Error>("ab".repeat(2500))]);
            Response::builder().content_type("text/plain").body(Body::from_bytes_stream(chunks))
        };
        assert_eq!(coding(&through(streamed, Method::GET, "gzip").await), None, "of unknown length");
    }

    #[tokio::test]
    async fn vary_is_added_once() {
        for (before, after) in
            [("*", "*"), ("accept-encoding", "accept-encoding"), ("A,B", "A, B, Accept-Encoding")]
        {
            let inner = move || {
                let mut response = json(10);
                response.headers_mut().insert("vary", HeaderValue::from_static(before));
                response
            };
            assert_eq!(through(inner, Method::GET, "").await.header("vary"), Some(after));
        }
    }
}
