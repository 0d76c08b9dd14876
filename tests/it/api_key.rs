//! Programs with API keys: how keys are made, used and revoked, and what they do not open.

use std::time::Duration;

use bodega::domain::{
    context::OpContext,
    identity::{Caller, Credentials},
    kernel::ports::Clock,
    rate_limit::RateLimitStatus,
};
use chrono::{SecondsFormat, TimeDelta};
use entity::{Permission, account::Kind, api_key, audit_entry};
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::{Value, json};

use crate::support::{Client, Socket, TestApp};

const CREATE: &str = "mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { key
    apiKey { id name permissions createdBy { email } expiresAt lastUsedAt revokedAt }
    errors { __typename ... on UserError { message path } ... on InvalidField { problem }
        ... on PermissionsNotHeld { permissions } } } }";
const REVOKE: &str = "mutation ($id: ID!) { apiKeyRevoke(input: { id: $id }) {
    apiKey { id revokedAt } errors { __typename ... on UserError { message path } } } }";
const KEYS: &str = "{ apiKeys { totalCount nodes { name lastUsedAt revokedAt createdBy { email } } } }";
const REVOKED: &str = "The API key is unknown, expired or was revoked.";

async fn admin(app: &TestApp) -> Client {
    app.someone("boss@demo.example", Kind::Admin).await
}

async fn create(client: &Client, input: Value) -> Value {
    client.ask(CREATE, json!({ "input": input })).await.data()["apiKeyCreate"].take()
}

/// A program that may do `permissions`, and its key's id.
async fn program(maker: &Client, permissions: &[&str]) -> (Client, Value) {
    let mut made = create(maker, json!({ "name": "Sync", "permissions": permissions })).await;
    assert_eq!(made["errors"], json!([]));
    (maker.with_token(made["key"].as_str().unwrap()), made["apiKey"]["id"].take())
}

async fn entries(app: &TestApp) -> Vec<audit_entry::Model> {
    let entries = audit_entry::Entity::find().order_by_asc(audit_entry::Column::Id);
    let entries = entries.all(app.services().db.connection()).await.unwrap();
    entries.into_iter().filter(|entry| entry.action.starts_with("apiKey")).collect()
}

#[tokio::test]
async fn a_key_is_shown_once_and_only_its_hash_is_stored() {
    let app = TestApp::start().await;
    let admin = admin(&app).await;
    let end = app.clock.now() + TimeDelta::days(30);
    let end = end.to_rfc3339_opts(SecondsFormat::Micros, true);
    let input = json!({ "name": "  Sync ", "permissions": ["ORDERS_VIEW", "SETTINGS_EDIT", "ORDERS_VIEW"],
        "expiresAt": end });
    let made = create(&admin, input).await;
    let key = made["key"].as_str().unwrap();
    assert!(key.starts_with("bdg_") && key.len() == 47, "{key}");
    let expected = json!({ "id": made["apiKey"]["id"], "name": "Sync",
        "permissions": ["ORDERS_VIEW", "SETTINGS_EDIT"], "createdBy": { "email": "boss@demo.example" },
        "expiresAt": end, "lastUsedAt": null, "revokedAt": null });
    assert_eq!(made["apiKey"], expected);
    assert_eq!(made["errors"], json!([]));

    let row = api_key::Entity::find().one(app.services().db.connection()).await.unwrap().unwrap();
    assert_eq!(row.token_hash.len(), 32);
    let stored = format!("{row:?}") + &String::from_utf8_lossy(&row.token_hash);
    assert!(!stored.contains(&key[4..]));
    let [entry] = entries(&app).await.try_into().unwrap();
    assert_eq!((entry.action.as_str(), entry.subject_id), ("apiKeyCreate", Some(row.id.0)));
    assert_eq!((entry.actor_id, entry.before), (row.created_by.map(|id| id.0), None));
    let after = entry.after.unwrap();
    assert_eq!((&after["name"], &after["permissions"]), (&json!("Sync"), &made["apiKey"]["permissions"]));
    assert!(after["expiresAt"].is_string() && !after.to_string().contains(&key[4..]));

    let program = admin.with_token(key);
    let data = program.run("{ me { id } apiKeys { totalCount nodes { name } } }").await.data();
    assert_eq!(data, json!({ "me": null, "apiKeys": { "totalCount": 1, "nodes": [{ "name": "Sync" }] } }));
}

