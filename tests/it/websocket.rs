//! `graphql-transport-ws`, message by message.

use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::support::{Socket, TestApp, eventually, within_a_minute};

const WATCH: &str = "subscription { sessionRevoked { sessionId isCurrent at } }";
const LOGOUT: &str = "mutation { logout { loggedOut } }";
const PROTOCOL: (&str, &str) = ("sec-websocket-protocol", "graphql-transport-ws");

#[tokio::test]
async fn queries_and_mutations_are_answered_and_completed() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let mut socket = Socket::connect(&app, customer.token.as_deref()).await;
    socket.subscribe("1", "{ me { email } }").await;
    let me = json!({ "data": { "me": { "email": "customer@test.example" } } });
    let next = socket.receive().await;
    assert_eq!((&next["id"], &next["type"]), (&json!("1"), &json!("next")));
    assert_eq!(
        next["payload"]["data"]["me"].as_object().unwrap().len(),
        me["data"]["me"].as_object().unwrap().len()
    );
    assert_eq!(socket.receive().await, json!({ "type": "complete", "id": "1" }));
    socket.subscribe("1", "{ __typename }").await;
    assert_eq!(
        socket.receive().await["payload"],
        json!({ "data": { "__typename": "Query" } }),
        "ids come again"
    );
    assert_eq!(socket.receive().await["type"], "complete");
    socket.subscribe("2", LOGOUT).await;
    assert_eq!(socket.receive().await["payload"], json!({ "data": { "logout": { "loggedOut": true } } }));
}

#[tokio::test]
async fn several_operations_run_at_once_and_pings_are_answered_meanwhile() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let mut socket = Socket::connect(&app, customer.token.as_deref()).await;
    socket.subscribe("watch", WATCH).await;
    socket.send(json!({ "type": "ping", "payload": { "n": 1 } })).await;
    assert_eq!(socket.receive().await, json!({ "type": "pong", "payload": { "n": 1 } }));
    socket.send(json!({ "type": "ping" })).await;
    assert_eq!(socket.receive().await, json!({ "type": "pong" }));
    socket.send(json!({ "type": "pong" })).await;
    socket.subscribe("query", "{ __typename }").await;
    assert_eq!(socket.receive().await["id"], "query");
    assert_eq!(socket.receive().await, json!({ "type": "complete", "id": "query" }));
    socket.stream.send(Message::Ping(vec![7].into())).await.unwrap();
    assert_eq!(socket.stream.next().await.unwrap().unwrap(), Message::Pong(vec![7].into()));
}

#[tokio::test]
async fn a_subscription_tells_of_sessions_that_end_until_its_own_does() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let own = customer.run("{ sessions { id } }").await.data()["sessions"][0]["id"].take();
    let mut socket = Socket::connect(&app, customer.token.as_deref()).await;
    socket.subscribe("1", WATCH).await;
    let event = app.end_sessions_until(socket.receive()).await;
    assert_eq!((&event["type"], &event["id"]), (&json!("next"), &json!("1")));
    let revoked = &event["payload"]["data"]["sessionRevoked"];
    assert!(revoked["isCurrent"] == false && revoked["sessionId"] != own, "{event}");

    customer.run(LOGOUT).await.data();
    loop {
        let event = socket.receive().await;
        let revoked = &event["payload"]["data"]["sessionRevoked"];
        assert_eq!(revoked["isCurrent"], revoked["sessionId"] == own, "{event}");
        if revoked["isCurrent"] == true {
            break;
        }
    }
    assert_eq!(socket.closed().await, (4403, "Forbidden: the session has ended".to_owned()));
}

#[tokio::test]
async fn a_revoked_session_ends_its_sockets_on_every_instance() {
    let app = TestApp::start().await;
    let second = app.another_instance().await;
    let customer = app.customer().await;
    let mut sockets = vec![Socket::connect(&app, customer.token.as_deref()).await];
    if matches!(crate::support::stack(), crate::support::Stack::Services) {
        sockets.push(Socket::connect(&second, customer.token.as_deref()).await);
    }
    let mut stranger = Socket::connect(&app, None).await;
    customer.run(LOGOUT).await.data();
    for socket in &mut sockets {
        assert_eq!(socket.closed().await.0, 4403);
    }
    stranger.subscribe("1", "{ __typename }").await;
    assert_eq!(stranger.receive().await["type"], "next", "other sockets stay");
}

#[tokio::test]
async fn a_client_can_end_an_operation() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let mut socket = Socket::connect(&app, customer.token.as_deref()).await;
    socket.subscribe("1", WATCH).await;
    app.end_sessions_until(socket.receive()).await;
    socket.send(json!({ "type": "complete", "id": "1" })).await;
    socket.send(json!({ "type": "complete", "id": "never" })).await;
    // The answer comes when all that went before has been read; events may have been on their way until then.
    socket.send(json!({ "type": "ping" })).await;
    while socket.receive().await["type"] != "pong" {}
    app.customer().await.run(LOGOUT).await.data();
    socket.subscribe("1", "{ __typename }").await;
    assert_eq!(socket.receive().await["payload"]["data"]["__typename"], "Query", "the event is not told");
}

