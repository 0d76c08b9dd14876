//! Connections: how long they are waited for, and how many there are.

use std::time::{Duration, Instant};

use futures_util::FutureExt;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{TestApp, within_a_minute};

const QUERY: &str = r#"{"query":"{ me { id } }"}"#;

async fn connect(app: &TestApp) -> TcpStream {
    TcpStream::connect(app.address).await.unwrap()
}

/// Reads until the server closes the connection, which it must.
async fn read_all(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let _ = within_a_minute("the end of a connection", stream.read_to_end(&mut bytes)).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn a_header_that_does_not_end_is_cut_off() {
    let app = TestApp::with_flags(&["--header-timeout", "300ms"]).await;
    let begin = Instant::now();
    let (mut silent, mut half) = (connect(&app).await, connect(&app).await);
    // On a slow machine it may be over before.
    let _ = half.write_all(b"POST /graphql HTTP/1.1\r\nHost: x\r\n").await;
    assert_eq!((read_all(&mut silent).await, read_all(&mut half).await), (String::new(), String::new()));
    assert!(begin.elapsed() >= Duration::from_millis(300), "{:?}", begin.elapsed());

    // Byte by byte helps nobody either: the time runs from the first one.
    let mut slow = connect(&app).await;
    let mut interval = tokio::time::interval(Duration::from_millis(50));
    let (mut reader, mut writer) = slow.split();
    let drip = async {
        loop {
            interval.tick().await;
            if writer.write_all(b"x").await.is_err() {
                break;
            }
        }
    };
    let mut answer = Vec::new();
    within_a_minute("the end of a slow header", async {
        tokio::select! {
            () = drip => {}
            _ = reader.read_to_end(&mut answer) => {}
        }
    })
    .await;
    assert!(answer.is_empty());
}

#[tokio::test]
async fn a_connection_is_kept_for_the_next_request_and_closed_when_none_comes() {
    let app = TestApp::with_flags(&["--header-timeout", "1h", "--idle-timeout", "2s"]).await;
    let mut stream = connect(&app).await;
    let mut begin = Instant::now();
    for _ in 0..3 {
        begin = Instant::now();
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        let mut buffer = [0; 1024];
        let read = stream.read(&mut buffer).await.unwrap();
        assert!(buffer[..read].starts_with(b"HTTP/1.1 200 OK"));
    }
    assert_eq!(read_all(&mut stream).await, "");
    assert!(begin.elapsed() >= Duration::from_secs(2), "{:?}", begin.elapsed());
}

/// What begins like HTTP/2 has no more time than anything else.
/// The status with which a request of these lines is answered.
async fn status(app: &TestApp, lines: &[&str]) -> String {
    let mut stream = connect(app).await;
    let request = format!("{}\r\nConnection: close\r\n\r\n", lines.join("\r\n"));
    stream.write_all(request.as_bytes()).await.unwrap();
    let answer = read_all(&mut stream).await;
    answer.split(' ').nth(1).unwrap_or_default().to_owned()
}

/// RFC 9112, 3.2.
#[tokio::test]
async fn a_request_has_one_host() {
    let app = TestApp::start().await;
    for path in ["/healthz", "/graphql?query={__typename}", "http://shop.example/healthz"] {
        let line = format!("GET {path} HTTP/1.1");
        for host in ["shop.example", "SHOP.example:8000", "127.0.0.1", "[::1]:8000"] {
            assert_eq!(status(&app, &[&line, &format!("Host: {host}")]).await, "200", "{path} {host}");
        }
        assert_eq!(status(&app, &[&line]).await, "400", "{path}");
        assert_eq!(status(&app, &[&line, "Host: a", "Host: a"]).await, "400", "{path}");
        for host in ["", "a b", "a/b", "a, b", "user@a", "a:b", "a:1:2", "[::1", "http://a"] {
            assert_eq!(status(&app, &[&line, &format!("Host: {host}")]).await, "400", "{path} {host}");
        }
    }
    assert_eq!(status(&app, &["GET /healthz HTTP/1.0"]).await, "200");
    assert_eq!(status(&app, &["GET /healthz HTTP/1.0", "Host: a", "Host: b"]).await, "400");
}

/// RFC 9112, 3.2.2: the host of the request's target goes before the header.
#[tokio::test]
async fn a_host_in_the_target_is_the_own_origin() {
    let app = TestApp::start().await;
    let ask = async |origin: &str| {
        let target = "GET http://shop.example/graphql?query={__typename} HTTP/1.1";
        let cookie = "Cookie: __Host-bodega=x";
        status(&app, &[target, "Host: evil.example", &format!("Origin: {origin}"), cookie]).await
    };
    assert_eq!(ask("http://shop.example").await, "200");
    assert_eq!(ask("http://evil.example").await, "403");
}

#[tokio::test]
async fn http2_that_says_no_more_is_cut_off() {
    let app = TestApp::with_flags(&["--header-timeout", "300ms", "--idle-timeout", "300ms"]).await;
    for begin in ["PRI ", "PRI * HTTP/2.0\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"] {
        let mut stream = connect(&app).await;
        // On a slow machine it may be over before.
        let _ = stream.write_all(begin.as_bytes()).await;
        read_all(&mut stream).await;
    }
}

/// Who asks and asks and never reads the answers is cut off as soon as they no longer fit anywhere.
#[tokio::test]
async fn a_client_that_does_not_read_is_cut_off() {
    let app = TestApp::with_flags(&["--idle-timeout", "300ms"]).await;
    let mut stream = connect(&app).await;
    let body = r#"{"query":"{ __schema { types { fields { description } } } }"}"#;
    let request = format!(
        "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let flood = async { while stream.write_all(request.as_bytes()).await.is_ok() {} };
    within_a_minute("the end of the connection", flood).await;
}

/// The pause before a body that was announced with `Expect` is not a header that takes too long.
#[tokio::test]
async fn a_body_after_100_continue_has_the_time_of_a_body() {
    let app = TestApp::with_flags(&["--header-timeout", "1s"]).await;
    let mut stream = connect(&app).await;
    let head = format!(
        "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
        QUERY.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.read_exact(&mut [0; 25]).await.unwrap();
    stream.write_all(&QUERY.as_bytes()[..5]).await.unwrap();
    // Whoever comes later and is silent has been cut off: the time of this one's header is over, too.
    assert_eq!(read_all(&mut connect(&app).await).await, "");
    assert_eq!(stream.read_u8().now_or_never().map(|byte| byte.ok()), None, "the server waits");
    stream.write_all(&QUERY.as_bytes()[5..]).await.unwrap();
    assert!(read_all(&mut stream).await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn a_body_that_does_not_end_is_cut_off() {
    let app = TestApp::with_flags(&["--body-timeout", "300ms"]).await;
    let mut stream = connect(&app).await;
    let head = "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\nConnection: close\r\n\r\n{";
    stream.write_all(head.as_bytes()).await.unwrap();
    let answer = read_all(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("took too long"), "{answer}");
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_for_their_turn() {
    let app = TestApp::with_flags(&["--max-connections", "2"]).await;
    let (mut first, mut second) = (connect(&app).await, connect(&app).await);
    let mut third = connect(&app).await;
    third.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    // Others have come later, and been served, when the third has still not been.
    for stream in [&mut first, &mut second] {
        for _ in 0..20 {
            stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
            let mut buffer = [0; 1024];
            let read = within_a_minute("an answer", stream.read(&mut buffer)).await.unwrap();
            assert!(buffer[..read].starts_with(b"HTTP/1.1 200 OK"));
        }
    }
    assert_eq!(third.read_u8().now_or_never().map(|byte| byte.ok()), None, "it waits for a place");
    drop((first, second));
    assert!(read_all(&mut third).await.ends_with("ok\n"));
}
