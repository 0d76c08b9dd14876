//! The transport: methods, media types, cross-site requests.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use crate::support::{Events, Reply, Socket, TestApp};

const GRAPHQL_RESPONSE: &str = "application/graphql-response+json";
const QUERY: &str = r#"{"query":"{ me { id } }"}"#;

#[tokio::test]
async fn methods_that_no_transport_knows_are_refused() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    for method in [Method::PUT, Method::DELETE, Method::OPTIONS, Method::from_bytes(b"QUERY").unwrap()] {
        let reply = client.send(client.request(method.clone(), "/graphql?query={me{id}}")).await;
        reply.status(405).failed("BAD_USER_INPUT", "POST");
        assert_eq!(reply.header("allow"), Some("POST, GET"), "{method}");
    }
}

/// The path of a GET with these parameters.
fn get(parameters: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new("/graphql?".to_owned());
    query.extend_pairs(parameters);
    query.finish().replacen("/graphql?&", "/graphql?", 1)
}

#[tokio::test]
async fn queries_come_by_get_too() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let product = "query One($slug: String) { product(slug: $slug) { slug } } query Two { me { id } }";
    for (parameters, data) in [
        (&[("query", "{ me { id } }")][..], json!({ "me": null })),
        (
            &[("query", "{ me { id } }"), ("variables", ""), ("operationName", ""), ("extensions", "")],
            json!({ "me": null }),
        ),
        (&[("query", product), ("operationName", "Two"), ("extensions", "{\"a\":1}")], json!({ "me": null })),
        (
            &[("query", product), ("operationName", "One"), ("variables", "{\"slug\":\"olive-oil\"}")],
            client.run("{ product(slug: \"olive-oil\") { slug } }").await.data(),
        ),
    ] {
        let reply = client.get(&get(parameters)).await;
        assert_eq!(reply.status(200).data(), data, "{parameters:?}");
        assert_eq!(reply.header("cache-control"), Some("no-store"));
    }
    for (parameters, text) in [
        (&[][..], "no `query`"),
        (&[("query", "")], "no `query`"),
        (&[("query", "{ me { id } }"), ("variables", "{")], "`variables` cannot be read"),
        (&[("query", "{ me { id } }"), ("variables", "[]")], "`variables` cannot be read"),
        (&[("query", "{ me { id } }"), ("extensions", "1")], "`extensions` cannot be read"),
        (&[("query", product), ("operationName", "null")], "no operation `null`"),
        (&[("query", product)], "say which by `operationName`"),
    ] {
        let request = client.request(Method::GET, &get(parameters)).header("accept", GRAPHQL_RESPONSE);
        client.send(request).await.status(400).failed("BAD_USER_INPUT", text);
    }
}

#[tokio::test]
async fn a_mutation_by_get_changes_nothing() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let token = customer.token.clone().unwrap();
    for parameters in [
        &[("query", "mutation { logout { loggedOut } }")][..],
        &[("query", "query A { me { id } } mutation B { logout { loggedOut } }"), ("operationName", "B")],
    ] {
        for accept in ["application/json", GRAPHQL_RESPONSE, "text/event-stream"] {
            let request = customer.request(Method::GET, &get(parameters)).bearer_auth(&token);
            let reply = customer.send(request.header("accept", accept)).await;
            reply.status(405).failed("BAD_USER_INPUT", "POST");
            assert_eq!(reply.header("allow"), Some("POST"), "{accept}");
        }
    }
    assert_ne!(customer.run("{ me { id } }").await.data()["me"], json!(null), "the session is alive");
}