#[tokio::test]
async fn what_does_not_begin_is_an_error_and_frees_its_id() {
    let app = TestApp::start().await;
    let mut socket = Socket::connect(&app, None).await;
    for (query, code) in [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { a: sessionRevoked { at } b: sessionRevoked { at } }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { ...F } fragment F on Subscription { __typename }", "GRAPHQL_VALIDATION_FAILED"),
        ("query ($id: ID!) { node(id: $id) { id } }", "BAD_USER_INPUT"),
    ] {
        socket.subscribe("1", query).await;
        let error = socket.receive().await;
        assert_eq!((&error["type"], &error["id"]), (&json!("error"), &json!("1")), "{query}");
        assert_eq!(error["payload"][0]["extensions"]["code"], code, "{query}: {error}");
    }
    socket.subscribe("1", WATCH).await;
    let next = socket.receive().await;
    assert_eq!(next["payload"]["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{next}");
    assert_eq!(socket.receive().await, json!({ "type": "complete", "id": "1" }));
    socket
        .subscribe("1", "subscription { ...F } fragment F on Subscription { ... { sessionRevoked { at } } }")
        .await;
    assert_eq!(socket.receive().await["payload"]["errors"][0]["path"], json!(["sessionRevoked"]));
}

#[tokio::test]
async fn every_breach_of_the_protocol_has_its_code() {
    let app = TestApp::with_flags(&["--max-body", "1000"]).await;
    let init = json!({ "type": "connection_init" });
    let subscribe =
        |id: &str| json!({ "type": "subscribe", "id": id, "payload": { "query": "{ __typename }" } });
    let pending = json!({ "type": "subscribe", "id": "1", "payload": { "query": WATCH } });
    let customer = app.customer().await;
    let login = json!({ "type": "connection_init", "payload": { "authorization": format!("Bearer {}", customer.token.as_deref().unwrap()) } });
    let token = |token: &str| json!({ "type": "connection_init", "payload": { "Authorization": token } });
    for (messages, code, reason) in [
        (vec![json!("x")], 4400, "Invalid message"),
        (vec![json!({ "type": "start" })], 4400, "Invalid message"),
        (vec![init.clone(), json!({ "type": "subscribe", "id": "1", "payload": {} })], 4400, "no query"),
        (vec![subscribe("1")], 4401, "Unauthorized"),
        (vec![token("Bearer nonsense")], 4403, "Forbidden"),
        (vec![token(&format!("Bearer {}", "A".repeat(43)))], 4403, "Forbidden"),
        (vec![token("Basic abc")], 4403, "Forbidden"),
        (vec![json!({ "type": "connection_init", "payload": { "authorization": 1 } })], 4403, "Forbidden"),
        (vec![login, pending.clone(), pending], 4409, "Subscriber for 1 already exists"),
        (vec![init.clone(), init.clone()], 4429, "Too many initialisation requests"),
        (
            vec![init.clone(), json!({ "type": "ping", "payload": { "x": "y".repeat(2_000) } })],
            1009,
            "1000 bytes",
        ),
    ] {
        let mut socket = Socket::open(&app).await;
        for message in &messages {
            socket.send(message.clone()).await;
        }
        let (found, text) = socket.closed().await;
        assert_eq!(found, code, "{messages:?}: {text}");
        assert!(text.contains(reason), "{messages:?}: {text}");
    }
    let mut unmasked = Socket::connect(&app, None).await;
    unmasked.stream.get_mut().write_all(&[0x81, 2, b'{', b'}']).await.unwrap();
    assert_eq!(unmasked.closed().await, (1002, "Protocol error".to_owned()));
    let mut binary = Socket::connect(&app, None).await;
    binary.stream.send(Message::Binary(b"{\"type\":\"ping\"}".to_vec().into())).await.unwrap();
    assert_eq!(binary.closed().await.0, 4400);
}

#[tokio::test]
async fn another_subprotocol_is_not_acceptable() {
    let app = TestApp::start().await;
    for headers in [&[][..], &[("sec-websocket-protocol", "graphql-ws")]] {
        // A client that asked for a protocol gives up by itself when none is agreed on.
        match Socket::handshake(&app, headers).await {
            Ok((mut socket, response)) => {
                assert!(response.headers().get("sec-websocket-protocol").is_none());
                assert_eq!(socket.closed().await, (4406, "Subprotocol not acceptable".to_owned()));
            }
            Err(error) => assert!(error.to_string().contains("subprotocol"), "{error}"),
        }
    }
    let both = [("sec-websocket-protocol", "graphql-ws, graphql-transport-ws")];
    let (_, response) = Socket::handshake(&app, &both).await.unwrap();
    assert_eq!(response.headers()["sec-websocket-protocol"], "graphql-transport-ws");
}

#[tokio::test]
async fn who_says_nothing_is_shown_out() {
    let app = TestApp::with_flags(&["--socket-init-timeout", "2s"]).await;
    let mut connected = Socket::connect(&app, None).await;
    let mut silent = Socket::open(&app).await;
    assert_eq!(silent.closed().await, (4408, "Connection initialisation timeout".to_owned()));
    connected.subscribe("1", "{ __typename }").await;
    assert_eq!(connected.receive().await["type"], "next", "the time-out is for those who say nothing");
}

#[tokio::test]
async fn who_shows_no_sign_of_life_is_gone() {
    let app = TestApp::with_flags(&["--socket-keep-alive", "1s"]).await;
    let mut alive = Socket::connect(&app, None).await;
    let silent = Socket::connect(&app, None).await;
    let mut tcp = silent.stream.into_inner();
    // Reads what comes and answers nothing, not even pings.
    let mut sink = Vec::new();
    let end = within_a_minute("the silent one is cut off", tcp.read_to_end(&mut sink));
    tokio::select! {
        // A reset is an end, too.
        _ = end => {}
        // Reading answers pings.
        () = async { while alive.stream.next().await.is_some() {} } => panic!("who answers is cut off"),
    }
    alive.subscribe("1", "{ __typename }").await;
    assert_eq!(alive.receive().await["type"], "next");
}

#[tokio::test]
async fn pages_of_other_origins_cannot_connect() {
    let app = TestApp::with_flags(&["--cors-origin", "https://shop.example"]).await;
    let own = format!("http://{}", app.address);
    for (origin, is_let_in) in [
        ("https://evil.example", false),
        ("null", false),
        (own.as_str(), true),
        ("https://shop.example", true),
    ] {
        let result = Socket::handshake(&app, &[PROTOCOL, ("origin", origin)]).await;
        match result {
            Ok(_) => assert!(is_let_in, "{origin}"),
            Err(Error::Http(response)) => {
                assert!(!is_let_in, "{origin}");
                assert_eq!(response.status().as_u16(), 403);
            }
            Err(error) => panic!("{origin}: {error}"),
        }
    }
}

#[tokio::test]
async fn half_a_handshake_is_refused() {
    let app = TestApp::start().await;
    for (remove, add, status) in [
        ("sec-websocket-key", None, 400),
        ("connection", None, 400),
        ("sec-websocket-version", None, 426),
        ("sec-websocket-version", Some("8"), 426),
    ] {
        let mut headers = vec![
            ("host", "x"),
            ("upgrade", "websocket"),
            ("connection", "Upgrade"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ("sec-websocket-version", "13"),
        ];
        headers.retain(|(name, _)| *name != remove);
        headers.extend(add.map(|value| (remove, value)));
        let lines: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let mut tcp = tokio::net::TcpStream::connect(app.address).await.unwrap();
        tcp.write_all(format!("GET /graphql HTTP/1.1\r\n{lines}\r\n").as_bytes()).await.unwrap();
        let mut answer = [0; 12];
        tcp.read_exact(&mut answer).await.unwrap();
        assert_eq!(answer, format!("HTTP/1.1 {status}").as_bytes(), "{remove} {add:?}");
    }
}

#[tokio::test]
async fn the_cookie_opens_the_session_and_a_token_goes_before_it() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let token = customer.token.as_deref().unwrap();
    let cookie = format!("__Host-bodega={token}");
    let own = format!("http://{}", app.address);
    let headers = [PROTOCOL, ("origin", own.as_str()), ("cookie", cookie.as_str())];
    let mut socket = Socket::handshake(&app, &headers).await.unwrap().0;
    socket.send(json!({ "type": "connection_init" })).await;
    assert_eq!(socket.receive().await["type"], "connection_ack");
    socket.subscribe("1", "{ me { kind } }").await;
    assert_eq!(socket.receive().await["payload"]["data"]["me"]["kind"], "CUSTOMER");

    let staff = app.staff().await;
    let mut socket = Socket::handshake(&app, &headers).await.unwrap().0;
    let bearer = format!("Bearer {}", staff.token.unwrap());
    socket.send(json!({ "type": "connection_init", "payload": { "authorization": bearer } })).await;
    assert_eq!(socket.receive().await["type"], "connection_ack");
    socket.subscribe("1", "{ me { kind } }").await;
    assert_eq!(socket.receive().await["payload"]["data"]["me"]["kind"], "STAFF");
}

#[tokio::test]
async fn operations_and_sockets_are_counted() {
    let app = TestApp::with_flags(&["--max-socket-operations", "2", "--max-sockets", "2"]).await;
    let customer = app.customer().await;
    let mut socket = Socket::connect(&app, customer.token.as_deref()).await;
    for id in ["1", "2", "3"] {
        socket.subscribe(id, WATCH).await;
    }
    let error = socket.receive().await;
    assert_eq!((&error["type"], &error["id"]), (&json!("error"), &json!("3")));
    assert_eq!(error["payload"][0]["extensions"], json!({ "code": "RATE_LIMITED", "retryAfter": 1 }));
    socket.send(json!({ "type": "complete", "id": "1" })).await;
    socket.subscribe("3", "{ __typename }").await;
    assert_eq!(socket.receive().await["type"], "next");

    let second = Socket::connect(&app, customer.token.as_deref()).await;
    let mut third = Socket::open(&app).await;
    let bearer = format!("Bearer {}", customer.token.as_deref().unwrap());
    third.send(json!({ "type": "connection_init", "payload": { "authorization": bearer } })).await;
    assert_eq!(third.closed().await, (4429, "Too many connections: at most 2 for one viewer".to_owned()));
    for _ in 0..3 {
        Socket::connect(&app, None).await; // From loopback, which may be the address of all.
    }
    drop(second);
    eventually("the server has seen the end", async || app.connections().count() <= 2).await;
    Socket::connect(&app, customer.token.as_deref()).await;
}

#[tokio::test]
async fn the_server_says_goodbye_when_it_stops() {
    let mut app = TestApp::start().await;
    let customer = app.customer().await;
    let mut socket = Socket::connect(&app, customer.token.as_deref()).await;
    socket.subscribe("1", WATCH).await;
    let (closed, ()) = tokio::join!(socket.closed(), app.stop());
    assert_eq!(closed, (1001, "Going away".to_owned()));
}

#[tokio::test]
async fn a_cookie_cannot_be_had_here() {
    let app = TestApp::start().await;
    let mut socket = Socket::connect(&app, None).await;
    let login = |transport: &str| {
        format!(
            "mutation {{ login(input: {{ email: \"customer@demo.example\", password: \"violin-gravel-teapot\",
                transport: {transport} }}) {{ session {{ token }} }} }}"
        )
    };
    socket.subscribe("1", &login("COOKIE")).await;
    let error = socket.receive().await["payload"]["errors"][0].take();
    assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{error}");
    assert_eq!(socket.receive().await["type"], "complete");
    socket.subscribe("2", &login("BEARER")).await;
    assert!(socket.receive().await["payload"]["data"]["login"]["session"]["token"].is_string());
}

