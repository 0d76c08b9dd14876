//! Who may call each root field, for every kind of viewer. A field without a row fails.

use std::collections::BTreeSet;

use entity::account::Role;
use serde_json::{Value, json};

use crate::support::{Client, TestApp};

/// What a viewer gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    /// What was asked for.
    Data,
    /// The same answer as for something that does not exist.
    Nothing,
}
use Answer::{Data, Nothing};

/// A root field, how it is called, and the answer for: anonymous, another customer, the owner, staff, an admin. `$id` is
/// the owner's account.
type Row = (&'static str, &'static str, [Answer; 5]);

const EVERYBODY: [Answer; 5] = [Data; 5];

const QUERIES: &[Row] = &[
    ("categories", "categories(first: 1) { nodes { id } }", EVERYBODY),
    ("me", "me { id }", [Nothing, Data, Data, Data, Data]),
    ("node", "node(id: $id) { id }", [Nothing, Nothing, Data, Nothing, Nothing]),
    ("nodes", "nodes(ids: [$id]) { id }", [Nothing, Nothing, Data, Nothing, Nothing]),
    ("product", "product(slug: \"hand-grinder\") { id }", EVERYBODY),
    ("products", "products(first: 1) { nodes { id } }", EVERYBODY),
];

const MUTATIONS: &[Row] = &[
    (
        "login",
        "login(input: { email: \"a@b.example\", password: \"x\" }) { errors { __typename } }",
        EVERYBODY,
    ),
    ("logout", "logout { loggedOut }", EVERYBODY),
];

async fn fields(app: &TestApp, root: &str) -> BTreeSet<String> {
    let data =
        app.anonymous().query(&format!("{{ __schema {{ {root} {{ fields {{ name }} }} }} }}")).await.data();
    let fields = data["__schema"][root]["fields"].as_array().unwrap().iter();
    fields.map(|field| field["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn every_root_field_has_a_row() {
    let app = TestApp::start().await;
    for (root, rows) in [("queryType", QUERIES), ("mutationType", MUTATIONS)] {
        let rows = rows.iter().map(|(field, _, _)| (*field).to_owned()).collect();
        assert_eq!(fields(&app, root).await, rows, "{root}");
    }
}

#[tokio::test]
async fn every_viewer_gets_what_is_theirs() {
    let app = TestApp::start().await;
    let owner = app.customer().await;
    let id = owner.query("{ me { id } }").await.data()["me"]["id"].take();
    for (kind, rows) in [("query", QUERIES), ("mutation", MUTATIONS)] {
        for (field, call, expected) in rows {
            let viewers: [(&str, Client); 5] = [
                ("anonymous", app.anonymous()),
                (
                    "another customer",
                    app.someone(&format!("other-{field}@demo.example"), Role::Customer).await,
                ),
                ("the owner", app.customer().await),
                ("staff", app.staff().await),
                ("an admin", app.someone(&format!("admin-{field}@demo.example"), Role::Admin).await),
            ];
            for ((viewer, client), expected) in viewers.into_iter().zip(expected) {
                let declare = if call.contains("$id") { "($id: ID!)" } else { "" };
                let data =
                    client.ask(&format!("{kind} {declare} {{ {call} }}"), json!({ "id": id })).await.data();
                let nothing = [Value::Null, json!([null])].contains(&data[*field]);
                assert_eq!(if nothing { Nothing } else { Data }, *expected, "{field} for {viewer}: {data}");
            }
        }
    }
}