#[tokio::test]
async fn nobody_gives_a_right_that_they_do_not_have() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[Permission::SettingsEdit, Permission::OrdersView]).await;
    let input = json!({ "name": "A", "permissions": ["ORDERS_VIEW", "STAFF_EDIT", "ORDERS_EDIT"] });
    let refused = json!({ "key": null, "apiKey": null, "errors": [{ "__typename": "PermissionsNotHeld",
        "message": "You cannot give permissions that you do not have: ORDERS_EDIT STAFF_EDIT.",
        "path": ["input", "permissions"], "permissions": ["ORDERS_EDIT", "STAFF_EDIT"] }] });
    assert_eq!(create(&staff, input).await, refused);

    let (program, _) = program(&staff, &["SETTINGS_EDIT"]).await;
    let beyond = create(&program, json!({ "name": "B", "permissions": ["ORDERS_VIEW"] })).await;
    assert_eq!(
        beyond["errors"][0]["permissions"],
        json!(["ORDERS_VIEW"]),
        "its maker's rights are not its own"
    );
    let within = create(&program, json!({ "name": "C", "permissions": ["SETTINGS_EDIT"] })).await;
    assert_eq!((&within["errors"], &within["apiKey"]["createdBy"]), (&json!([]), &Value::Null));
    assert_eq!(entries(&app).await.len(), 2, "of those that were made");

    let nothing = app.staff_with(&[Permission::StaffEdit]).await;
    let input = json!({ "input": { "name": "A", "permissions": [] } });
    nothing.ask(CREATE, input).await.failed("FORBIDDEN", "SETTINGS_EDIT");
    nothing.run(KEYS).await.failed("FORBIDDEN", "SETTINGS_EDIT");
}

#[tokio::test]
async fn names_and_ends_that_cannot_be_are_refused() {
    let app = TestApp::start().await;
    let admin = admin(&app).await;
    let ten_years = app.clock.now() + TimeDelta::days(3660);
    let cases = [
        (json!({ "name": " " }), "name", "REQUIRED", "The name is missing."),
        (json!({ "name": "x".repeat(101) }), "name", "TOO_LONG", "The name is longer than 100 characters."),
        (json!({ "name": "a\nb" }), "name", "FORBIDDEN_CHARACTER", "The name holds a line break"),
        (json!({ "name": "a\u{202e}b" }), "name", "FORBIDDEN_CHARACTER", "The name holds a line break"),
        (json!({ "name": "\u{200b}" }), "name", "FORBIDDEN_CHARACTER", "The name has no visible character."),
        (
            json!({ "name": "A", "expiresAt": app.clock.now().to_rfc3339() }),
            "expiresAt",
            "OUT_OF_RANGE",
            "The key must expire in the future.",
        ),
        (
            json!({ "name": "A", "expiresAt": ten_years.to_rfc3339() }),
            "expiresAt",
            "OUT_OF_RANGE",
            "The key must expire within ten years.",
        ),
    ];
    for (mut input, field, problem, message) in cases {
        input["permissions"] = json!([]);
        let refused = create(&admin, input).await;
        let error = &refused["errors"][0];
        assert_eq!((&error["problem"], &error["path"]), (&json!(problem), &json!(["input", field])));
        assert!(error["message"].as_str().unwrap().starts_with(message), "{error}");
        assert_eq!((&refused["key"], &refused["apiKey"]), (&Value::Null, &Value::Null));
    }
    assert_eq!(admin.run(KEYS).await.data()["apiKeys"]["totalCount"], 0);
    assert!(entries(&app).await.is_empty());
}

#[tokio::test]
async fn a_revoked_key_is_dead_at_once_on_every_instance() {
    let app = TestApp::start().await;
    let other = app.another_instance().await;
    let admin = admin(&app).await;
    let (program, id) = program(&admin, &["SETTINGS_EDIT"]).await;
    let elsewhere = other.anonymous().with_token(program.token.clone().unwrap());
    assert_eq!(elsewhere.run(KEYS).await.data()["apiKeys"]["totalCount"], 1);

    let revoked = admin.ask(REVOKE, json!({ "id": id })).await.data()["apiKeyRevoke"].take();
    assert!(revoked["apiKey"]["revokedAt"].is_string() && revoked["errors"] == json!([]), "{revoked}");
    for client in [&program, &elsewhere] {
        client.run(KEYS).await.failed("UNAUTHENTICATED", REVOKED);
    }
    app.clock.advance(Duration::from_secs(60));
    let again = admin.ask(REVOKE, json!({ "id": id })).await.data()["apiKeyRevoke"].take();
    assert_eq!(again, revoked, "it stays as it is");
    let entries = entries(&app).await;
    assert_eq!(
        entries.iter().map(|entry| &*entry.action).collect::<Vec<_>>(),
        ["apiKeyCreate", "apiKeyRevoke"]
    );

    let unknown = json!({ "id": "BgAAAAAAAAAAAAAAAAAAAAA" });
    let unknown = admin.ask(REVOKE, unknown).await.data()["apiKeyRevoke"].take();
    assert_eq!(unknown["errors"][0]["__typename"], "NotFound");
    let me = admin.run("{ me { id } }").await.data()["me"]["id"].take();
    admin.ask(REVOKE, json!({ "id": me })).await.failed("BAD_USER_INPUT", "not of an ApiKey");
}

