//! Documents that mean something odd, and values of every kind.

use serde_json::json;

use super::{Attack, asking, body, document, many};

/// Values of arguments.
pub(super) fn values() -> Vec<Attack> {
    let x = "x".repeat(200_000);
    [
        ("a slug", format!("{{ product(slug: \"{x}\") {{ id }} }}")),
        ("an id", format!("{{ node(id: \"{x}\") {{ id }} }}")),
        ("a cursor", format!("{{ products(after: \"{x}\") {{ totalCount nodes {{ id }} }} }}")),
        ("a search", format!("{{ products(filter: {{ search: \"{x}\" }}) {{ totalCount }} }}")),
        ("a search for signs", "{ products(filter: { search: \"%_%_%\\\\'\\\";--*\" }) { totalCount } }".to_owned()),
        ("a search for percents", format!("{{ products(filter: {{ search: \"{}\" }}) {{ totalCount }} }}", "%a".repeat(100))),
        ("a search for operators", "{ products(filter: { search: \"a AND (b OR \\\"c* NEAR/5\" }) { totalCount } }".to_owned()),
        ("a price", format!("{{ products(filter: {{ price: {{ currency: \"EUR\", min: \"{}\" }} }}) {{ totalCount }} }}", "9".repeat(100_000))),
        ("a price beyond 64 bits", "{ products(filter: { price: { currency: \"EUR\", min: \"-99999999999999999999.99\" } }) { totalCount } }".to_owned()),
        ("a currency", format!("{{ products(filter: {{ price: {{ currency: \"{x}\", min: \"1\" }} }}) {{ totalCount }} }}")),
        ("a password", format!("mutation {{ login(input: {{ email: \"a@b.example\", password: \"{x}\" }}) {{ errors {{ __typename }} }} }}")),
        ("an address", format!("mutation {{ login(input: {{ email: \"{x}@b.example\", password: \"x\" }}) {{ errors {{ __typename }} }} }}")),
        ("a page beyond 32 bits", "{ products(first: 4294967297) { totalCount } }".to_owned()),
        ("a page below nothing", "{ products(first: -2147483648) { totalCount } }".to_owned()),
        ("a page of a page", "{ products(first: 100, last: 100, after: \"a\", before: \"b\") { totalCount } }".to_owned()),
        ("NUL", "{ product(slug: \"\\u0000\") { id } }".to_owned()),
        ("an object as a list", "{ nodes(ids: {}) { id } }".to_owned()),
        ("null", "{ nodes(ids: null) { id } }".to_owned()),
        ("nulls", format!("{{ nodes(ids: [{}]) {{ id }} }}", "null ".repeat(9_000))),
    ]
    .map(|(name, text)| document(format!("value: {name}"), text))
    .into()
}

/// Documents that mean something odd.
pub(super) fn meaning() -> Vec<Attack> {
    let schema = "types { name description fields { name description args { name description type { name } } type { name ofType { name ofType { name } } } } }";
    let mut attacks: Vec<_> = [
        ("the schema", format!("{{ __schema {{ {schema} }} }}")),
        ("the schema 6 times", format!("{{ {} }}", many(6, |n| format!("a{n}: __schema {{ {schema} }} ")))),
        ("the schema 50 times", format!("{{ {} }}", many(50, |n| format!("a{n}: __schema {{ {schema} }} ")))),
        ("the schema in itself", format!("{{ __schema {{ types {{ {} name {} }} }} }}", "fields { type { ".repeat(7), "} }".repeat(7))),
        ("a type 50 times", format!("{{ {} }}", many(50, |n| format!("a{n}: __type(name: \"Query\") {{ fields {{ name args {{ name type {{ name }} }} }} }} ")))),
        ("types of types", format!("{{ __type(name: \"Query\") {{ fields {{ type {{ {} name {} }} }} }} }}", "ofType { ".repeat(12), "}".repeat(12))),
        ("a cost without bounds", "{ products(first: 100) { nodes { variants { product { variants { product { variants { id } } } } } } } }".to_owned()),
        ("a cost just within", "{ products(first: 100) { nodes { id name slug description category { id name } } } }".to_owned()),
        ("a variable's default of a variable", "query($a: Int, $b: Int = $a) { products(first: $b) { totalCount } }".to_owned()),
        ("a directive of a variable that is not there", "{ me @skip(if: $a) { id } }".to_owned()),
        ("a directive with nothing", "{ me @skip { id } }".to_owned()),
        ("a directive of a list", "{ me @skip(if: [true]) { id } }".to_owned()),
        ("all is skipped", "{ me @skip(if: true) { id } }".to_owned()),
        ("both directives", "{ me @skip(if: false) @include(if: false) { id } }".to_owned()),
        ("a subscription of two fields", "subscription { a: sessionRevoked { at } b: sessionRevoked { at } }".to_owned()),
        ("a subscription of none", "subscription { sessionRevoked @skip(if: true) { at } }".to_owned()),
        ("a subscription in a fragment", "subscription { ...F ...F } fragment F on Subscription { sessionRevoked { at } }".to_owned()),
        ("a subscription of the schema", "subscription { __schema { types { name } } }".to_owned()),
        ("a fragment on a scalar", "{ me { id ... on Int { a } } }".to_owned()),
        ("a fragment on nothing", "{ me { id ... on Nothing { a } } }".to_owned()),
        ("a fragment named on", "{ me { ...on } } fragment on on Account { id }".to_owned()),
        ("a type system", "type Query { a: Int } extend schema @a { query: B }".to_owned()),
        ("names with two lines", "{ __me __type __schema { __typename } }".to_owned()),
        ("a query that is a mutation", "query { logout { loggedOut } }".to_owned()),
        ("an empty set", "{ me { } }".to_owned()),
        ("an empty list of arguments", "{ me() { id } }".to_owned()),
        ("an empty list of variables", "query() { me { id } }".to_owned()),
    ]
    .map(|(name, text)| document(format!("meaning: {name}"), text))
    .into();
    let operations = "query A { me { id } } query B { me { id } }";
    for name in ["C", "", "a\0b", &"A".repeat(200_000)] {
        let text = json!({ "query": operations, "operationName": name }).to_string();
        attacks.push(body(format!("meaning: an operation named {name:.5}"), text));
    }
    attacks
}

