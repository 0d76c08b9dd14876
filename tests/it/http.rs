//! The transport: methods, media types, cross-site requests, connections.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::TestApp;

const QUERY: &str = r#"{"query":"{ me { id } }"}"#;

#[tokio::test]
async fn only_post_reaches_the_api() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    for method in [Method::GET, Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS] {
        let reply = client.send(client.request(method.clone(), "/graphql?query={me{id}}")).await;
        reply.status(405).refused("BAD_USER_INPUT", "POST");
        assert_eq!(reply.header("allow"), Some("POST"), "{method}");
    }
}

/// These are the types that a form of another site can send without being asked first (Fetch, "CORS-safelisted").
#[tokio::test]
async fn a_form_of_another_site_gets_nowhere() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "",
        "application/graphql",
        "text/json",
    ] {
        let mut request = client.post().body(QUERY);
        if !content_type.is_empty() {
            request = request.header("content-type", content_type);
        }
        let reply = client.send(request).await;
        reply.status(415).refused("BAD_USER_INPUT", "application/json");
    }
    let utf16 = client.post().header("content-type", "application/json; charset=utf-16").body(QUERY);
    client.send(utf16).await.status(415);
    for content_type in
        ["application/json", "application/json; charset=utf-8", "Application/JSON;charset=\"UTF-8\""]
    {
        let reply = client.send(client.post().header("content-type", content_type).body(QUERY)).await;
        assert_eq!(reply.status(200).data(), json!({ "me": null }));
    }
}

#[tokio::test]
async fn pages_of_other_origins_are_asked_first() {
    let app = TestApp::with_flags(&["--cors-origin", "https://shop.example,http://localhost:5173"]).await;
    let client = app.anonymous();
    let preflight = async |origin: &str| {
        let request = client.request(Method::OPTIONS, "/graphql").header("origin", origin);
        let request = request.header("access-control-request-method", "POST");
        client.send(request.header("access-control-request-headers", "content-type")).await
    };
    for origin in ["https://shop.example", "http://localhost:5173"] {
        let reply = preflight(origin).await;
        assert_eq!(reply.status(200).header("access-control-allow-origin"), Some(origin));
        assert_eq!(reply.header("access-control-allow-credentials"), Some("true"));
        assert!(reply.header("access-control-allow-headers").unwrap().contains("content-type"));
    }
    for origin in ["https://evil.example", "https://shop.example.evil.example", "null"] {
        assert_eq!(preflight(origin).await.header("access-control-allow-origin"), None, "{origin}");
        let reply = client
            .send(client.post().header("origin", origin).json(&json!({ "query": "{ me { id } }" })))
            .await;
        assert_eq!(reply.header("access-control-allow-origin"), None, "{origin}");
    }
}

#[tokio::test]
async fn answers_have_the_type_and_status_that_the_client_understands() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let send = async |accept: &str, query: &str| {
        client.send(client.post().header("accept", accept).json(&json!({ "query": query }))).await
    };
    let graphql = "application/graphql-response+json";
    for (accept, query, status, content_type) in [
        (graphql, "{ me { id } }", 200, "application/graphql-response+json; charset=utf-8"),
        (graphql, "{ nothing }", 400, "application/graphql-response+json; charset=utf-8"),
        (
            "application/graphql-response+json, application/json;q=0.9",
            "{",
            400,
            "application/graphql-response+json; charset=utf-8",
        ),
        ("application/json", "{ me { id } }", 200, "application/json; charset=utf-8"),
        ("application/json", "{ nothing }", 200, "application/json; charset=utf-8"),
        ("*/*", "{ me { id } }", 200, "application/json; charset=utf-8"),
    ] {
        let reply = send(accept, query).await;
        assert_eq!(
            (reply.status.as_u16(), reply.header("content-type")),
            (status, Some(content_type)),
            "{accept} {query}"
        );
    }
}

#[tokio::test]
async fn every_answer_has_a_request_id() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    for path in ["/healthz", "/nothing", "/graphql", "/"] {
        let reply = client.get(path).await;
        assert_eq!(reply.header("x-request-id").unwrap().len(), 32, "{path}");
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"), "{path}");
    }
    let send = async |id: &str| {
        let reply = client.send(client.request(Method::GET, "/healthz").header("x-request-id", id)).await;
        reply.header("x-request-id").unwrap().to_owned()
    };
    assert_eq!(send("from-the-proxy_7").await, "from-the-proxy_7");
    for unusable in ["", "with space", "new\tline", &"x".repeat(65)] {
        assert_ne!(send(unusable).await, unusable);
    }
}

