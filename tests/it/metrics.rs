//! What Prometheus reads.

use std::collections::BTreeSet;

use entity::job;
use reqwest::Method;
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use serde_json::json;

use crate::support::{Client, Stack, TestApp, eventually, found, stack, within_a_minute};

const LISTEN: [&str; 2] = ["--metrics-listen", "127.0.0.1:0"];

/// The metrics at one moment.
struct Scrape(String);

impl Scrape {
    /// The value of the sample with this name and these labels, as they stand in the text.
    #[track_caller]
    fn get(&self, sample: &str) -> f64 {
        self.find(sample).unwrap_or_else(|| panic!("no {sample} in {}", self.0))
    }

    fn find(&self, sample: &str) -> Option<f64> {
        let value = self.0.lines().find_map(|line| line.strip_prefix(sample)?.strip_prefix(' '))?;
        Some(value.parse().unwrap())
    }

    /// All values of a label.
    fn values(&self, label: &str) -> BTreeSet<&str> {
        let begin = format!("{label}=\"");
        let values = self.0.lines().filter_map(|line| line.split_once(&begin)?.1.split('"').next());
        values.collect()
    }
}

fn reader(app: &TestApp) -> Client {
    Client::new(app.metrics_address.unwrap())
}

async fn scrape(app: &TestApp) -> Scrape {
    let reply = reader(app).get("/metrics").await;
    assert_eq!(
        reply.status(200).header("content-type"),
        Some("application/openmetrics-text; version=1.0.0; charset=utf-8")
    );
    assert!(reply.text.ends_with("# EOF\n"), "{}", reply.text);
    Scrape(reply.text)
}

