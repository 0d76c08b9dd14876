//! Execution after section 6 of the [specification](https://spec.graphql.org/draft/#sec-Execution), with a schema that
//! fails wherever one likes: it is async-graphql that has to get this right, in the version that is built in.

use async_graphql::{EmptySubscription, Error, Object, Result, Schema};
use serde_json::{Value, json};

use crate::support::TestApp;

struct Node;

#[Object]
impl Node {
    async fn name(&self) -> &str {
        "node"
    }
    async fn nullable(&self) -> Option<Result<i32>> {
        Some(Err(Error::new("nullable")))
    }
    async fn required(&self) -> Result<i32> {
        Err(Error::new("required"))
    }
    async fn child(&self) -> Option<Node> {
        Some(Node)
    }
    async fn own(&self) -> Node {
        Node
    }
    async fn nodes(&self) -> Vec<Option<Node>> {
        vec![Some(Node), None, Some(Node)]
    }
    async fn required_nodes(&self) -> Option<Vec<Node>> {
        Some(vec![Node, Node])
    }
    async fn numbers(&self) -> Vec<Option<Result<i32>>> {
        vec![Some(Ok(1)), Some(Err(Error::new("second"))), None]
    }
    async fn slow(&self, rounds: u32) -> u32 {
        for _ in 0..rounds {
            tokio::task::yield_now().await;
        }
        rounds
    }
}

struct Mutation;

#[Object]
impl Mutation {
    async fn fails(&self) -> Option<Result<i32>> {
        Some(Err(Error::new("fails")))
    }
    async fn works(&self, number: i32) -> i32 {
        number
    }
}

/// The answer as it is written, its errors as messages with paths.
async fn run(query: &str) -> (String, Vec<(String, Value)>) {
    let schema = Schema::new(Node, Mutation, EmptySubscription);
    let response = schema.execute(query).await;
    let mut errors: Vec<_> = response
        .errors
        .iter()
        .map(|error| (error.message.clone(), serde_json::to_value(&error.path).unwrap()))
        .collect();
    errors.sort_by_key(|(_, path)| path.to_string());
    (serde_json::to_string(&response.data).unwrap(), errors)
}

fn errors(expected: &[(&str, Value)]) -> Vec<(String, Value)> {
    expected.iter().map(|(message, path)| ((*message).to_owned(), path.clone())).collect()
}

