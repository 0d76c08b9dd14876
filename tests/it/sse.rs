//! GraphQL over server-sent events, one operation per stream.

use reqwest::{Method, RequestBuilder};
use serde_json::json;

use crate::support::{Client, Events, TestApp, eventually, within_a_minute};

const WATCH: &str = "subscription { sessionRevoked { isCurrent } }";
const LOGOUT: &str = "mutation { logout { loggedOut } }";
const SIGN_OF_LIFE: &str = ":\n\n";

fn ask(client: &Client, query: &str) -> RequestBuilder {
    client.post().json(&json!({ "query": query }))
}

#[tokio::test]
async fn a_stream_of_its_own_tells_events_and_completes() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let mut watch = Events::open(ask(&customer, WATCH)).await;
    assert!(watch.response.headers()["cache-control"].to_str().unwrap().contains("no-cache"));
    let event = app.end_sessions_until(watch.expect("next")).await;
    assert_eq!(event, json!({ "data": { "sessionRevoked": { "isCurrent": false } } }));
    customer.run(LOGOUT).await.data();
    let own = json!({ "data": { "sessionRevoked": { "isCurrent": true } } });
    while watch.expect("next").await != own {}
    assert_eq!(watch.expect("complete").await, json!(null));
    assert_eq!(watch.next().await, None);

    let anonymous = app.anonymous();
    let mut query = Events::open(ask(&anonymous, "{ __typename }")).await;
    assert_eq!(query.expect("next").await, json!({ "data": { "__typename": "Query" } }));
    query.expect("complete").await;
    let get = anonymous.request(Method::GET, "/graphql?query={__typename}");
    assert_eq!(Events::open(get).await.expect("next").await["data"]["__typename"], "Query");
}

/// Protocol, "Distinct connections mode", 2: an `EventSource` sees no other answer than a stream.
#[tokio::test]
async fn why_nothing_begins_is_told_on_the_stream() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    for (query, code) in [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("subscription { x }", "GRAPHQL_VALIDATION_FAILED"),
        (WATCH, "UNAUTHENTICATED"),
    ] {
        let mut events = Events::open(ask(&client, query)).await;
        assert_eq!(events.expect("next").await["errors"][0]["extensions"]["code"], code);
        events.expect("complete").await;
    }
}

#[tokio::test]
async fn a_subscription_is_streamed_to_whoever_takes_a_stream() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    for accept in ["*/*", "application/json, text/event-stream;q=0.1"] {
        let response = ask(&customer, WATCH).header("accept", accept).send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream; charset=utf-8", "{accept}");
    }
}

#[tokio::test]
async fn streams_show_signs_of_life_and_end_with_the_server() {
    let mut app = TestApp::with_flags(&["--socket-keep-alive", "100ms", "--idle-timeout", "2s"]).await;
    let customer = app.customer().await;
    let mut watch = Events::open(ask(&customer, WATCH)).await;
    // The thirtieth comes after three seconds at the earliest: signs of life keep the connection from being idle.
    let mut signs = String::new();
    while signs.len() < 30 * SIGN_OF_LIFE.len() {
        let chunk = within_a_minute("a sign of life", watch.response.chunk()).await.unwrap();
        signs.push_str(std::str::from_utf8(&chunk.expect("the stream goes on")).unwrap());
    }
    assert_eq!(signs, SIGN_OF_LIFE.repeat(signs.len() / SIGN_OF_LIFE.len()));
    let (end, ()) = tokio::join!(watch.expect("complete"), app.stop());
    assert_eq!(end, json!(null));
}

#[tokio::test]
async fn streams_are_counted() {
    let app = TestApp::with_flags(&["--max-sockets", "1"]).await;
    let customer = app.customer().await;
    let first = Events::open(ask(&customer, WATCH)).await;
    let reply = customer.send(ask(&customer, WATCH).header("accept", "text/event-stream")).await;
    reply.status(429).failed("RATE_LIMITED", "at most 1");
    assert_eq!(
        (reply.header("retry-after"), &reply.error()["extensions"]["retryAfter"]),
        (Some("1"), &json!(1))
    );
    drop(first);
    eventually("its place is free", async || app.connections().count() == 0).await;
    Events::open(ask(&customer, WATCH)).await;
}