pub(super) fn variables() -> Vec<Attack> {
    const NODES: &str = "query($a: [ID!]!) { nodes(ids: $a) { id } }";
    const FILTER: &str = "query($a: ProductFilter) { products(filter: $a) { totalCount } }";
    const FIRST: &str = "query($a: Int) { products(first: $a) { totalCount } }";
    let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));
    let wide: serde_json::Map<_, _> = (0..15_000).map(|n| (format!("a{n}"), json!(1))).collect();
    let x = "x".repeat(200_000);
    let mut attacks: Vec<_> = [
        ("100 levels", NODES, json!({ "a": deep })),
        ("100 levels that nobody asked for", "{ me { id } }", json!({ "a": deep })),
        ("15,000", FILTER, wide.clone().into()),
        ("an object of 15,000", FILTER, json!({ "a": wide })),
        ("ids", NODES, json!({ "a": vec!["x"; 50_000] })),
        ("9,000 ids", NODES, json!({ "a": vec!["x"; 9_000] })),
        ("101 ids", NODES, json!({ "a": vec!["x"; 101] })),
        ("lists that nobody asked for", "{ me { id } }", json!({ "a": vec![json!([]); 80_000] })),
        ("numbers that nobody asked for", "{ me { id } }", json!({ "a": vec![0; 120_000] })),
        ("an id", NODES, json!({ "a": [x] })),
        ("an id as a list", NODES, json!({ "a": "x" })),
        ("null", NODES, json!({ "a": null })),
        ("none", NODES, json!({})),
        ("NUL", NODES, json!({ "a": ["\0"] })),
        ("NUL in a name", NODES, json!({ "a": [], "b\0": 1 })),
        ("a name of 200 KB", NODES, json!({ "a": [], x.clone(): 1 })),
        ("a field of 200 KB", FILTER, json!({ "a": { x.clone(): 1 } })),
        ("a search of 200 KB", FILTER, json!({ "a": { "search": x } })),
        ("a search that is none", FILTER, json!({ "a": { "search": { "like": "%" } } })),
        ("a fraction", FIRST, json!({ "a": 1.5 })),
        ("beyond 32 bits", FIRST, json!({ "a": u64::MAX })),
        ("without bounds", FIRST, json!({ "a": 1e300 })),
        ("a truth", FIRST, json!({ "a": true })),
        ("a text", FIRST, json!({ "a": "1" })),
    ]
    .map(|(name, text, variables)| asking(format!("variables: {name}"), text, variables))
    .into();
    for (name, extensions) in [
        (
            "a hash that is not known",
            json!({ "persistedQuery": { "version": 1, "sha256Hash": "0".repeat(64) } }),
        ),
        ("a hash that is none", json!({ "persistedQuery": { "version": 1, "sha256Hash": "zz\0\u{202e}" } })),
        ("a hash of 200 KB", json!({ "persistedQuery": { "version": 1, "sha256Hash": x } })),
        ("version 2", json!({ "persistedQuery": { "version": 2, "sha256Hash": "0".repeat(64) } })),
        ("version -1", json!({ "persistedQuery": { "version": -1, "sha256Hash": "" } })),
        ("no hash", json!({ "persistedQuery": {} })),
        ("a list", json!({ "persistedQuery": [1, "0"] })),
    ] {
        attacks.push(body(format!("persisted: {name}"), json!({ "extensions": extensions }).to_string()));
        let with_query = json!({ "query": "{ me { id } }", "extensions": extensions });
        attacks.push(body(format!("persisted: {name}, and a document"), with_query.to_string()));
    }
    attacks.push(body("persisted: an id of 200 KB", json!({ "documentId": x }).to_string()));
    attacks
}