/// 6.4.4, "Handling Execution Errors".
#[tokio::test]
async fn a_nullable_field_that_fails_is_null_and_nothing_more() {
    let (data, found) = run("{ name nullable child { name nullable } }").await;
    assert_eq!(data, r#"{"name":"node","nullable":null,"child":{"name":"node","nullable":null}}"#);
    assert_eq!(
        found,
        errors(&[("nullable", json!(["child", "nullable"])), ("nullable", json!(["nullable"]))])
    );
}

#[tokio::test]
async fn a_required_field_that_fails_takes_its_nearest_nullable_parent() {
    let (data, found) = run("{ name child { name required } }").await;
    assert_eq!(data, r#"{"name":"node","child":null}"#);
    assert_eq!(found, errors(&[("required", json!(["child", "required"]))]));

    let (data, found) = run("{ child { own { own { required } } name } name }").await;
    assert_eq!(data, r#"{"child":null,"name":"node"}"#);
    assert_eq!(found, errors(&[("required", json!(["child", "own", "own", "required"]))]));

    let (data, found) = run("{ name own { required } }").await;
    assert_eq!(data, "null", "nothing above may be null");
    assert_eq!(found, errors(&[("required", json!(["own", "required"]))]));
}

#[tokio::test]
async fn lists_lose_an_item_or_all_of_them_and_paths_say_which() {
    let (data, found) = run("{ nodes { name required } }").await;
    assert_eq!(data, r#"{"nodes":[null,null,null]}"#);
    assert_eq!(
        found,
        errors(&[
            ("required", json!(["nodes", 0, "required"])),
            ("required", json!(["nodes", 2, "required"]))
        ])
    );

    let (data, found) = run("{ name requiredNodes { required } }").await;
    assert_eq!(data, r#"{"name":"node","requiredNodes":null}"#);
    assert_eq!(found[0].0, "required");
    assert_eq!(found[0].1[0], "requiredNodes");

    let (data, found) = run("{ numbers }").await;
    assert_eq!(data, r#"{"numbers":[1,null,null]}"#);
    assert_eq!(found, errors(&[("second", json!(["numbers", 1]))]));
}

/// 6.2.1 and 6.3: keys come in the order of the query, whichever is ready first.
#[tokio::test]
async fn keys_keep_the_order_of_the_query() {
    let (data, _) = run("{ a: slow(rounds: 50) b: slow(rounds: 0) ... { c: slow(rounds: 9) } ...F d: name }
                         fragment F on Node { e: slow(rounds: 3) a: slow(rounds: 50) }")
    .await;
    assert_eq!(data, r#"{"a":50,"b":0,"c":9,"e":3,"d":"node"}"#);
}

/// 6.2.2: one mutation after the other, whatever becomes of them.
#[tokio::test]
async fn mutations_follow_each_other_and_one_that_fails_stops_none() {
    let (data, found) = run("mutation { a: works(number: 1) fails b: works(number: 2) }").await;
    assert_eq!(data, r#"{"a":1,"fails":null,"b":2}"#);
    assert_eq!(found, errors(&[("fails", json!(["fails"]))]));
}

/// 6.3.2, "Field Collection": a mutation that stands twice under one name happens once. Here through our own server.
#[tokio::test]
async fn a_field_that_is_repeated_is_executed_once() {
    let app = TestApp::with_flags(&["--login-burst-account", "3"]).await;
    let client = app.anonymous();
    let login =
        "login(input: { email: \"customer@demo.example\", password: \"wrong\" }) { errors { __typename } }";
    let query =
        format!("mutation {{ {login} {login} ...F ... {{ {login} }} }} fragment F on Mutation {{ {login} }}");
    for _ in 0..3 {
        let data = client.run(&query).await.data();
        assert_eq!(
            data["login"]["errors"][0]["__typename"], "InvalidCredentials",
            "four times would be too many"
        );
    }
    assert_eq!(client.run(&query).await.data()["login"]["errors"][0]["__typename"], "RateLimited");

    let merged =
        "query ($yes: Boolean!) { me { id } me @skip(if: $yes) { nothing: id } product(slug: \"x\") { id }
                  ...F @include(if: $yes) } fragment F on Query { product(slug: \"x\") { name } }";
    let before = app.statements();
    client.ask(merged, json!({ "yes": true })).await.data();
    assert_eq!(app.statements(), before + 1, "one product, one statement");

    let conflict =
        "{ a: product(slug: \"x\") { id } ...F } fragment F on Query { a: product(slug: \"y\") { id } }";
    client.run(conflict).await.failed("GRAPHQL_VALIDATION_FAILED", "conflict");
}

/// 6.1.2: a variable that is missing has its default, in directives too.
#[tokio::test]
async fn defaults_count_in_directives() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    for (directive, has) in [("@include(if: $x)", true), ("@skip(if: $x)", false)] {
        let query = format!(
            "query ($x: Boolean! = true) {{ me {directive} {{ id }} products(first: 1) {{ nodes {{ id slug {directive} }} }} }}"
        );
        let data = client.run(&query).await.data();
        assert_eq!(data.get("me").is_some(), has, "{data}");
        assert_eq!(data["products"]["nodes"][0].get("slug").is_some(), has, "{data}");
        let data = client.ask(&query, json!({ "x": false })).await.data();
        assert_eq!(data["products"]["nodes"][0].get("slug").is_some(), !has, "{data}");
    }
}

/// 5.8.5, through the documents that are kept.
#[tokio::test]
async fn variables_of_another_type_do_not_get_through() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    for query in [
        "query ($x: Boolean) { me @skip(if: $x) { id } }",
        "query ($x: ID) { node(id: $x) { id } }",
        "query ($x: Int) { node(id: $x) { id } }",
        "query ($x: [ID]) { nodes(ids: $x) { id } }",
        "mutation ($t: String) { login(input: { email: $t, password: \"b\" }) { errors { __typename } } }",
    ] {
        for _ in 0..2 {
            client.run(query).await.failed("GRAPHQL_VALIDATION_FAILED", "stands where");
        }
    }
}

/// Errors that async-graphql and its parser overlook.
#[tokio::test]
async fn documents_are_valid_as_the_specification_has_it() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let (parse, validate) = ("GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED");
    for (query, code, text, column) in [
        ("{ __typename @foo }", validate, "The directive `@foo` is unknown.", 14),
        ("{ me { __typename @foo } }", validate, "The directive `@foo` is unknown.", 19),
        ("{ __typename @deprecated }", validate, "The directive `@deprecated` ", 14),
        ("{ __typename @skip }", validate, "`@skip` needs the argument `if`.", 14),
        ("{ __typename @skip(if: true) @skip(if: true) }", validate, "`@skip` stands here twice.", 30),
        ("{ __typename(a: 1) }", validate, "`__typename` has no argument `a`.", 14),
        ("{ __typename { x } }", validate, "`__typename` has no fields to select", 14),
        ("{ ...F } fragment F on Query { __typename { x } }", validate, "no fields to select", 43),
        (
            "query ($x: Int @foo) { product(slug: \"x\") { id } products(first: $x) { nodes { id } } }",
            validate,
            "`@foo` is unknown.",
            16,
        ),
        (
            "query ($x: Int @skip(if: true)) { products(first: $x) { nodes { id } } }",
            validate,
            "`@skip` cannot stand here.",
            16,
        ),
        (
            "{ products(filter: { search: \"a\", search: \"b\" }) { nodes { id } } }",
            validate,
            "`search` is given twice.",
            35,
        ),
        (
            "query ($f: ProductFilter = { search: \"a\" search: \"b\" }) { products(filter: $f) { nodes { id } } }",
            validate,
            "`search` is given twice.",
            42,
        ),
        ("query () { __typename }", parse, "Syntax error at line 1, column 7", 7),
        ("queryMe { __typename }", parse, "unexpected `queryMe`.", 1),
        ("query A { __typename } query B { __typename @foo }", validate, "`@foo` is unknown.", 45),
        ("{ me { id } } fragment F on Account { id }", validate, "The fragment `F` is never used.", 15),
        ("{ __typename() }", parse, "Syntax error at line 1, column 14", 14),
        ("{ me() { id } }", parse, "Syntax error at line 1, column 6", 6),
        ("{ me { } }", parse, "Syntax error", 8),
        ("{ }", parse, "Syntax error", 3),
    ] {
        for _ in 0..2 {
            let name = query.starts_with("query A").then_some("A");
            let reply =
                client.send(client.post().json(&json!({ "query": query, "operationName": name }))).await;
            reply.failed(code, text);
            let error = reply.error();
            assert_eq!(error["locations"], json!([{ "line": 1, "column": column }]), "{query} {error}");
            assert!(!error["message"].as_str().unwrap().contains('\n'), "{error}");
        }
    }
    let named = client.run("{ a: __typename @skip(if: false) __schema { __typename } }").await;
    assert_eq!(named.data(), json!({ "a": "Query", "__schema": { "__typename": "__Schema" } }));
}
