//! With a service gone, what does not need it goes on, what does fails quickly and clearly, and all of it comes back by
//! itself.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bodega::domain::sample::{DEMO_CUSTOMER, DEMO_PASSWORD};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use services::Redis;

use crate::support::{Client, Reply, Stack, TestApp, TestDatabase, client::LOGIN, stack};

const ME: &str = "{ me { email } }";

/// The call's answer, which must come before long.
async fn quickly(client: &Client, query: &str, variables: Value) -> Reply {
    let begin = Instant::now();
    let reply = client.ask(query, variables).await;
    assert!(begin.elapsed() < Duration::from_millis(300), "{query} took {:?}", begin.elapsed());
    reply
}

/// Asks until the answer is no longer that a service is gone, which must come to pass.
async fn recovers(client: &Client, query: &str) -> Reply {
    let begin = Instant::now();
    loop {
        let reply = client.query(query).await;
        if !reply.text.contains("UNAVAILABLE") {
            return reply;
        }
        assert!(begin.elapsed() < Duration::from_secs(10), "{reply:?}");
    }
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
        quickly(&client, "{ products(first: 2) { nodes { name variants { sku } } } }", json!({}))
            .await
            .data();
        quickly(&client, ME, json!({})).await.refused("UNAVAILABLE", "Try again later");
        quickly(&client, "mutation { logout { loggedOut } }", json!({})).await.refused("UNAVAILABLE", "");
        quickly(&client, LOGIN, login.clone()).await.refused("UNAVAILABLE", "");
    }
    let many = "{ a: me { id } b: me { id } c: me { id } d: me { id } e: me { id } }";
    let reply = quickly(&client, many, json!({})).await.json();
    assert_eq!(reply["errors"].as_array().unwrap().len(), 5, "one look at Redis serves them all");
    assert_eq!(quickly(&app.anonymous(), ME, json!({})).await.data(), json!({ "me": null }));
    let ready = client.get("/readyz").await;
    assert_eq!(ready.status(503).json()["services"], json!({ "database": "ok", "redis": "unavailable" }));
    client.get("/healthz").await.status(200);

    let _redis = Redis::start_on(port).unwrap();
    recovers(&client, ME).await.refused("UNAUTHENTICATED", "Log in again");
    assert_eq!(app.customer().await.query(ME).await.data()["me"]["email"], DEMO_CUSTOMER);
    client.get("/readyz").await.status(200);
}

#[tokio::test]
async fn the_server_starts_without_redis() {
    let redis = Redis::start().unwrap();
    let (port, url) = (redis.port(), redis.url());
    drop(redis);
    let app = TestApp::with_flags(&["--redis-url", &url]).await;
    app.anonymous().query("{ products(first: 1) { nodes { id } } }").await.data();
    let _redis = Redis::start_on(port).unwrap();
    recovers(&app.anonymous().with_token("A".repeat(43)), ME).await.refused("UNAUTHENTICATED", "");
    app.customer().await;
}

#[tokio::test]
async fn without_the_database_requests_fail_clearly_and_come_back_with_it() {
    if stack() == Stack::Embedded {
        return;
    }
    let database = Arc::new(TestDatabase::demo().await);
    let app = TestApp::on(database.clone(), &["--database-timeout", "500ms"]).await;
    let client = app.anonymous();
    let products = "{ products(first: 1) { nodes { name } } }";
    client.query(products).await.data();

    let other = TestDatabase::blank().await;
    let admin = other.connect().await;
    let name = database.url.rsplit('/').next().unwrap();
    let run = async |statement: String| admin.connection().execute_unprepared(&statement).await.unwrap();
    run(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false")).await;
    run(format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")).await;
    client.query(products).await.refused("UNAVAILABLE", "Try again later");
    client.get("/readyz").await.status(503);
    client.get("/healthz").await.status(200);

    run(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true")).await;
    assert!(recovers(&client, products).await.data()["products"]["nodes"][0]["name"].is_string());
    client.get("/readyz").await.status(200);
}