#[tokio::test]
async fn a_key_expires() {
    let app = TestApp::start().await;
    let admin = admin(&app).await;
    let end = app.clock.now() + TimeDelta::minutes(10);
    let input = json!({ "name": "A", "permissions": ["SETTINGS_EDIT"], "expiresAt": end.to_rfc3339() });
    let program = admin.with_token(create(&admin, input).await["key"].as_str().unwrap());
    app.clock.advance(Duration::from_secs(9 * 60));
    program.run(KEYS).await.data();
    app.clock.advance(Duration::from_secs(60));
    program.run(KEYS).await.failed("UNAUTHENTICATED", REVOKED);
    assert_eq!(admin.run(KEYS).await.data()["apiKeys"]["totalCount"], 1, "it stays in the list");
}

#[tokio::test]
async fn the_last_use_is_noted_to_a_minute() {
    let app = TestApp::start().await;
    let admin = admin(&app).await;
    let (program, _) = program(&admin, &["SETTINGS_EDIT"]).await;
    let last_used = async || {
        let row = api_key::Entity::find().one(app.services().db.connection()).await.unwrap().unwrap();
        row.last_used_at
    };
    assert_eq!(last_used().await, None);
    program.run(KEYS).await.data();
    let first = last_used().await.expect("it was used");
    app.clock.advance(Duration::from_secs(30));
    program.run(KEYS).await.data();
    assert_eq!(last_used().await, Some(first), "within the same minute");
    app.clock.advance(Duration::from_secs(30));
    program.run(KEYS).await.data();
    assert!(last_used().await.unwrap() - first >= TimeDelta::minutes(1));
    let shown = admin.run(KEYS).await.data()["apiKeys"]["nodes"][0]["lastUsedAt"].take();
    assert!(shown.is_string(), "{shown}");
}

#[tokio::test]
async fn what_is_for_people_refuses_programs() {
    let app = TestApp::start().await;
    let program = app.program_with(Permission::ALL).await;
    assert_eq!(program.run("{ me { id } }").await.data(), json!({ "me": null }));
    let create =
        "mutation { addressCreate(input: { name: \"A\", line1: \"B\", city: \"C\", countryCode: \"US\" }) {
        errors { __typename } } }";
    program.run(create).await.failed("FORBIDDEN", "not for API keys");
    assert_eq!(
        program.run("mutation { logout { loggedOut } }").await.data(),
        json!({ "logout": { "loggedOut": false } })
    );
    assert_eq!(program.run(KEYS).await.data()["apiKeys"]["totalCount"], 1, "a logout does not end a key");

    for token in ["bdg_", "bdg_short", &format!("bdg_{}", "A".repeat(44)), "BDG_x"] {
        program.with_token(token).run("{ me { id } }").await.failed("UNAUTHENTICATED", "malformed");
    }
    let unknown = program.with_token(format!("bdg_{}", "A".repeat(43)));
    unknown.run("{ me { id } }").await.failed("UNAUTHENTICATED", REVOKED);
    let bare = program.token.as_deref().unwrap().strip_prefix("bdg_").unwrap();
    program.with_token(bare).run("{ me { id } }").await.failed("UNAUTHENTICATED", "session token is unknown");
}

