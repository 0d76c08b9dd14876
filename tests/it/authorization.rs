//! Who may call each root field, for every kind of viewer. A field without a row fails.

use std::collections::BTreeSet;

use entity::account::Kind;
use serde_json::{Value, json};

use crate::support::{Client, Reply, Socket, TestApp};

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
/// the owner's account, `$address` a new one of the owner's addresses, `$session` a new one of the owner's sessions.
type Row = (&'static str, &'static str, [Answer; 5]);

const EVERYBODY: [Answer; 5] = [Data; 5];
const SIGNED_IN: [Answer; 5] = [Nothing, Data, Data, Data, Data];

const QUERIES: &[Row] = &[
    ("accountExport", "accountExport", SIGNED_IN),
    ("categories", "categories(first: 1) { nodes { id } }", EVERYBODY),
    ("countries", "countries { code }", EVERYBODY),
    ("country", "country(code: \"US\") { name }", EVERYBODY),
    ("me", "me { id }", SIGNED_IN),
    ("node", "node(id: $id) { id }", [Nothing, Nothing, Data, Nothing, Data]),
    ("nodes", "nodes(ids: [$id]) { id }", [Nothing, Nothing, Data, Nothing, Data]),
    ("product", "product(slug: \"hand-grinder\") { id }", EVERYBODY),
    ("products", "products(first: 1) { nodes { id } }", EVERYBODY),
    ("sessions", "sessions { id }", SIGNED_IN),
];

const MUTATIONS: &[Row] = &[
    ("accountDelete", "accountDelete(input: { password: \"x\" }) { errors { __typename } }", SIGNED_IN),
    (
        "addressCreate",
        "addressCreate(input: { name: \"A\", line1: \"B\", city: \"C\", countryCode: \"US\" }) { errors { __typename } }",
        SIGNED_IN,
    ),
    (
        "addressDelete",
        "addressDelete(input: { id: $address }) { errors { __typename } }",
        [Nothing, Nothing, Data, Nothing, Nothing],
    ),
    (
        "addressUpdate",
        "addressUpdate(input: { id: $address, city: \"D\" }) { errors { __typename } }",
        [Nothing, Nothing, Data, Nothing, Nothing],
    ),
    (
        "emailChangeConfirm",
        "emailChangeConfirm(input: { token: \"x\" }) { errors { __typename } }",
        EVERYBODY,
    ),
    (
        "emailChangeRequest",
        "emailChangeRequest(input: { email: \"x@y.example\", password: \"x\" }) { errors { __typename } }",
        SIGNED_IN,
    ),
    ("emailVerify", "emailVerify(input: { token: \"x\" }) { errors { __typename } }", EVERYBODY),
    (
        "emailVerifyResend",
        "emailVerifyResend(input: { email: \"x@y.example\" }) { errors { __typename } }",
        EVERYBODY,
    ),
    (
        "login",
        "login(input: { email: \"a@b.example\", password: \"x\" }) { errors { __typename } }",
        EVERYBODY,
    ),
    (
        "loginSecondFactor",
        "loginSecondFactor(input: { challenge: \"x\", code: \"000000\" }) { errors { __typename } }",
        EVERYBODY,
    ),
    ("logout", "logout { loggedOut }", EVERYBODY),
    (
        "passwordChange",
        "passwordChange(input: { password: \"x\", newPassword: \"y\" }) { errors { __typename } }",
        SIGNED_IN,
    ),
    (
        "passwordReset",
        "passwordReset(input: { token: \"x\", newPassword: \"y\" }) { errors { __typename } }",
        EVERYBODY,
    ),
    (
        "passwordResetRequest",
        "passwordResetRequest(input: { email: \"x@y.example\" }) { errors { __typename } }",
        EVERYBODY,
    ),
    ("profileUpdate", "profileUpdate(input: { name: \"x\" }) { account { name } }", SIGNED_IN),
    ("register", "register(input: { email: \"x\", password: \"y\" }) { errors { __typename } }", EVERYBODY),
    (
        "sessionRevoke",
        "sessionRevoke(input: { id: $session }) { revokedId }",
        [Nothing, Nothing, Data, Nothing, Nothing],
    ),
    ("sessionsRevokeAll", "sessionsRevokeAll(input: { keepCurrent: true }) { count }", SIGNED_IN),
    (
        "secondFactorConfirm",
        "secondFactorConfirm(input: { code: \"x\" }) { errors { __typename } }",
        SIGNED_IN,
    ),
    (
        "secondFactorDisable",
        "secondFactorDisable(input: { password: \"x\", code: \"x\" }) { errors { __typename } }",
        SIGNED_IN,
    ),
    (
        "secondFactorEnrol",
        "secondFactorEnrol(input: { password: \"x\" }) { errors { __typename } }",
        SIGNED_IN,
    ),
    (
        "secondFactorRecoveryCodesRenew",
        "secondFactorRecoveryCodesRenew(input: { password: \"x\", code: \"x\" }) { errors { __typename } }",
        SIGNED_IN,
    ),
    (
        "secondFactorReset",
        "secondFactorReset(input: { accountId: $id }) { errors { __typename } }",
        [Nothing, Nothing, Nothing, Nothing, Data],
    ),
];

/// Subscriptions: the first answer of each is an error for those who get nothing, and does not come before something
/// happens for the others.
const SUBSCRIPTIONS: &[Row] = &[("sessionRevoked", "sessionRevoked { isCurrent }", SIGNED_IN)];

