//! With a service gone, what does not need it goes on, what does says so before its own time limit ends it, and all of it
//! comes back by itself.

use std::sync::Arc;

use bodega::domain::sample::{DEMO_CUSTOMER, DEMO_PASSWORD};
use sea_orm::ConnectionTrait;
use serde_json::json;
use services::Redis;
use sha2::{Digest, Sha256};

use crate::{
    operations::LOGIN,
    support::{Client, Reply, Socket, Stack, TestApp, TestDatabase, eventually, found, stack},
};

const ME: &str = "{ me { email } }";
/// The message of a service that is gone; that of an operation which took too long is another.
const GONE: &str = "A required service does not answer. Try again later.";

/// Asks until the answer is no longer that a service is gone, which must come to pass.
async fn recovers(client: &Client, query: &str) -> Reply {
    found("the service is back", async || {
        Some(client.run(query).await).filter(|reply| !reply.text.contains("UNAVAILABLE"))
    })
    .await
}

/// A service that is slow to answer counts as one that is gone, so that it may have to be asked again.
async fn is_ready(client: &Client) {
    eventually("all is ready", async || client.get("/readyz").await.status == 200).await;
}

#[tokio::test]
async fn without_redis_the_catalogue_answers_and_sessions_come_back_with_it() {
    let redis = Redis::start().unwrap();
    let app = TestApp::with_flags(&["--redis-url", &redis.url()]).await;
    let client = app.customer().await;
    let port = redis.port();
    drop(redis);

    let login = json!({ "input": { "email": DEMO_CUSTOMER, "password": DEMO_PASSWORD } });
    for _ in 0..3 {
        client.run("{ products(first: 2) { nodes { name variants { sku } } } }").await.data();
        client.run(ME).await.failed("UNAVAILABLE", GONE);
        client.run("mutation { logout { loggedOut } }").await.failed("UNAVAILABLE", GONE);
        client.ask(LOGIN.text, login.clone()).await.failed("UNAVAILABLE", GONE);
    }
    let many = "{ a: me { id } b: me { id } c: me { id } d: me { id } e: me { id } }";
    let reply = client.run(many).await.json();
    assert_eq!(reply["errors"].as_array().unwrap().len(), 5, "one look at Redis serves them all");
    assert_eq!(app.anonymous().run(ME).await.data(), json!({ "me": null }));
    let ready = client.get("/readyz").await;
    assert_eq!(ready.status(503).json()["services"], json!({ "database": "ok", "redis": "unavailable" }));
    client.get("/healthz").await.status(200);

    let _redis = Redis::start_on(port).unwrap();
    recovers(&client, ME).await.failed("UNAUTHENTICATED", "Log in again");
    assert_eq!(app.customer().await.run(ME).await.data()["me"]["email"], DEMO_CUSTOMER);
    is_ready(&client).await;
}

#[tokio::test]
async fn readiness_is_right_at_once_when_redis_is_back() {
    let redis = Redis::start().unwrap();
    let app = TestApp::with_flags(&["--redis-url", &redis.url(), "--redis-timeout", "10s"]).await;
    let (client, port) = (app.anonymous(), redis.port());
    is_ready(&client).await;
    drop(redis);
    let redis = Redis::start_on(port).unwrap();
    client.get("/readyz").await.status(200);
    drop(redis);
    client.get("/readyz").await.status(503);
    let _redis = Redis::start_on(port).unwrap();
    client.get("/readyz").await.status(200);
}

#[tokio::test]
async fn open_connections_and_persisted_queries_live_without_redis() {
    let redis = Redis::start().unwrap();
    let app = TestApp::with_flags(&["--redis-url", &redis.url(), "--rate-exempt", ""]).await;
    let client = app.customer().await;
    let mut socket = Socket::connect(&app, client.token.as_deref()).await;
    let port = redis.port();
    drop(redis);

    socket.subscribe("1", "{ product(slug: \"x\") { id } }").await;
    assert_eq!(socket.receive().await["payload"], json!({ "data": { "product": null } }), "the socket stays");
    let mut second = Socket::open(&app).await;
    let bearer = format!("Bearer {}", client.token.as_deref().unwrap());
    second.send(json!({ "type": "connection_init", "payload": { "authorization": bearer } })).await;
    assert_eq!(second.closed().await, (1013, "Try again later".to_owned()));
    Socket::connect(&app, None).await;

    let query = "{ __typename }";
    let hash: String = Sha256::digest(query).iter().map(|byte| format!("{byte:02x}")).collect();
    let persisted = json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } });
    let by_hash = client.post().json(&json!({ "extensions": persisted }));
    client.send(by_hash).await.failed("PERSISTED_QUERY_NOT_FOUND", "");
    let whole = client.post().json(&json!({ "query": query, "extensions": persisted }));
    assert_eq!(client.send(whole).await.data(), json!({ "__typename": "Query" }));

    let _redis = Redis::start_on(port).unwrap();
    let mut third = Socket::open(&app).await;
    third.send(json!({ "type": "connection_init" })).await;
    assert_eq!(third.receive().await["type"], "connection_ack");
    // The restarted Redis knows no sessions: the open socket is told so.
    assert_eq!(socket.closed().await.0, 4403);
}

#[tokio::test]
async fn the_server_starts_without_redis() {
    let redis = Redis::start().unwrap();
    let (port, url) = (redis.port(), redis.url());
    drop(redis);
    let app = TestApp::with_flags(&["--redis-url", &url]).await;
    app.anonymous().run("{ products(first: 1) { nodes { id } } }").await.data();
    let _redis = Redis::start_on(port).unwrap();
    recovers(&app.anonymous().with_token("A".repeat(43)), ME).await.failed("UNAUTHENTICATED", "");
    app.customer().await;
}

#[tokio::test]
async fn without_the_database_requests_fail_clearly_and_come_back_with_it() {
    if stack() == Stack::Embedded {
        return;
    }
    let database = Arc::new(TestDatabase::demo().await);
    let app = TestApp::on(database.clone(), &["--database-timeout", "3s"]).await;
    let client = app.anonymous();
    let products = "{ products(first: 1) { nodes { name } } }";
    client.run(products).await.data();

    let other = TestDatabase::blank().await;
    let admin = other.connect().await;
    let name = database.url.rsplit('/').next().unwrap();
    let run = async |statement: String| admin.connection().execute_unprepared(&statement).await.unwrap();
    run(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false")).await;
    run(format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")).await;
    client.run(products).await.failed("UNAVAILABLE", GONE);
    client.get("/readyz").await.status(503);
    client.get("/healthz").await.status(200);

    run(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true")).await;
    assert!(recovers(&client, products).await.data()["products"]["nodes"][0]["name"].is_string());
    is_ready(&client).await;
}
