//! What the log tells of operations.

use std::process::Stdio;

use bodega::domain::sample::{DEMO_CUSTOMER, DEMO_PASSWORD};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::{
    cli::{Server, bodega},
    operations::LOGIN,
    support::{Client, TestDatabase, within_a_minute},
};

const QUERY: &str = "query Some($first: Int) { products(first: $first) { nodes { name variants { sku } } } }";

fn start(database: &TestDatabase, args: &[&str]) -> Server {
    let address = ["serve", "--listen", "127.0.0.1:0", "--database-url", &database.url];
    Server::start(&[&address[..], args].concat())
}

async fn ask(server: &Server) {
    let client = server.client().login(DEMO_CUSTOMER, DEMO_PASSWORD).await;
    client.run("{ me { id } }").await.data();
    let body = json!({ "query": QUERY, "variables": { "first": 2 } });
    client.send(client.post().header("x-request-id", "my-request").json(&body)).await.data();
    client.run("query Bad { products(first: 1000) { nodes { name } } }").await.error();
}

#[tokio::test]
async fn an_operation_is_one_flat_object() {
    let database = TestDatabase::demo().await;
    let server = start(&database, &["--log-format", "json"]);
    ask(&server).await;
    let lines = server.end();
    let lines: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let operations: Vec<_> = lines.iter().filter(|line| line["target"] == "bodega::operation").collect();
    assert!(operations.iter().all(|line| line["message"] == "operation" && line["level"] == "INFO"));
    let line = operations.iter().find(|line| line["name"] == "Some").unwrap();
    assert_eq!(line["spans"], json!([{ "name": "request", "id": "my-request" }]));
    assert_eq!((&line["kind"], &line["outcome"], &line["sql"]), (&json!("query"), &json!("OK"), &json!(4)));
    assert!(line["cost"].as_u64().unwrap() > 2 && line["ms"].as_f64().unwrap() > 0.0, "{line}");
    assert_eq!(line["hash"].as_str().unwrap().len(), 12);
    assert_eq!(line["timestamp"].as_str().unwrap().len(), "2026-01-01T00:00:00.000000Z".len());
    let me = operations.iter().find(|line| line["viewer"].is_string()).unwrap();
    assert_eq!(me["viewer"].as_str().unwrap().parse::<uuid::Uuid>().unwrap().get_version_num(), 7);
    assert_eq!(operations.iter().filter(|line| line["name"] == "Some").count(), 1);
    assert_eq!(operations.iter().filter(|line| line["kind"] == "mutation").count(), 1);
}

#[tokio::test]
async fn an_operation_is_one_line() {
    let database = TestDatabase::demo().await;
    let server = start(&database, &[]);
    ask(&server).await;
    let lines = server.end();
    let operations: Vec<_> = lines.iter().filter(|line| line.contains("name=\"Some\"")).collect();
    assert_eq!(operations.len(), 1, "{lines:#?}");
    for text in [
        " INFO ",
        "request{id=\"my-request\"}: operation ",
        "hash=",
        "kind=\"query\"",
        "cost=",
        "ms=",
        "sql=4",
    ] {
        assert!(operations[0].contains(text), "{text} in {}", operations[0]);
    }
    assert!(operations[0].contains("outcome=\"OK\""), "{}", operations[0]);
}

/// Also when the request's own task has nothing more to do with it.
#[tokio::test]
async fn answers_on_a_stream_belong_to_their_request() {
    let database = TestDatabase::demo().await;
    let server = start(&database, &["--log-format", "json"]);
    let client = server.client().login(DEMO_CUSTOMER, DEMO_PASSWORD).await;
    let stream = async |id: &str, query: &str| {
        let request = client.post().header("accept", "text/event-stream").header("x-request-id", id);
        request.json(&json!({ "query": query })).send().await.unwrap()
    };
    stream("my-query", "{ __typename }").await.text().await.unwrap();
    let open = stream("my-subscription", "subscription { sessionRevoked { isCurrent } }").await;
    assert!(open.status().is_success());
    // The stream ends with its session, and its record is made before.
    client.run("mutation { logout { loggedOut } }").await.data();
    open.text().await.unwrap();
    let lines = server.end();
    for (id, kind) in [("my-query", "query"), ("my-subscription", "subscription")] {
        let line =
            lines.iter().find(|line| line.contains(id)).unwrap_or_else(|| panic!("{id} in {lines:#?}"));
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!((&line["message"], &line["kind"]), (&json!("operation"), &json!(kind)));
        assert_eq!(line["spans"], json!([{ "name": "request", "id": id }]));
    }
}

/// At `debug` it is told what fails and where, but nothing that a client sent.
#[tokio::test]
async fn variables_are_not_logged() {
    let database = TestDatabase::demo().await;
    let server = start(&database, &["--log", "debug", "--log-format", "json"]);
    let client = server.client().login(DEMO_CUSTOMER, DEMO_PASSWORD).await;
    client.run("{ me { email } }").await.data();
    let wrong = json!({ "input": { "email": DEMO_CUSTOMER, "password": "hunter2-wrong" } });
    client.ask(LOGIN.text, wrong).await.data();
    let variables = json!({ "slug": "a-slug-that-only-i-know" });
    client.ask("query ($slug: String!) { product(slug: $slug) { id } }", variables).await;
    let log = server.end().join("\n");
    assert!(log.contains("auth::login"), "{log}");
    let token = client.token.unwrap();
    for secret in
        [DEMO_CUSTOMER, DEMO_PASSWORD, "hunter2-wrong", "a-slug-that-only-i-know", &*token, "$argon2id"]
    {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}

#[tokio::test]
async fn a_log_that_nobody_reads_stalls_no_request() {
    let database = TestDatabase::demo().await;
    let args = ["serve", "--listen", "127.0.0.1:0", "--database-url", &database.url, "--log", "debug"];
    let mut command = tokio::process::Command::from(bodega(&args));
    let mut child = command.stderr(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let address = loop {
        let line = lines.next_line().await.unwrap().expect("it listens");
        if let Some((_, address)) = line.split_once("listening on http://") {
            break address.parse().unwrap();
        }
    };
    let client = Client::new(address);
    // Their lines are many times what a pipe holds, 64 KiB.
    within_a_minute("answers", async {
        for _ in 0..300 {
            client.run(QUERY).await.data();
        }
    })
    .await;
}