#[tokio::test]
async fn null_and_missing_are_told_apart() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let query = "query ($first: Int = 2) { products(first: $first) { nodes { id } } }";
    let count = |reply: Reply| reply.data()["products"]["nodes"].as_array().unwrap().len();
    for body in [
        json!({ "query": query }),
        json!({ "query": query, "variables": null }),
        json!({ "query": query, "variables": {}, "operationName": null, "extensions": null }),
        json!({ "query": query, "variables": { "other": 1 } }),
    ] {
        assert_eq!(count(client.send(client.post().json(&body)).await), 2, "the default counts: {body}");
    }
    let null = client.ask(query, json!({ "first": null })).await;
    assert!(count(null) > 2, "null is a value and no reason for the default");
    let required = "query ($slug: String! = \"x\") { product(slug: $slug) { id } }";
    assert_eq!(client.run(required).await.data(), json!({ "product": null }));
    client.ask(required, json!({ "slug": null })).await.failed("BAD_USER_INPUT", "must not be null");
    for body in [
        json!({ "query": query, "variables": [] }),
        json!({ "query": query, "variables": "{}" }),
        json!({ "query": query, "extensions": [] }),
        json!({ "query": query, "extensions": 1 }),
        json!({ "query": query, "operationName": 1 }),
        json!({ "query": 1 }),
        json!({ "query": [query] }),
        json!(null),
    ] {
        client.send(client.post().json(&body)).await.status(400).failed("BAD_USER_INPUT", "cannot be read");
    }
}

/// Draft specification, "Status Codes".
#[tokio::test]
async fn the_status_tells_how_it_went_to_clients_of_today() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    for (query, today, before, has_data) in [
        ("{ me { id } }", 200, 200, true),
        ("{ me { id } products(first: 101) { nodes { id } } }", 294, 200, true),
        ("{ a: node(id: \"x\") { id } me { id } }", 294, 200, true),
        ("{", 400, 200, false),
        ("{ nothing }", 400, 200, false),
        ("query ($id: ID!) { node(id: $id) { id } }", 400, 200, false),
        ("query A { me { id } } query B { me { id } }", 400, 200, false),
    ] {
        for (accept, status) in [(GRAPHQL_RESPONSE, today), ("application/json", before), ("*/*", before)] {
            let request = client.post().header("accept", accept).json(&json!({ "query": query }));
            let reply = client.send(request).await;
            reply.status(status);
            assert_eq!(reply.json().get("data").is_some(), has_data, "{query}");
            let expected = if accept == GRAPHQL_RESPONSE { accept } else { "application/json" };
            assert_eq!(reply.header("content-type"), Some(&*format!("{expected}; charset=utf-8")));
        }
    }
    for accept in ["text/html", "application/json; charset=utf-16", "application/json;q=0"] {
        let reply = client
            .send(
                client.post().header("accept", accept).body(QUERY).header("content-type", "application/json"),
            )
            .await;
        reply.status(406).failed("BAD_USER_INPUT", "accepts none of them");
    }
    let subscription = json!({ "query": "subscription { sessionRevoked { at } }" });
    let request = client.post().header("accept", "application/json").json(&subscription);
    client.send(request).await.status(406).failed("BAD_USER_INPUT", "text/event-stream");
}

/// Draft specification, "JSON Encoding": properties that a server does not know are none of its business.
#[tokio::test]
async fn other_properties_are_ignored() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    for other in [
        json!({ "id": 1 }),
        json!({ "id": "1", "doc_id": ["x"], "documentid": 7 }),
        json!({ "extensions": { "operationId": 7, "other": [] } }),
    ] {
        let mut body = json!({ "query": "{ me { id } }" });
        body.as_object_mut().unwrap().extend(other.as_object().unwrap().clone());
        assert_eq!(client.send(client.post().json(&body)).await.data(), json!({ "me": null }), "{body}");
    }
}

#[tokio::test]
async fn a_compressed_request_is_refused() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let request = client.post().header("content-type", "application/json").body(QUERY);
    client
        .send(request.header("content-encoding", "gzip"))
        .await
        .status(415)
        .failed("BAD_USER_INPUT", "Content-Encoding");
}