#[tokio::test]
async fn operations_are_counted() {
    let app = TestApp::with_flags(&LISTEN).await;
    let before = scrape(&app).await;
    let ok = r#"bodega_graphql_operations_total{operation="Names",kind="query",outcome="OK"}"#;
    assert_eq!(before.find(ok), None);
    let client = app.customer().await;
    for _ in 0..3 {
        client.run("query Names { products(first: 2) { nodes { name variants { sku } } } }").await.data();
    }
    client.run("{ me { id } }").await.data();
    let bad = "query Names { products(first: 1000) { nodes { name } } }";
    client.run(bad).await.error();

    let after = scrape(&app).await;
    assert_eq!(after.get(ok), 3.0);
    let mutation = r#"bodega_graphql_operations_total{operation="Login",kind="mutation",outcome="OK"}"#;
    assert_eq!(after.get(mutation), 1.0);
    let anonymous = r#"bodega_graphql_operations_total{operation="anonymous",kind="query",outcome="OK"}"#;
    assert_eq!(after.get(anonymous), 1.0);
    let duration = |part| format!(r#"bodega_graphql_operation_duration_seconds_{part}kind="query"}}"#);
    assert!(after.get(&duration("count{")) >= 4.0);
    assert!(after.get(&duration("sum{")) > 0.0);
    let bucket = r#"bodega_graphql_operation_duration_seconds_bucket{le="10.0",kind="query"}"#;
    assert_eq!(after.get(bucket), after.get(&duration("count{")));
    assert!(after.get(r#"bodega_graphql_cost_points_total{kind="query"}"#) > 9.0);
    let statements = "bodega_sql_statements_total";
    assert!(after.get(statements) - before.get(statements) >= 6.0, "three pages and their variants");
    let posts = after.get(r#"bodega_http_requests_total{method="POST",status="200"}"#);
    assert!((5.0..=6.0).contains(&posts), "{posts}");
    assert_eq!(after.get("bodega_http_requests_in_flight"), 0.0);
}

#[tokio::test]
async fn errors_are_counted_by_their_codes() {
    let app = TestApp::with_flags(&LISTEN).await;
    let client = app.anonymous();
    for query in ["{", "{ nothing }", "{ nothing }"] {
        client.run(query).await.error();
    }
    client.with_token("A".repeat(43)).run("query Who { me { id } }").await.error();
    let scrape = scrape(&app).await;
    let errors = |code| scrape.get(&format!(r#"bodega_graphql_errors_total{{code="{code}"}}"#));
    assert_eq!(errors("GRAPHQL_PARSE_FAILED"), 1.0);
    assert_eq!(errors("GRAPHQL_VALIDATION_FAILED"), 2.0);
    assert_eq!(errors("UNAUTHENTICATED"), 1.0);
    let failed =
        r#"bodega_graphql_operations_total{operation="other",kind="query",outcome="UNAUTHENTICATED"}"#;
    assert_eq!(scrape.get(failed), 1.0, "a name that has not succeeded yet is no label");
}

#[tokio::test]
async fn jobs_that_have_not_succeeded_are_counted() {
    let app = TestApp::with_flags(&LISTEN).await;
    // They are left out when the database does not tell them at once.
    let counts = async || {
        found("the jobs' counts", async || {
            let scrape = scrape(&app).await;
            let count = |state| scrape.find(&format!(r#"bodega_jobs{{state="{state}"}}"#));
            Some([count("waiting")?, count("dead")?])
        })
        .await
    };
    assert_eq!(counts().await, [0.0, 0.0]);
    let now = app.services().clock.now();
    for dead_at in [None, Some(now), None] {
        let job = job::ActiveModel {
            id: Set(uuid::Uuid::now_v7().into()),
            kind: Set("test.unknown".to_owned()),
            payload: Set(json!({})),
            created_at: Set(now),
            due_at: Set(now),
            attempts: Set(0),
            last_error: Set(None),
            dead_at: Set(dead_at),
        };
        job.insert(app.services().db.connection()).await.unwrap();
    }
    assert_eq!(counts().await, [2.0, 1.0]);
}

/// However many names and methods clients make up.
#[tokio::test]
async fn labels_have_an_end() {
    let app = TestApp::with_flags(&LISTEN).await;
    let client = app.anonymous();
    for n in 0..300 {
        client.run(&format!("query Made{n} {{ __typename }}")).await.data();
        let method = Method::from_bytes(format!("MADE{n}").as_bytes()).unwrap();
        client.send(client.request(method, "/graphql")).await;
    }
    let scrape = scrape(&app).await;
    let names = scrape.values("operation");
    assert!(names.contains("Made0") && names.contains("other"), "{names:?}");
    assert_eq!(names.len(), 201);
    assert_eq!(scrape.values("method"), ["POST", "other"].into());
}

#[tokio::test]
async fn trusted_operations_have_their_names_kept() {
    let list = tempfile::NamedTempFile::new().unwrap();
    let query = "query Trusted { __typename }";
    std::fs::write(list.path(), json!({ "abc": query }).to_string()).unwrap();
    let path = list.path().to_str().unwrap();
    let app = TestApp::with_flags(&[&LISTEN[..], &["--trusted-operations", path]].concat()).await;
    let client = app.anonymous();
    for n in 0..200 {
        client.run(&format!("query Made{n} {{ __typename }}")).await.data();
    }
    client.run(query).await.data();
    client.run("query Late { __typename }").await.data();
    let names = scrape(&app).await;
    let names = names.values("operation");
    assert!(names.contains("Trusted") && !names.contains("Late"), "{names:?}");
}

#[tokio::test]
async fn the_surroundings_are_looked_up() {
    let app = TestApp::with_flags(&LISTEN).await;
    app.anonymous().run("{ products(first: 1) { nodes { name } } }").await.data();
    let redis = (stack() == Stack::Services).then_some(1.0);
    // A service that is slow to answer counts as one that is gone.
    let scrape = found("Redis is up, if there is one", async || {
        Some(scrape(&app).await)
            .filter(|scrape| scrape.find(r#"bodega_service_up{service="redis"}"#) == redis)
    })
    .await;
    assert_eq!(scrape.get("bodega_graphql_sockets"), 0.0);
    assert!(scrape.get("bodega_http_connections") <= 1.0);
    let idle = scrape.get(r#"bodega_database_connections{state="idle"}"#);
    let max = scrape.get("bodega_database_connections_max");
    assert!(idle >= 1.0 && idle <= max, "{idle} of {max}");
    // The worker may be looking for jobs just now.
    assert!(scrape.get(r#"bodega_database_connections{state="used"}"#) <= 1.0);
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(scrape.get(&format!(r#"bodega_build_info{{version="{version}"}}"#)), 1.0);

    assert!(scrape.get("process_resident_memory_bytes") > 1e6);
    assert!(scrape.get("process_virtual_memory_bytes") > 1e6);
    assert!(scrape.get("process_cpu_seconds_total") > 0.0);
    assert!(scrape.get("process_open_fds") > 3.0);
    assert!(scrape.get("process_max_fds") > 3.0);
    assert!(scrape.get("process_threads") >= 1.0);
    let since_start = chrono::Utc::now().timestamp() as f64 - scrape.get("process_start_time_seconds");
    assert!((-2.0..3600.0).contains(&since_start), "{since_start}");
}

#[tokio::test]
async fn redis_that_is_gone_or_silent_is_told() {
    let redis = services::Redis::start().unwrap();
    let app = TestApp::with_flags(&["--redis-url", &redis.url(), LISTEN[0], LISTEN[1]]).await;
    let up = r#"bodega_service_up{service="redis"}"#;
    eventually("Redis is up", async || scrape(&app).await.get(up) == 1.0).await;
    let port = redis.port();
    drop(redis);
    assert_eq!(scrape(&app).await.get(up), 0.0);
    // It takes connections and never answers: nobody waits for that.
    let _silent = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
    assert_eq!(within_a_minute("the metrics", scrape(&app)).await.get(up), 0.0);
}

#[tokio::test]
async fn metrics_are_not_for_the_public() {
    let app = TestApp::with_flags(&LISTEN).await;
    app.anonymous().get("/metrics").await.status(404);
    let reader = reader(&app);
    reader.get("/").await.status(404);
    reader.get("/graphql").await.status(404);
    let post = reader.send(reader.request(Method::POST, "/metrics")).await;
    assert_eq!(post.status(405).header("allow"), Some("GET"));
}

#[tokio::test]
async fn metrics_end_with_the_server() {
    let mut app = TestApp::with_flags(&LISTEN).await;
    scrape(&app).await;
    app.stop().await;
    assert!(tokio::net::TcpStream::connect(app.metrics_address.unwrap()).await.is_err());
    assert_eq!(TestApp::start().await.metrics_address, None);
}
