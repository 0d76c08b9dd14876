//! What an OpenTelemetry collector gets.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use bodega::domain::sample::{DEMO_CUSTOMER, DEMO_PASSWORD};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::any_value::Value as AnyValue,
    trace::v1::{Span, span::SpanKind},
};
use poem::{EndpointExt, Route, Server as HttpServer, handler, post, web::Data};
use prost::Message;
use serde_json::json;

use crate::{
    cli::{Server, bodega},
    operations::LOGIN,
    support::{TestDatabase, eventually, within_a_minute},
};

/// A setting with which spans are sent when they end, and not when there are many, or the server ends.
const AT_ONCE: (&str, &str) = ("OTEL_BSP_SCHEDULE_DELAY", "20");

type Exports = Arc<Mutex<Vec<ExportTraceServiceRequest>>>;

/// Takes traces in, inside the test.
struct Collector {
    url: String,
    exports: Exports,
}

#[handler]
async fn take(exports: Data<&Exports>, body: Vec<u8>) {
    exports.lock().unwrap().push(ExportTraceServiceRequest::decode(&*body).unwrap());
}

impl Collector {
    async fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        listener.set_nonblocking(true).unwrap();
        let exports = Exports::default();
        let routes = Route::new().at("/v1/traces", post(take)).data(exports.clone());
        let acceptor = poem::listener::TcpAcceptor::from_std(listener).unwrap();
        tokio::spawn(HttpServer::new_with_acceptor(acceptor).run(routes));
        Self { url, exports }
    }

    fn spans(&self) -> Vec<Span> {
        let exports = self.exports.lock().unwrap();
        let resources = exports.iter().flat_map(|export| &export.resource_spans);
        resources.flat_map(|spans| &spans.scope_spans).flat_map(|spans| spans.spans.clone()).collect()
    }

    /// Comes back once there is a span of this name.
    async fn gets(&self, name: &str) {
        eventually(name, async || self.spans().iter().any(|span| span.name == name)).await;
    }

    fn services(&self) -> Vec<String> {
        let exports = self.exports.lock().unwrap();
        let resources = exports.iter().flat_map(|export| &export.resource_spans);
        let attributes = resources.flat_map(|spans| &spans.resource.as_ref().unwrap().attributes);
        attributes
            .filter(|attribute| attribute.key == "service.name")
            .map(|attribute| text(attribute.value.as_ref().unwrap().value.as_ref().unwrap()))
            .collect()
    }
}

fn text(value: &AnyValue) -> String {
    match value {
        AnyValue::StringValue(text) => text.clone(),
        other => format!("{other:?}"),
    }
}

fn attributes(span: &Span) -> HashMap<&str, String> {
    let attributes = span.attributes.iter();
    attributes
        .map(|attribute| (&*attribute.key, text(attribute.value.as_ref().unwrap().value.as_ref().unwrap())))
        .collect()
}

