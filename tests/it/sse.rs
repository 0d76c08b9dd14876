//! GraphQL over server-sent events, in both modes.

use reqwest::{Method, RequestBuilder};
use serde_json::json;

use crate::support::{Client, Events, Reply, TestApp, eventually, within_a_minute};

const WATCH: &str = "subscription { sessionRevoked { isCurrent } }";
const LOGOUT: &str = "mutation { logout { loggedOut } }";
const TOKEN: &str = "x-graphql-event-stream-token";
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
    drop(first);
    eventually("its place is free", async || app.connections().count() == 0).await;
    Events::open(ask(&customer, WATCH)).await;
}

async fn reserve(client: &Client) -> String {
    let request = client.request(Method::PUT, "/graphql").header("accept", "text/plain");
    let reply = client.send(authorized(client, request)).await;
    assert_eq!(reply.status(201).header("content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(reply.text.len(), 43, "256 bits");
    reply.text
}

fn authorized(client: &Client, request: RequestBuilder) -> RequestBuilder {
    match &client.token {
        Some(token) => request.bearer_auth(token),
        None => request,
    }
}

fn stream(client: &Client, token: &str) -> RequestBuilder {
    authorized(client, client.request(Method::GET, &format!("/graphql?token={token}")))
}

async fn begin(client: &Client, token: &str, id: &str, query: &str) -> Reply {
    let body = json!({ "query": query, "extensions": { "operationId": id } });
    client.send(client.post().header(TOKEN, token).json(&body)).await
}

#[tokio::test]
async fn one_stream_carries_many_operations() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let token = reserve(&customer).await;
    let mut events = Events::open(stream(&customer, &token)).await;
    begin(&customer, &token, "query", "{ __typename }").await.status(202);
    assert_eq!(
        events.expect("next").await,
        json!({ "id": "query", "payload": { "data": { "__typename": "Query" } } })
    );
    assert_eq!(events.expect("complete").await, json!({ "id": "query" }));
    begin(&customer, &token, "watch", WATCH).await.status(202);
    begin(&customer, &token, "watch", WATCH).await.status(409).failed("BAD_USER_INPUT", "runs already");
    let event = app.end_sessions_until(events.expect("next")).await;
    assert_eq!(event["payload"]["data"]["sessionRevoked"]["isCurrent"], false);

    let stop = customer.request(Method::DELETE, "/graphql?operationId=watch").header(TOKEN, &token);
    customer.send(authorized(&customer, stop)).await.status(200);
    begin(&customer, &token, "watch", "{ __typename }").await.status(202);
    while events.expect("next").await["payload"]["data"]["__typename"] != "Query" {}
    assert_eq!(events.expect("complete").await, json!({ "id": "watch" }), "its id was free again");

    begin(&customer, &token, "again", WATCH).await.status(202);
    app.end_sessions_until(events.expect("next")).await;
    customer.run(LOGOUT).await.data();
    while events.expect("next").await["payload"]["data"]["sessionRevoked"]["isCurrent"] != true {}
    assert_eq!(events.expect("complete").await, json!({ "id": "again" }));
    assert_eq!(events.next().await, None);
    begin(&customer, &token, "late", "{ __typename }").await.status(404);
}

#[tokio::test]
async fn a_reservation_is_its_makers_own_and_has_one_stream() {
    let app = TestApp::start().await;
    let (customer, staff, anonymous) = (app.customer().await, app.staff().await, app.anonymous());
    let token = reserve(&customer).await;
    for stranger in [&staff, &anonymous] {
        begin(stranger, &token, "1", "{ __typename }").await.status(404);
        stranger.send(stream(stranger, &token).header("accept", "text/event-stream")).await.status(404);
        let stop = stranger.request(Method::DELETE, "/graphql?operationId=1").header(TOKEN, &token);
        stranger.send(authorized(stranger, stop)).await.status(404);
    }
    let events = Events::open(stream(&customer, &token)).await;
    let reply = customer.send(stream(&customer, &token).header("accept", "text/event-stream")).await;
    reply.status(409).failed("BAD_USER_INPUT", "open already");
    drop(events);
    eventually("the reservation ends with its stream", async || {
        begin(&customer, &token, "1", "{ __typename }").await.status == 404
    })
    .await;
}

#[tokio::test]
async fn what_cannot_begin_is_answered_at_once() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let token = reserve(&client).await;
    begin(&client, &token, "1", "{").await.status(400).failed("GRAPHQL_PARSE_FAILED", "");
    begin(&client, &token, "1", "{ nothing }").await.status(400).failed("GRAPHQL_VALIDATION_FAILED", "");
    begin(&client, &token, "", "{ __typename }").await.status(400).failed("BAD_USER_INPUT", "operationId");
    begin(&client, "nonsense", "1", "{ __typename }").await.status(404).failed("NOT_FOUND", "no such stream");
    let stop = client.request(Method::DELETE, "/graphql?operationId=1");
    client.send(stop).await.status(400).failed("BAD_USER_INPUT", TOKEN);
    let stop = client.request(Method::DELETE, "/graphql").header(TOKEN, &token);
    client.send(stop).await.status(400).failed("BAD_USER_INPUT", "operationId");
}