#[tokio::test]
async fn lists_of_operations_are_answered_in_their_order() {
    let app = TestApp::start().await;
    let one = app.anonymous();
    let batch = json!([{ "query": "{ me { id } }" }]);
    one.send(one.post().json(&batch)).await.status(400).failed("BAD_USER_INPUT", "--max-batch");

    let app = TestApp::with_flags(&["--max-batch", "3"]).await;
    let client = app.anonymous();
    let batch = json!([
        { "query": "query A { product(slug: \"nothing\") { id } }", "operationName": "A" },
        { "query": "{ nothing }" },
        { "query": "subscription { sessionRevoked { at } }" },
    ]);
    for accept in ["application/json", GRAPHQL_RESPONSE] {
        let reply = client.send(client.post().header("accept", accept).json(&batch)).await;
        let answers = reply.status(200).json();
        assert_eq!(answers[0], json!({ "data": { "product": null } }));
        assert_eq!(answers[1]["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED");
        assert!(answers[2]["errors"][0]["message"].as_str().unwrap().contains("WebSocket"), "{answers}");
        assert_eq!(answers.as_array().unwrap().len(), 3);
    }
    for (batch, text) in [
        (json!([]), "1 to 3"),
        (json!(vec![json!({ "query": "{ me { id } }" }); 4]), "not 4"),
        (json!([1]), "cannot be read"),
        (json!([["{ me { id } }", null, null, null, null]]), "cannot be read"),
        (json!([{ "query": "{ me { id } }" }, null]), "cannot be read"),
    ] {
        client.send(client.post().json(&batch)).await.status(400).failed("BAD_USER_INPUT", text);
    }
    let cookie = json!([
        { "query": "mutation { login(input: { email: \"customer@demo.example\", password: \"violin-gravel-teapot\", transport: COOKIE }) { errors { __typename } } }" },
        { "query": "{ me { id } }" },
    ]);
    let reply = client.send(client.post().json(&cookie)).await;
    assert!(reply.status(200).header("set-cookie").unwrap().starts_with("__Host-bodega="), "{reply:?}");
}

#[tokio::test]
async fn who_asks_for_too_much_at_once_is_told_so() {
    let app = TestApp::with_flags(&["--rate-exempt", "", "--max-concurrent", "1", "--max-batch", "2"]).await;
    let client = app.anonymous();
    // Checking a password takes so long that the second comes meanwhile.
    let login =
        "mutation { login(input: { email: \"a@b.example\", password: \"x\" }) { errors { __typename } } }";
    let batch = json!(vec![json!({ "query": login }); 2]);
    let reply = client.send(client.post().json(&batch)).await;
    let answers = reply.status(200).json();
    assert_eq!(answers[0]["data"]["login"]["errors"][0]["__typename"], "InvalidCredentials");
    assert_eq!(answers[1]["errors"][0]["extensions"], json!({ "code": "RATE_LIMITED", "retryAfter": 1 }));
    assert_eq!(reply.header("retry-after"), Some("1"));
    client.run(login).await.data();
}

#[tokio::test]
async fn the_cost_is_told_to_whom_asks_for_it() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let query = json!({ "query": "query ($n: Int) { products(first: $n) { nodes { id } } }", "variables": { "n": 3 } });
    let reply = client.send(client.post().header("x-graphql-cost", "1").json(&query)).await;
    assert_eq!(reply.json()["extensions"]["cost"], json!({ "points": 10 + 3 * 2, "max": 10_000 }));
    for request in [client.post(), client.post().header("x-graphql-cost", "0")] {
        assert!(client.send(request.json(&query)).await.json().get("extensions").is_none());
    }
}

#[tokio::test]
async fn who_asks_for_too_much_is_told_when_to_come_back() {
    let flags = ["--rate-exempt", "", "--rate-anonymous", "2000/2000s", "--rate-account", "50/1m"];
    let app = TestApp::with_flags(&flags).await;
    let client = app.anonymous();
    let dear =
        "mutation { login(input: { email: \"a@b.example\", password: \"x\" }) { errors { __typename } } }";
    // 1 point for reading the document the first time, 1000 for the login, 2 for what is selected in it.
    let reply = client.run(dear).await;
    reply.status(200).data();
    assert_eq!(reply.header("ratelimit-policy"), Some("\"anonymous\";q=2000;w=2000"));
    assert_eq!(reply.header("ratelimit"), Some("\"anonymous\";r=997;t=1003"));
    for accept in ["application/json", GRAPHQL_RESPONSE] {
        let request = client.post().header("accept", accept).json(&json!({ "query": dear }));
        let reply = client.send(request).await;
        reply.status(429).failed("RATE_LIMITED", "Try again in 5 seconds");
        assert_eq!(reply.header("retry-after"), Some("5"));
        assert_eq!(reply.header("ratelimit"), Some("\"anonymous\";r=0;t=5"));
        assert_eq!(reply.error()["extensions"]["retryAfter"], 5);
        assert!(reply.json().get("data").is_none());
    }
    client.run("{ __typename }").await.status(200).data();
    app.clock.advance(Duration::from_secs(1_000));
    client.run(dear).await.status(200).data();

    app.clock.advance(Duration::from_secs(2_000));
    let customer = app.customer().await;
    let query = "{ product(slug: \"x\") { id } }";
    customer.run(query).await.data();
    let reply = customer.run(query).await;
    assert_eq!(
        reply.header("ratelimit"),
        Some("\"account\";r=27;t=28"),
        "two of 11 points, and 1 to read it"
    );
}

