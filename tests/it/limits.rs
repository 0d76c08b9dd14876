//! Every limit on operations, from both sides, and what a refusal says.

use serde_json::json;

use crate::support::TestApp;

/// A document for each side of a limit that is set to `max`.
struct Case {
    flag: &'static str,
    max: usize,
    /// What `extensions.limit` says; `None` where the refusal is another.
    name: &'static str,
    within: String,
    above: String,
    variables: [serde_json::Value; 2],
}

fn cases() -> Vec<Case> {
    let case = |flag, max, name, within: &str, above: &str| Case {
        flag,
        max,
        name,
        within: within.to_owned(),
        above: above.to_owned(),
        variables: [json!({}), json!({})],
    };
    let filter = "query ($f: ProductFilter) { products(filter: $f) { nodes { id } } }";
    vec![
        case("--max-tokens", 6, "tokens", "{ me { id } } #", "{ me { id } } # {\n{"),
        case(
            "--max-depth",
            3,
            "depth",
            "{ categories { nodes { id } } }",
            "{ categories { nodes { parent { id } } } }",
        ),
        case(
            "--max-selections",
            5,
            "selections",
            "{ me { ...A } } fragment A on Account { id email kind }",
            "{ me { ...A } } fragment A on Account { id email kind __typename }",
        ),
        case(
            "--max-root-fields",
            2,
            "rootFields",
            "{ a: me { id } b: me { id } }",
            "{ a: me { id } ...F } fragment F on Query { b: me { id } c: me { id } }",
        ),
        case("--max-aliases", 1, "aliases", "{ a: me { id } }", "{ a: me { i: id } }"),
        case(
            "--max-directives",
            1,
            "directives",
            "{ me @skip(if: true) { id } }",
            "{ me @skip(if: true) @include(if: true) { id } }",
        ),
        case(
            "--max-cost",
            16,
            "cost",
            "{ products(first: 3) { nodes { id } } }",
            "{ products(first: 4) { nodes { id } } }",
        ),
        Case {
            variables: [
                json!({ "f": { "search": "x" } }),
                json!({ "f": { "price": { "currency": "EUR" } } }),
            ],
            ..case("--max-variable-depth", 1, "variableDepth", filter, filter)
        },
    ]
}

#[tokio::test]
async fn limits_hold_from_both_sides_and_refusals_name_them() {
    for Case { flag, max, name, within, above, variables: [few, many] } in cases() {
        let app = TestApp::with_flags(&[flag, &max.to_string()]).await;
        let client = app.anonymous();
        client.ask(&within, few).await.status(200).data();
        let before = app.statements();
        let reply = client.ask(&above, many).await;
        reply.failed("QUERY_TOO_COMPLEX", &format!("at most {max} are allowed"));
        let extensions = reply.error()["extensions"].take();
        assert_eq!((&extensions["limit"], &extensions["max"]), (&json!(name), &json!(max)), "{flag}");
        assert_eq!(app.statements(), before, "{flag}: nothing was asked of the database");
    }
}

#[tokio::test]
async fn introspection_can_be_switched_off() {
    let app = TestApp::with_flags(&["--introspection", "false"]).await;
    let client = app.anonymous();
    for query in [
        "{ __schema { types { name } } }",
        "{ a: __type(name: \"Product\") { name } }",
        "{ ...F } fragment F on Query { ... { __schema { queryType { name } } } }",
    ] {
        client.run(query).await.failed("INTROSPECTION_DISABLED", "is disabled");
    }
    assert_eq!(
        client.run("{ __typename me { id } }").await.data(),
        json!({ "__typename": "Query", "me": null })
    );
    let typo = client.run("{ produc { id } }").await;
    let message = typo.error()["message"].as_str().unwrap().to_owned();
    assert!(!message.contains("products") && !message.contains("mean"), "{message}");

    let app = TestApp::start().await;
    let open = app.anonymous();
    let message = open.run("{ produc { id } }").await.error()["message"].as_str().unwrap().to_owned();
    assert!(message.contains("product"), "{message}");
}

/// What GraphiQL and code generators send is within all limits; what would multiply the schema by itself is not.
#[tokio::test]
async fn introspection_is_bounded() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let of_type = (0..9).fold("kind name".to_owned(), |inner, _| format!("kind name ofType {{ {inner} }}"));
    let tools = format!(
        "query IntrospectionQuery {{ __schema {{ description queryType {{ name kind }} mutationType {{ name kind }}
            subscriptionType {{ name kind }} types {{ ...FullType }}
            directives {{ name description isRepeatable locations args(includeDeprecated: true) {{ ...InputValue }} }} }} }}
         fragment FullType on __Type {{ kind name description specifiedByURL isOneOf
            fields(includeDeprecated: true) {{ name description args(includeDeprecated: true) {{ ...InputValue }}
                type {{ ...TypeRef }} isDeprecated deprecationReason }}
            inputFields(includeDeprecated: true) {{ ...InputValue }} interfaces {{ ...TypeRef }}
            enumValues(includeDeprecated: true) {{ name description isDeprecated deprecationReason }}
            possibleTypes {{ ...TypeRef }} }}
         fragment InputValue on __InputValue {{ name description type {{ ...TypeRef }} defaultValue isDeprecated
            deprecationReason }}
         fragment TypeRef on __Type {{ {of_type} }}"
    );
    let types = client.run(&tools).await.data()["__schema"]["types"].as_array().unwrap().len();
    assert!(types > 30, "{types}");
    let nested = "{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }";
    let reply = client.run(nested).await;
    reply.failed("QUERY_TOO_COMPLEX", "introspection");
    assert_eq!(reply.error()["extensions"]["limit"], "introspectionDepth");
    let wide: String = (0..100).map(|n| format!("a{n}: types {{ ...T }} ")).collect();
    let wide = format!(
        "{{ __schema {{ {wide} }} }} fragment T on __Type {{ name description fields {{ name description args {{ name description }} }} }}"
    );
    client.run(&wide).await.failed("QUERY_TOO_COMPLEX", "cost points");
}

#[tokio::test]
async fn fragments_in_circles_and_multiplied_ones_are_refused_at_once() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    // To follow them all would take for ever.
    let spreads = |n: usize| format!("...F{n} ").repeat(10);
    let multiplied: String =
        (0..25).map(|n| format!("fragment F{n} on Account {{ {} }}", spreads(n + 1))).collect();
    let multiplied = format!("{{ me {{ ...F0 }} }} {multiplied} fragment F25 on Account {{ id }}");
    let unused = multiplied.replace("{ me { ...F0 } }", "{ me { id } }");
    client.run(&multiplied).await.failed("QUERY_TOO_COMPLEX", "fields and fragments");
    assert_eq!(
        client.run(&unused).await.json()["errors"][0]["extensions"]["code"],
        "GRAPHQL_VALIDATION_FAILED"
    );
    for cycle in [
        "{ me { ...F } } fragment F on Account { ...F }",
        "{ me { ...F } } fragment F on Account { id ...G } fragment G on Account { ... { ...F } }",
    ] {
        client.run(cycle).await.failed("GRAPHQL_VALIDATION_FAILED", "spreads itself");
    }
}

/// An alias stands in the answer as often as its field: long ones multiply it.
#[tokio::test]
async fn names_have_a_length() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let query = |length: usize| format!("{{ {}: __typename }}", "a".repeat(length));
    client.run(&query(128)).await.data();
    let reply = client.run(&query(129)).await;
    reply.failed("QUERY_TOO_COMPLEX", "characters in a name");
    assert_eq!(reply.error()["extensions"]["limit"], "nameLength");
}