/// One that does not read must not keep what others need: connections of the database, places where passwords are
/// checked.
#[tokio::test]
async fn a_slow_reader_keeps_nobody_else_waiting() {
    let app = TestApp::with_flags(&["--socket-send-timeout", "1h"]).await;
    let mut socket = Socket::connect(&app, None).await;
    for id in 0..8 {
        let login = "mutation { login(input: { email: \"nobody@demo.example\", password: \"wrong\" }) { errors { __typename } } }";
        socket.subscribe(&format!("login-{id}"), login).await;
    }
    let bulky =
        "{ __schema { types { name description fields { name description args { name description } } } } }";
    for id in 0..40 {
        socket.subscribe(&format!("bulky-{id}"), bulky).await;
    }
    for id in 0..2 {
        socket
            .subscribe(&format!("page-{id}"), "{ products(first: 100) { nodes { name variants { sku } } } }")
            .await;
    }
    // It is not cut off, and reads nothing until the others have their answers.
    within_a_minute("the others' answers", async {
        for _ in 0..5 {
            app.anonymous().run("{ products(first: 1) { nodes { variants { id } } } }").await.data();
            app.customer().await;
        }
    })
    .await;
    let mut completed = 0;
    while completed < 50 {
        completed += usize::from(socket.receive().await["type"] == "complete");
    }
}

/// A client that asks and never reads: what it asks for is not made before there is room for it.
#[tokio::test]
async fn a_slow_reader_is_cut_off_and_holds_little_memory() {
    let app =
        TestApp::with_flags(&["--socket-send-timeout", "300ms", "--max-socket-operations", "1000"]).await;
    let mut socket = Socket::connect(&app, None).await;
    let query =
        "{ __schema { types { name description fields { name description args { name description } } } } }";
    let mut asked = 0;
    let ask = |id: usize| {
        let message = json!({ "type": "subscribe", "id": id.to_string(), "payload": { "query": query } });
        Message::text(message.to_string())
    };
    within_a_minute("its connection's end", async {
        while socket.stream.send(ask(asked)).await.is_ok() {
            asked += 1;
        }
    })
    .await;
    eventually("its place is free", async || app.connections().count() == 0).await;
    assert!(asked > 10, "{asked}");
}