#[tokio::test]
async fn keys_are_listed_newest_first_to_those_who_may_see_them() {
    let app = TestApp::start().await;
    let admin = admin(&app).await;
    for name in ["first", "second", "third"] {
        create(&admin, json!({ "name": name, "permissions": [] })).await;
    }
    let page = "query ($after: String) { apiKeys(first: 2, after: $after) { totalCount nodes { id name }
        pageInfo { hasNextPage endCursor } } }";
    let first = admin.ask(page, json!({})).await.data()["apiKeys"].take();
    let names = |page: &Value| {
        let nodes = page["nodes"].as_array().unwrap();
        nodes.iter().map(|node| node["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!((names(&first), &first["totalCount"]), (vec!["third".into(), "second".into()], &json!(3)));
    let before = app.statements();
    let rest = admin.ask(page, json!({ "after": first["pageInfo"]["endCursor"] })).await.data();
    assert_eq!(names(&rest["apiKeys"]), ["first"]);
    assert_eq!(rest["apiKeys"]["pageInfo"]["hasNextPage"], false);
    assert!(app.statements() - before <= 4, "session, account, page and count");

    let node = "query ($id: ID!) { node(id: $id) { ... on ApiKey { name } } }";
    let id = json!({ "id": first["nodes"][0]["id"] });
    assert_eq!(admin.ask(node, id.clone()).await.data()["node"]["name"], "third");
    let settings = app.staff_with(&[Permission::SettingsEdit]).await;
    assert_eq!(settings.ask(node, id.clone()).await.data()["node"]["name"], "third");
    let data = settings.run(KEYS).await.data();
    assert_eq!(data["apiKeys"]["nodes"][0]["createdBy"], Value::Null, "an admin is for STAFF_EDIT to see");
    for client in [app.customer().await, app.staff().await, app.anonymous()] {
        assert_eq!(client.ask(node, id.clone()).await.data()["node"], Value::Null);
    }
}

#[tokio::test]
async fn each_key_has_its_own_points() {
    let app = TestApp::with_flags(&["--rate-account", "1000/100000s"]).await;
    let programs = [app.program_with(&[]).await, app.program_with(&[]).await];
    let charge = async |program: &Client| {
        let credentials = Credentials::parse(program.token.as_deref().unwrap());
        let ip_address = "192.0.2.1".parse().unwrap();
        let caller = Caller { ip_address, credentials, by_cookie: false, user_agent: None };
        let ctx = OpContext::new(app.services().clone().into(), caller);
        let permit = ctx.admit(300).await.unwrap();
        let RateLimitStatus { policy, remaining, .. } = permit.status.unwrap();
        (policy.name, remaining)
    };
    assert_eq!(charge(&programs[0]).await, ("account", 700));
    assert_eq!(charge(&programs[0]).await, ("account", 400));
    assert_eq!(charge(&programs[1]).await, ("account", 700));
}

#[tokio::test]
async fn a_websocket_takes_a_key() {
    let app = TestApp::start().await;
    let admin = admin(&app).await;
    let (program, id) = program(&admin, &["SETTINGS_EDIT"]).await;
    let mut socket = Socket::connect(&app, program.token.as_deref()).await;
    socket.subscribe("1", "{ me { id } apiKeys { totalCount } }").await;
    let next = socket.receive().await;
    assert_eq!(next["payload"]["data"], json!({ "me": null, "apiKeys": { "totalCount": 1 } }), "{next}");
    assert_eq!(socket.receive().await["type"], "complete");
    admin.ask(REVOKE, json!({ "id": id })).await.data();
    socket.subscribe("2", KEYS).await;
    let refused = socket.receive().await;
    assert_eq!(refused["payload"]["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{refused}");
}

/// Nobody comes back by a key after being shown the door.
#[tokio::test]
async fn a_key_goes_with_the_rights_of_who_made_it() {
    let app = TestApp::start().await;
    let admin = admin(&app).await;
    let rights = [Permission::SettingsEdit, Permission::StaffEdit, Permission::OrdersView];
    let (blocked, reduced) = (app.staff_with(&rights).await, app.staff_with(&rights).await);
    let id = async |client: &Client| client.run("{ me { id } }").await.data()["me"]["id"].take();
    let (blocked_id, reduced_id) = (id(&blocked).await, id(&reduced).await);
    let (of_blocked, _) = program(&blocked, &["STAFF_EDIT"]).await;
    let (of_reduced, _) = program(&reduced, &["SETTINGS_EDIT"]).await;
    of_blocked.run("{ roles { totalCount } }").await.data();
    of_reduced.run("{ apiKeys { totalCount } }").await.data();

    let block = "mutation ($id: ID!) { accountBlock(input: { id: $id }) { errors { __typename } } }";
    admin.ask(block, json!({ "id": blocked_id })).await.data();
    let assign =
        "mutation ($id: ID!) { staffAssign(input: { id: $id, roleIds: [] }) { errors { __typename } } }";
    admin.ask(assign, json!({ "id": reduced_id })).await.data();
    of_blocked.run("{ roles { totalCount } }").await.failed("UNAUTHENTICATED", REVOKED);
    of_reduced.run("{ apiKeys { totalCount } }").await.failed("UNAUTHENTICATED", REVOKED);
    let revoked = entries(&app).await.into_iter().filter(|entry| entry.action == "apiKeyRevoke").count();
    assert_eq!(revoked, 2);
}

#[tokio::test]
async fn a_key_makes_none_that_outlives_it() {
    let app = TestApp::start().await;
    let admin = admin(&app).await;
    let at = |days| (app.clock.now() + TimeDelta::days(days)).to_rfc3339_opts(SecondsFormat::Micros, true);
    let made =
        create(&admin, json!({ "name": "CI", "permissions": ["SETTINGS_EDIT"], "expiresAt": at(2) })).await;
    let program = admin.with_token(made["key"].as_str().unwrap());
    for end in [Value::Null, json!(at(3))] {
        let child = create(&program, json!({ "name": "Child", "permissions": [], "expiresAt": end })).await;
        assert_eq!(
            (&child["key"], &child["errors"][0]["path"]),
            (&Value::Null, &json!(["input", "expiresAt"]))
        );
    }
    let child = create(&program, json!({ "name": "Child", "permissions": [], "expiresAt": at(1) })).await;
    assert_eq!(child["errors"], json!([]));
}