fn start(database: &TestDatabase, collector: &str, variables: &[(&str, &str)]) -> Server {
    let args =
        ["serve", "--listen", "127.0.0.1:0", "--database-url", &database.url, "--otlp-endpoint", collector];
    Server::spawn(bodega(&args).envs(variables.iter().copied()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_is_traced_down_to_its_statements() {
    let (database, collector) = (TestDatabase::demo().await, Collector::start().await);
    let server = start(&database, &collector.url, &[]);
    let client = server.client();
    let query = "query Pages($first: Int!, $search: String) {
        products(first: $first, filter: { search: $search }) { nodes { name variants { sku } } } }";
    let body = json!({ "query": query, "variables": { "first": 3, "search": "zebra-42" } });
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    client.send(client.post().header("traceparent", parent).json(&body)).await.data();
    // It sends what it still has.
    server.end();

    let spans = collector.spans();
    let trace = 0x0af7651916cd43dd8448eb211c80319c_u128.to_be_bytes();
    let of_trace: Vec<_> = spans.iter().filter(|span| span.trace_id == trace).collect();
    let named = |name: &str| {
        let found: Vec<_> = of_trace.iter().filter(|span| span.name == name).collect();
        assert_eq!(found.len(), 1, "{name} in {of_trace:#?}");
        *found[0]
    };
    let (http, operation) = (named("POST /graphql"), named("query Pages"));
    let (list, page, select) = (named("product::list"), named("database::page"), named("SELECT"));
    assert_eq!(http.parent_span_id, 0xb7ad6b7169203331_u64.to_be_bytes());
    assert_eq!(operation.parent_span_id, http.span_id);
    assert_eq!(list.parent_span_id, operation.span_id);
    assert_eq!(page.parent_span_id, operation.span_id);
    assert_eq!(select.parent_span_id, page.span_id);
    assert_eq!((http.kind(), select.kind()), (SpanKind::Server, SpanKind::Client));

    let http = attributes(http);
    assert_eq!((&*http["http.request.method"], &*http["url.path"]), ("POST", "/graphql"));
    assert!(http["http.response.status_code"].contains("200"), "{http:?}");
    assert!(attributes(page)["list"].starts_with("product"), "{page:?}");
    let operation = attributes(operation);
    assert_eq!((&*operation["graphql.operation.name"], &*operation["outcome"]), ("Pages", "OK"));
    assert_eq!(operation["graphql.document.hash"].len(), 64);
    let select = attributes(select);
    assert!(select["db.statement"].starts_with("SELECT "), "{select:?}");
    assert!(["sqlite", "postgresql"].contains(&&*select["db.system"]), "{select:?}");
    assert!(!format!("{spans:?}").contains("zebra-42"), "{spans:#?}");
    assert!(collector.services().iter().all(|service| service == "bodega"));
}

/// Nothing that a client sent or got stands anywhere in a trace, whether it succeeds or fails.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn traces_hold_no_secrets() {
    let (database, collector) = (TestDatabase::demo().await, Collector::start().await);
    let server = start(&database, &collector.url, &[("OTEL_SERVICE_NAME", "my-shop"), AT_ONCE]);
    let client = server.client().login(DEMO_CUSTOMER, DEMO_PASSWORD).await;
    client.run("{ me { email } }").await.data();
    let wrong = json!({ "input": { "email": DEMO_CUSTOMER, "password": "hunter2-wrong" } });
    client.ask(LOGIN.text, wrong).await.data();
    client.with_token("forged-token-hunter3").run("{ me { id } }").await.error();
    client.run("mutation { logout { loggedOut } }").await.data();
    collector.gets("auth::logout").await;
    server.end();

    let spans = collector.spans();
    for name in ["mutation", "auth::login", "auth::authenticate", "auth::logout", "query"] {
        assert!(spans.iter().any(|span| span.name == name), "{name} in {spans:#?}");
    }
    let exports = collector.exports.lock().unwrap();
    let bytes: Vec<u8> = exports.iter().flat_map(Message::encode_to_vec).collect();
    let token = client.token.unwrap();
    for secret in [DEMO_PASSWORD, DEMO_CUSTOMER, "hunter2-wrong", "hunter3", &token, "$argon2id"] {
        let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found, "{secret} in {spans:#?}");
    }
    drop(exports);
    assert!(collector.services().iter().all(|service| service == "my-shop"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_sampled_is_not_sent_unless_the_client_asks() {
    let (database, collector) = (TestDatabase::demo().await, Collector::start().await);
    let server = start(&database, &collector.url, &[("BODEGA_OTLP_SAMPLE", "0"), AT_ONCE]);
    let client = server.client();
    for _ in 0..5 {
        client.run("{ __typename }").await.data();
    }
    let body = json!({ "query": "query Sampled { __typename }" });
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    client.send(client.post().header("traceparent", parent).json(&body)).await.data();
    collector.gets("query Sampled").await;
    server.end();
    let mut names: Vec<_> = collector.spans().into_iter().map(|span| span.name).collect();
    names.sort();
    assert!(names.contains(&"query Sampled".to_owned()) && !names.contains(&"query".to_owned()), "{names:?}");
}

/// Neither a collector that refuses nor one that never answers is felt by clients, and each outage is one line.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_is_gone_is_not_felt() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = format!("http://{}", silent.local_addr().unwrap());
    for collector in ["http://127.0.0.1:1", &silent] {
        let database = TestDatabase::demo().await;
        let server = start(&database, collector, &[AT_ONCE]);
        let client = server.client();
        client.run("{ products(first: 1) { nodes { name } } }").await.data();
        // If one of them waited for the collector to answer, or for its time to be over, all would take minutes.
        within_a_minute("the answers", async {
            for _ in 0..30 {
                client.run("{ products(first: 1) { nodes { name } } }").await.data();
            }
        })
        .await;
        let lines = server.end();
        let told = lines.iter().filter(|line| line.contains("cannot send traces")).count();
        // The silent one is given up after a while only.
        assert!(told == 1 || (told == 0 && collector == silent), "{lines:#?}");
    }
}