#[tokio::test]
async fn other_paths_and_methods_are_refused_in_the_same_shape() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    for path in ["/nothing", "/graphql/", "/assets/nothing.js", "/assets/..%2findex.html", "/.env"] {
        client.get(path).await.status(404).refused("NOT_FOUND", "/graphql");
    }
    let reply = client.send(client.request(Method::POST, "/healthz")).await;
    reply.status(405).refused("BAD_USER_INPUT", "GET");
}

#[tokio::test]
async fn the_first_page_is_graphiql_unless_it_is_switched_off() {
    let app = TestApp::start().await;
    let page = app.anonymous().get("/").await;
    assert_eq!(page.status(200).header("content-type"), Some("text/html; charset=utf-8"));
    assert!(page.text.contains("Bodega"));
    assert!(page.header("content-security-policy").unwrap().contains("default-src 'none'"));
    let off = TestApp::with_flags(&["--graphiql", "false"]).await;
    off.anonymous().get("/").await.status(404);
}

async fn connect(app: &TestApp) -> TcpStream {
    TcpStream::connect(app.address).await.unwrap()
}

/// Reads until the server closes the connection.
async fn read_all(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn a_header_that_does_not_end_is_cut_off() {
    let app = TestApp::with_flags(&["--header-timeout", "300ms"]).await;
    let begin = Instant::now();
    let (mut silent, mut half) = (connect(&app).await, connect(&app).await);
    half.write_all(b"POST /graphql HTTP/1.1\r\nHost: x\r\n").await.unwrap();
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
    let mut end = Vec::new();
    tokio::select! {
        () = drip => {}
        _ = reader.read_to_end(&mut end) => {}
    }
    assert!(end.is_empty());
}

#[tokio::test]
async fn a_connection_is_kept_for_the_next_request_and_closed_when_none_comes() {
    let app = TestApp::with_flags(&["--header-timeout", "5s", "--idle-timeout", "400ms"]).await;
    let mut stream = connect(&app).await;
    for _ in 0..3 {
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        let mut buffer = [0; 1024];
        let read = stream.read(&mut buffer).await.unwrap();
        assert!(buffer[..read].starts_with(b"HTTP/1.1 200 OK"));
    }
    let begin = Instant::now();
    assert_eq!(read_all(&mut stream).await, "");
    assert!(begin.elapsed() >= Duration::from_millis(350), "{:?}", begin.elapsed());
}

/// What begins like HTTP/2 has no more time than anything else.
#[tokio::test]
async fn http2_that_says_no_more_is_cut_off() {
    let app = TestApp::with_flags(&["--header-timeout", "300ms", "--idle-timeout", "300ms"]).await;
    for begin in ["PRI ", "PRI * HTTP/2.0\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"] {
        let mut stream = connect(&app).await;
        stream.write_all(begin.as_bytes()).await.unwrap();
        let end = tokio::time::timeout(Duration::from_secs(5), read_all(&mut stream)).await;
        assert!(end.is_ok(), "{begin:?}");
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
    assert!(tokio::time::timeout(Duration::from_secs(20), flood).await.is_ok());
}

/// The pause before a body that was announced with `Expect` is not a header that takes too long.
#[tokio::test]
async fn a_body_after_100_continue_has_the_time_of_a_body() {
    let app = TestApp::with_flags(&["--header-timeout", "200ms"]).await;
    let mut stream = connect(&app).await;
    let head = format!(
        "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
        QUERY.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.read_exact(&mut [0; 25]).await.unwrap();
    stream.write_all(&QUERY.as_bytes()[..5]).await.unwrap();
    let nothing = tokio::time::timeout(Duration::from_millis(600), stream.read_u8()).await;
    assert!(nothing.is_err(), "the server waits");
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
    let (first, second) = (connect(&app).await, connect(&app).await);
    let mut third = connect(&app).await;
    third.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut byte = [0; 1];
    let waiting = tokio::time::timeout(Duration::from_millis(300), third.read(&mut byte)).await;
    assert!(waiting.is_err(), "the third is not served beside the others");
    drop((first, second));
    assert!(read_all(&mut third).await.ends_with("ok\n"));
}