async fn fields(app: &TestApp, root: &str) -> BTreeSet<String> {
    let data =
        app.anonymous().query(&format!("{{ __schema {{ {root} {{ fields {{ name }} }} }} }}")).await.data();
    let fields = data["__schema"][root]["fields"].as_array().unwrap().iter();
    fields.map(|field| field["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn every_root_field_has_a_row() {
    let app = TestApp::start().await;
    for (root, rows) in
        [("queryType", QUERIES), ("mutationType", MUTATIONS), ("subscriptionType", SUBSCRIPTIONS)]
    {
        let rows = rows.iter().map(|(field, _, _)| (*field).to_owned()).collect();
        assert_eq!(fields(&app, root).await, rows, "{root}");
    }
}

/// Every kind of viewer, those who are made for it named after `field`.
async fn viewers(app: &TestApp, field: &str) -> [(&'static str, Client); 5] {
    [
        ("anonymous", app.anonymous()),
        ("another customer", app.someone(&format!("other-{field}@demo.example"), Kind::Customer).await),
        ("the owner", app.customer().await),
        ("staff", app.staff().await),
        ("an admin", app.someone(&format!("admin-{field}@demo.example"), Kind::Admin).await),
    ]
}

/// What a reply comes to. Nothing is null, a payload that says so, to be sent to the login, or to be told which permission
/// it takes.
fn answer(reply: &Reply, field: &str) -> Answer {
    let json = reply.json();
    if json["errors"][0]["extensions"]["code"] == "FORBIDDEN" {
        reply.refused("FORBIDDEN", "This needs the permission");
        return Nothing;
    }
    if json.get("errors").is_some() {
        reply.refused("UNAUTHENTICATED", "Log in first");
        return Nothing;
    }
    let data = &json["data"][field];
    let error = data["errors"][0]["__typename"].as_str().unwrap_or_default();
    let is_empty = data.as_object().is_some_and(|payload| payload.values().all(Value::is_null));
    if is_empty || [Value::Null, json!([null])].contains(data) || error.ends_with("NotFound") {
        Nothing
    } else {
        Data
    }
}

async fn new_address(owner: &Client) -> Value {
    let create =
        "mutation { addressCreate(input: { name: \"A\", line1: \"B\", city: \"C\", countryCode: \"US\" }) {
        address { id } } }";
    owner.query(create).await.data()["addressCreate"]["address"]["id"].take()
}

#[tokio::test]
async fn every_viewer_gets_what_is_theirs() {
    let app = TestApp::start().await;
    let owner = app.customer().await;
    let id = owner.query("{ me { id } }").await.data()["me"]["id"].take();
    for (kind, rows) in [("query", QUERIES), ("mutation", MUTATIONS)] {
        for (field, call, expected) in rows {
            let viewers = viewers(&app, field).await;
            let mut variables = json!({ "id": id });
            if call.contains("$address") {
                variables["address"] = new_address(&app.customer().await).await;
            }
            if call.contains("$session") {
                let sessions = app.customer().await.query("{ sessions { id } }").await.data();
                variables["session"] = sessions["sessions"][0]["id"].clone();
            }
            let names =
                ["id", "address", "session"].map(|name| (format!("${name}"), format!("${name}: ID!")));
            let declared: String = names
                .into_iter()
                .filter(|(name, _)| call.contains(name.as_str()))
                .map(|(_, declaration)| declaration)
                .collect();
            let declared = if declared.is_empty() { declared } else { format!("({declared})") };
            for ((viewer, client), expected) in viewers.into_iter().zip(expected) {
                let reply = client.ask(&format!("{kind} {declared} {{ {call} }}"), variables.clone()).await;
                assert_eq!(answer(&reply, field), *expected, "{field} for {viewer}: {}", reply.text);
            }
        }
    }
}

#[tokio::test]
async fn every_viewer_hears_what_concerns_them() {
    let app = TestApp::start().await;
    for (field, call, expected) in SUBSCRIPTIONS {
        let mut ears = Vec::new();
        for ((viewer, client), expected) in viewers(&app, field).await.into_iter().zip(expected) {
            let mut socket = Socket::connect(&app, client.token.as_deref()).await;
            socket.subscribe("1", &format!("subscription {{ {call} }}")).await;
            socket.subscribe("2", "{ __typename }").await;
            let heard = match expected {
                Nothing => {
                    let mut first = socket.receive().await;
                    while first["id"] != "1" {
                        first = socket.receive().await;
                    }
                    first
                }
                Data => socket.receive().await,
            };
            let code = &heard["payload"]["errors"][0]["extensions"]["code"];
            match expected {
                Nothing => assert_eq!(code, "UNAUTHENTICATED", "{field} for {viewer}: {heard}"),
                Data => {
                    assert_eq!(heard["id"], "2", "{field} for {viewer}: {heard}");
                    assert_eq!(socket.receive().await["type"], "complete");
                }
            }
            ears.push((viewer, socket));
        }
        // Something happens to the owner only. Once the owner has heard of it, the others would have, too.
        let (mut owner, others): (Vec<_>, Vec<_>) =
            ears.into_iter().skip(1).partition(|(viewer, _)| *viewer == "the owner");
        let event = app.end_sessions_until(owner[0].1.receive()).await;
        assert_eq!(event["type"], "next");
        for (viewer, mut socket) in others {
            socket.send(json!({ "type": "ping" })).await;
            assert_eq!(socket.receive().await["type"], "pong", "{viewer}");
        }
    }
}
