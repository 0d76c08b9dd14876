//! Wrong input of every kind: a clear error with the right code, and nothing changes.

mod attacks;
mod siege;

use serde_json::{Value, json};

use crate::support::{Client, TestApp};

const ACCEPT: &str = "application/graphql-response+json";

/// Sends a body as it is, as a client of today that names the GraphQL media type.
async fn raw(client: &Client, body: impl Into<reqwest::Body>) -> crate::support::Reply {
    let request = client.post().header("content-type", "application/json").header("accept", ACCEPT);
    client.send(request.body(body)).await
}

async fn strict(client: &Client, query: &str) -> crate::support::Reply {
    raw(client, json!({ "query": query }).to_string()).await
}

#[tokio::test]
async fn bodies_that_are_no_request_are_refused() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    for (body, text) in [
        ("", "EOF"),
        ("{", "EOF"),
        ("nonsense", "expected"),
        ("null", "invalid type: null"),
        ("\"{ me { id } }\"", "invalid type: string"),
        ("{}", "no `query`"),
        (r#"{"query": null}"#, "no `query`"),
        (r#"{"query": 7}"#, "invalid type: integer"),
        (r#"{"query": "{ me { id } }", "variables": []}"#, "expected a map"),
        (r#"{"query": "{ me { id } }", "variables": "{}"}"#, "expected a map"),
        (r#"{"query": "{ me { id } }", "operationName": 1}"#, "invalid type: integer"),
        (r#"{"query": "{ me { id } }", "extensions": 1}"#, "invalid type: integer"),
        (r#"{"query": "{ me { id } }"} and more"#, "trailing characters"),
        (r#"[{"query": "{ me { id } }"}]"#, "--max-batch"),
        (&format!(r#"{{"query": "", "variables": {{"a": {}"#, "[".repeat(10_000)), "recursion limit"),
    ] {
        raw(&client, body.to_owned()).await.status(400).failed("BAD_USER_INPUT", text);
    }
    raw(&client, vec![b'{', b'"', 0xff, b'"']).await.status(400).failed("BAD_USER_INPUT", "cannot be read");
}

#[tokio::test]
async fn documents_that_are_no_graphql_are_refused() {
    let app = TestApp::start().await;
    for document in
        ["", " ", "{", "{ }", "query", "{ me { id } } }", "{ me(: 1) }", "\u{feff}", "{ a(b: \"\n\") }", "#"]
    {
        let reply = strict(&app.anonymous(), document).await;
        reply.status(400).failed("GRAPHQL_PARSE_FAILED", "");
        let message = reply.error()["message"].as_str().unwrap().to_owned();
        assert!(!message.contains('\n') && message.ends_with('.'), "{document}: {message}");
        assert!(reply.json().get("data").is_none(), "{document}");
        assert!(reply.header("content-type").unwrap().starts_with(ACCEPT));
    }
}

#[tokio::test]
async fn a_syntax_error_is_one_line_with_its_place() {
    let app = TestApp::start().await;
    for (document, place) in
        [("{ me { id } } }", "line 1, column 15"), ("{\n  me(: 1) { id }\n}", "line 2, column 6")]
    {
        let error = strict(&app.anonymous(), document).await.error();
        let message = error["message"].as_str().unwrap();
        assert!(message.starts_with(&format!("Syntax error at {place}: ")), "{document}: {message}");
    }
}

#[tokio::test]
async fn documents_that_do_not_fit_the_schema_are_refused() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    for (document, text) in [
        ("{ nothing }", "nothing"),
        ("{ me { password } }", "password"),
        ("{ me { passwordHash } }", "passwordHash"),
        ("{ me }", "subfields"),
        ("{ product(slug: 7) { id } }", "slug"),
        ("{ product(sku: \"x\") { id } }", "sku"),
        ("{ products(first: \"ten\") { nodes { id } } }", "first"),
        ("{ products(first: 99999999999) { nodes { id } } }", "must be of type `Int`"),
        ("{ products(sort: { key: WEIGHT }) { nodes { id } } }", "WEIGHT"),
        ("{ products(sort: { key: \"NAME\" }) { nodes { id } } }", "NAME"),
        ("{ products(sort: { direction: ASC }) { nodes { id } } }", "key"),
        ("mutation { login(input: { email: \"a\" }) { errors { __typename } } }", "password"),
        ("mutation { login { errors { __typename } } }", "input"),
        ("query ($id: ID!) { me { id } }", "id"),
        ("query ($id: Nothing) { product(id: $id) { id } }", "Nothing"),
        ("{ me { ... on Product { slug } } }", "Product"),
        ("subscription { me { id } }", "ubscription"),
        ("{ me { id } } { me { id } }", ""),
    ] {
        let reply = strict(&client, document).await;
        let code = if document.ends_with("{ me { id } }") && document.starts_with("{ me") {
            "GRAPHQL_PARSE_FAILED"
        } else {
            "GRAPHQL_VALIDATION_FAILED"
        };
        let errors = reply.status(400).json()["errors"].as_array().unwrap().clone();
        assert!(
            !errors.is_empty() && errors.iter().all(|error| error["extensions"]["code"] == code),
            "{document}: {errors:?}"
        );
        let messages: String = errors.iter().map(|error| error["message"].to_string()).collect();
        assert!(messages.contains(text), "{document}: {messages}");
        assert!(reply.json().get("data").is_none());
    }
}

#[tokio::test]
async fn variables_of_the_wrong_type_are_refused() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    for (query, variables) in [
        ("query ($first: Int) { products(first: $first) { nodes { id } } }", json!({ "first": "ten" })),
        ("query ($first: Int) { products(first: $first) { nodes { id } } }", json!({ "first": 1.5 })),
        (
            "query ($first: Int) { products(first: $first) { nodes { id } } }",
            json!({ "first": 3_000_000_000_u32 }),
        ),
        ("query ($id: ID!) { node(id: $id) { id } }", json!({})),
        ("query ($id: ID!) { node(id: $id) { id } }", json!({ "id": null })),
        ("query ($id: ID!) { node(id: $id) { id } }", json!({ "id": { "a": 1 } })),
        ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({ "ids": [null] })),
        (
            "query ($f: ProductFilter) { products(filter: $f) { nodes { id } } }",
            json!({ "f": { "unknown": 1 } }),
        ),
        (
            "query ($f: ProductFilter) { products(filter: $f) { nodes { id } } }",
            json!({ "f": { "price": {} } }),
        ),
        (
            "query ($f: ProductFilter) { products(filter: $f) { nodes { id } } }",
            json!({ "f": { "price": { "currency": "euro" } } }),
        ),
        (
            "mutation ($i: LoginInput!) { login(input: $i) { errors { __typename } } }",
            json!({ "i": { "email": 1, "password": "x" } }),
        ),
    ] {
        let reply = client.ask(query, variables.clone()).await;
        let errors = reply.json()["errors"].as_array().cloned().unwrap_or_default();
        assert!(!errors.is_empty(), "{variables}: {reply:?}");
        for error in errors {
            let code = error["extensions"]["code"].as_str().unwrap();
            assert!(["BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED"].contains(&code), "{variables}: {error}");
        }
        assert!(reply.json()["data"].is_null(), "{variables}: {reply:?}");
    }
}

#[tokio::test]
async fn arguments_out_of_range_are_refused() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let long_search = format!("filter: {{ search: \"{}\" }}", "ä".repeat(201));
    for (arguments, text) in [
        ("first: -1", "`first` must be between 0 and 100, not -1."),
        ("first: 101", "`first` must be between 0 and 100, not 101."),
        ("first: 10000", "`first` must be between 0 and 100, not 10000."),
        ("last: -1", "`last` must be between 0 and 100, not -1."),
        ("first: 1, last: 1", "`first` or `last`, not both"),
        ("after: \"\"", "`after` is not a cursor of this list."),
        ("before: \"eyJ4Ijox\"", "`before` is not a cursor of this list."),
        ("filter: { category: \"x\" }", "`filter.category` is not an id."),
        (&long_search, "`filter.search` is longer than 200 characters."),
        (
            "filter: { price: { currency: \"EUR\", min: \"1.234\" } }",
            "`filter.price.min`: EUR has 2 decimal digits.",
        ),
        (
            "filter: { price: { currency: \"EUR\", max: \"cheap\" } }",
            "`filter.price.max`: not a decimal number.",
        ),
    ] {
        let reply = client.run(&format!("{{ products({arguments}) {{ nodes {{ id }} }} }}")).await;
        reply.failed("BAD_USER_INPUT", text);
        assert_eq!(reply.error()["path"], json!(["products"]));
    }
    let cursor = client.run("{ products(first: 1) { pageInfo { endCursor } } }").await.data();
    let cursor = cursor["products"]["pageInfo"]["endCursor"].clone();
    let reply = client
        .run(&format!("{{ products(sort: {{ key: NAME }}, after: {cursor}) {{ nodes {{ id }} }} }}"))
        .await;
    reply.failed("BAD_USER_INPUT", "`after` is not a cursor of this list.");
}

#[tokio::test]
async fn nul_is_refused_everywhere() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    for document in [
        r#"{ product(slug: "a\u0000b") { id } }"#,
        "{ product(slug: \"a\0b\") { id } }",
        "{ me { id } } # \0",
    ] {
        strict(&client, document).await.status(400).failed("BAD_USER_INPUT", "NUL");
    }
    let search = "query ($f: ProductFilter) { products(filter: $f) { nodes { id } } }";
    client
        .ask(search, json!({ "f": { "search": "a\0" } }))
        .await
        .failed("BAD_USER_INPUT", "The variable `f` contains a NUL");
    let login = json!({ "i": { "email": "customer@demo.example", "password": "violin-gravel-teapot\0" } });
    let reply =
        client.ask("mutation ($i: LoginInput!) { login(input: $i) { errors { __typename } } }", login).await;
    reply.failed("BAD_USER_INPUT", "NUL");
}

#[tokio::test]
async fn operations_beyond_the_limits_are_refused_before_they_run() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let deep = |levels: usize| {
        format!(
            "{{ categories {{ nodes {{ {} id {} }} }} }}",
            "children { ".repeat(levels),
            "}".repeat(levels)
        )
    };
    let aliases = |count: usize| {
        let fields: String = (0..count).map(|number| format!("a{number}: id ")).collect();
        format!("{{ me {{ {fields} }} }}")
    };
    let directives = |count: usize| format!("{{ me {} {{ id }} }}", "@skip(if: false) ".repeat(count));
    let complex = |first: usize| {
        format!(
            "{{ products(first: {first}) {{ nodes {{ variants {{ product {{ variants {{ product {{ variants {{ product {{ variants {{ id sku }} }} }} }} }} }} }} }} }} }}"
        )
    };
    let before = app.statements();
    let doubled =
        (0..25).map(|n| format!("fragment F{n} on Account {{ ...F{0} ...F{0} }}", n + 1)).collect::<String>();
    let doubled = format!("{{ me {{ ...F0 }} }} {doubled} fragment F25 on Account {{ id }}");
    let wide = format!("{{ {} }}", "me { id } ".repeat(20_000));
    for document in [deep(14), deep(40), deep(200), aliases(101), directives(11), complex(100), doubled, wide]
    {
        strict(&client, &document).await.status(400).failed("QUERY_TOO_COMPLEX", "");
    }
    assert_eq!(app.statements(), before);
    for document in [deep(2), aliases(100), complex(1)] {
        strict(&client, &document).await.status(200).data();
    }
    let nested_list = format!("{{ nodes(ids: {}{}) {{ id }} }}", "[".repeat(50_000), "]".repeat(50_000));
    let reply = strict(&client, &nested_list).await;
    assert_eq!(reply.status.as_u16(), 400, "{reply:.300?}");
    strict(&client, &format!("{} id {}", "{ me ".repeat(20_000), "}".repeat(20_000))).await.status(400);
    assert_eq!(client.run("{ me { id } }").await.data(), json!({ "me": null }), "the server is still there");
}

/// Variants have no page: without a bound, product -> variants -> product -> ... multiplies without end.
#[tokio::test]
async fn lists_within_lists_are_bounded() {
    let app = TestApp::with_flags(&["--max-unpaged-objects", "100"]).await;
    let nested = |levels: usize| {
        let open = "variants { product { ".repeat(levels);
        format!("{{ product(slug: \"linen-apron\") {{ {open} id {} }} }}", "} }".repeat(levels))
    };
    strict(&app.anonymous(), &nested(3)).await.data();
    let reply = strict(&app.anonymous(), &nested(5)).await;
    let errors = reply.json()["errors"].clone();
    assert_eq!(errors[0]["extensions"]["code"], "QUERY_TOO_COMPLEX", "{errors}");
    assert!(errors[0]["message"].as_str().unwrap().contains("more than 100 objects"), "{errors}");
    assert_eq!(reply.json()["data"], json!({ "product": null }));
}

/// A login takes as long as its hash does, many milliseconds.
#[tokio::test]
async fn operations_that_take_too_long_are_ended() {
    let app = TestApp::with_flags(&["--operation-timeout", "1ms"]).await;
    let login =
        "mutation { login(input: { email: \"a@b.example\", password: \"x\" }) { errors { __typename } } }";
    app.anonymous().run(login).await.failed("UNAVAILABLE", "took longer than 1ms");
}

#[tokio::test]
async fn bodies_that_are_too_large_are_refused() {
    let app = TestApp::with_flags(&["--max-body", "1000"]).await;
    let client = app.anonymous();
    let body = |size: usize| {
        let empty = json!({ "query": "{ me { id } } #" }).to_string();
        json!({ "query": format!("{{ me {{ id }} }} #{}", "x".repeat(size - empty.len())) }).to_string()
    };
    assert_eq!(raw(&client, body(1000)).await.status(200).data(), json!({ "me": null }));
    raw(&client, body(1001)).await.status(413).failed("BAD_USER_INPUT", "larger than 1000 bytes");
    // Without a length: the body comes in chunks and is cut off where the limit is.
    let chunks = futures_util::stream::iter((0..50).map(|_| Ok::<_, std::io::Error>(vec![b' '; 100])));
    raw(&client, reqwest::Body::wrap_stream(chunks))
        .await
        .status(413)
        .failed("BAD_USER_INPUT", "larger than");
}

/// A fault's cause goes to the log; the client gets an id to find it by.
#[tokio::test]
async fn a_defect_shows_an_id_and_no_cause() {
    use sea_orm::ConnectionTrait;
    let app = TestApp::start().await;
    app.services().db.connection().execute_unprepared("ALTER TABLE variant RENAME TO gone").await.unwrap();
    let query = json!({ "query": "{ product(slug: \"hand-grinder\") { name variants { id } } me { id } }" });
    let request = app.anonymous().post().header("x-request-id", "trace-me-42").json(&query);
    let reply = app.anonymous().send(request).await;
    assert_eq!(reply.header("x-request-id"), Some("trace-me-42"));
    let error = reply.failed("INTERNAL", "Internal server error").error();
    assert_eq!(error["extensions"]["requestId"], "trace-me-42");
    assert_eq!(error["path"], json!(["product", "variants"]));
    assert_eq!(
        reply.json()["data"],
        json!({ "product": null, "me": null }),
        "the failure goes up to the next nullable field"
    );
    assert!(!reply.text.to_lowercase().contains("sql") && !reply.text.contains("gone"), "{}", reply.text);
}

/// An answer holds what was asked for in the order in which it was asked.
#[tokio::test]
async fn keys_keep_the_order_of_the_query() {
    let app = TestApp::start().await;
    let query = "{ z: me { id } product(slug: \"hand-grinder\") { slug name createdAt: __typename category { slug id: name } } a: me { id } }";
    let text = app.anonymous().run(query).await.text;
    let places: Vec<_> =
        ["\"z\"", "\"product\"", "\"slug\"", "\"name\"", "\"createdAt\"", "\"category\"", "\"id\"", "\"a\""]
            .map(|key| text.find(key).unwrap_or_else(|| panic!("{key} in {text}")))
            .to_vec();
    assert!(places.is_sorted(), "{text}");
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["data"]["z"], Value::Null);
}