#[tokio::test]
async fn every_transport_tells_when_to_come_back() {
    let app = TestApp::with_flags(&["--rate-exempt", "", "--rate-anonymous", "2000/2000s"]).await;
    let client = app.anonymous();
    let dear =
        "mutation { login(input: { email: \"a@b.example\", password: \"x\" }) { errors { __typename } } }";
    client.run(dear).await.data();
    let expected = client.run(dear).await.error()["extensions"].clone();
    assert!(expected["retryAfter"].as_u64().unwrap() > 0, "{expected}");
    let mut socket = Socket::connect(&app, None).await;
    socket.subscribe("1", dear).await;
    assert_eq!(socket.receive().await["payload"][0]["extensions"], expected);
    let mut events = Events::open(client.post().json(&json!({ "query": dear }))).await;
    assert_eq!(events.expect("next").await["errors"][0]["extensions"], expected);
}

/// Reading a document takes time before its cost is known.
#[tokio::test]
async fn documents_that_are_no_good_cost_points_too() {
    let app = TestApp::with_flags(&["--rate-exempt", "", "--rate-anonymous", "10/1h"]).await;
    let client = app.anonymous();
    for attempt in 0.. {
        let reply = client.run(&format!("{{ nothing{attempt} }}")).await;
        if reply.error()["extensions"]["code"] == "RATE_LIMITED" {
            assert_eq!(attempt, 10);
            break;
        }
        reply.failed("GRAPHQL_VALIDATION_FAILED", "nothing");
    }
}

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
        "text/plain; charset=utf-16, application/json",
        "application/json, text/plain",
    ] {
        let mut request = client.post().body(QUERY);
        if !content_type.is_empty() {
            request = request.header("content-type", content_type);
        }
        let reply = client.send(request).await;
        reply.status(415).failed("BAD_USER_INPUT", "application/json");
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
async fn pages_may_send_the_headers_of_tracing_and_of_apollo() {
    let flags = ["--cors-origin", "https://shop.example", "--cors-headers", "X-Shop,x-tenant"];
    let app = TestApp::with_flags(&flags).await;
    let client = app.anonymous();
    for header in [
        "content-type",
        "authorization",
        "traceparent",
        "tracestate",
        "baggage",
        "apollographql-client-name",
        "apollographql-client-version",
        "apollo-require-preflight",
        "x-apollo-operation-name",
        "x-request-id",
        "x-shop",
        "x-tenant",
    ] {
        let request = client.request(Method::OPTIONS, "/graphql").header("origin", "https://shop.example");
        let request = request.header("access-control-request-method", "POST");
        let reply = client.send(request.header("access-control-request-headers", header)).await;
        let allowed = reply.status(200).header("access-control-allow-headers").unwrap();
        assert!(allowed.split(", ").any(|allowed| allowed == header), "{header}: {allowed}");
    }
    let request = client.post().header("origin", "https://shop.example");
    let reply = client.send(request.json(&json!({ "query": "{ me { id } }" }))).await;
    let exposed = reply.status(200).header("access-control-expose-headers").unwrap();
    for header in ["x-request-id", "retry-after", "ratelimit"] {
        assert!(exposed.split(", ").any(|exposed| exposed == header), "{header}: {exposed}");
    }
    let vary = reply.header("vary").unwrap();
    assert!(vary.contains("Accept") && vary.contains("Origin"), "{vary}");
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
        client.get(path).await.status(404).failed("NOT_FOUND", "/graphql");
    }
    let reply = client.send(client.request(Method::POST, "/healthz")).await;
    reply.status(405).failed("BAD_USER_INPUT", "GET");
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
