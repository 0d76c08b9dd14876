//! Programs with API keys: how keys are made, used and revoked, and what they do not open.

use std::time::Duration;

use bodega::domain::{kernel::ports::Clock, rate_limit::RateLimitStatus};
use chrono::{SecondsFormat, TimeDelta};
use entity::{Permission, account::Kind, api_key};
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use crate::{
    operations::{
        ACCOUNT_BLOCK, ACCOUNT_DELETE, ADDRESS_CREATE, API_KEY_CREATE, API_KEY_PAGE, API_KEY_REVOKE,
        API_KEYS, CUSTOMERS, LOGOUT, ME, ME_AND_API_KEYS, NODE, ROLE_CREATE, ROLE_DELETE, ROLE_UPDATE, ROLES,
        STAFF_ASSIGN,
    },
    support::{Client, SOMEONES_PASSWORD, Socket, TestApp, context, texts},
};

const REVOKED: &str = "The API key is unknown, expired or was revoked.";

async fn create(client: &Client, input: Value) -> Value {
    client.mutate(API_KEY_CREATE, input).await.ok()
}

/// Asserts that a client sees this many keys.
async fn sees_keys(client: &Client, count: usize) {
    assert_eq!(client.query(API_KEYS, json!({})).await.data()["apiKeys"]["totalCount"], count);
}

/// A program that may do `permissions`, and its key's id.
async fn program(maker: &Client, permissions: &[&str]) -> (Client, Value) {
    let mut made = create(maker, json!({ "name": "Sync", "permissions": permissions })).await;
    (maker.with_token(made["key"].as_str().unwrap()), made["apiKey"]["id"].take())
}

#[tokio::test]
async fn api_key_is_shown_once_and_stored_as_a_hash() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let end = app.clock.now() + TimeDelta::days(30);
    let end = end.to_rfc3339_opts(SecondsFormat::Micros, true);
    let input = json!({ "name": "  Sync ", "permissions": ["ORDERS_VIEW", "SETTINGS_EDIT", "ORDERS_VIEW"],
        "expiresAt": end });
    let made = create(&admin, input).await;
    let key = made["key"].as_str().unwrap();
    assert!(key.starts_with("bdg_") && key.len() == 47, "{key}");
    let expected = json!({ "id": made["apiKey"]["id"], "name": "Sync",
        "permissions": ["ORDERS_VIEW", "SETTINGS_EDIT"], "createdBy": { "email": "admin@demo.example" },
        "expiresAt": end, "lastUsedAt": null, "revokedAt": null });
    assert_eq!(made["apiKey"], expected);

    let row = api_key::Entity::find().one(app.services().db.connection()).await.unwrap().unwrap();
    assert_eq!(row.token_hash.len(), 32);
    let stored = format!("{row:?}") + &String::from_utf8_lossy(&row.token_hash);
    assert!(!stored.contains(&key[4..]));
    let [entry] = app.audited("apiKeyCreate").await.try_into().unwrap();
    assert_eq!((entry.subject_id, entry.before), (Some(row.id.0), None));
    assert_eq!(entry.actor_id, row.created_by.map(|id| id.0));
    let after = entry.after.unwrap();
    assert_eq!((&after["name"], &after["permissions"]), (&json!("Sync"), &made["apiKey"]["permissions"]));
    assert!(after["expiresAt"].is_string() && !after.to_string().contains(&key[4..]));

    let program = admin.with_token(key);
    let data = program.query(ME_AND_API_KEYS, json!({})).await.data();
    assert_eq!(data, json!({ "me": null, "apiKeys": { "totalCount": 1, "nodes": [{ "name": "Sync" }] } }));
}

#[tokio::test]
async fn api_key_permissions_are_limited_to_those_of_its_creator() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[Permission::SettingsEdit, Permission::OrdersView]).await;
    let input = json!({ "name": "A", "permissions": ["ORDERS_VIEW", "STAFF_EDIT", "ORDERS_EDIT"] });
    let error =
        staff.mutate(API_KEY_CREATE, input).await.rejected("PermissionsNotHeld").at("input.permissions");
    assert_eq!(error["message"], "The permissions `ORDERS_EDIT` and `STAFF_EDIT` are required.");
    assert_eq!(error["permissions"], json!(["ORDERS_EDIT", "STAFF_EDIT"]));

    let nothing = app.staff_with(&[Permission::StaffEdit]).await;
    let input = json!({ "name": "A", "permissions": [] });
    nothing.mutate(API_KEY_CREATE, input).await.failed("FORBIDDEN", "SETTINGS_EDIT");
    nothing.query(API_KEYS, json!({})).await.failed("FORBIDDEN", "SETTINGS_EDIT");
}

#[tokio::test]
async fn api_key_name_and_expiry_are_validated() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let ten_years = app.clock.now() + TimeDelta::days(3660);
    let cases = [
        (json!({ "name": " " }), "name", "REQUIRED", "The name is missing."),
        (json!({ "name": "x".repeat(101) }), "name", "TOO_LONG", "The name is longer than 100 characters."),
        (json!({ "name": "a\nb" }), "name", "FORBIDDEN_CHARACTER", "The name contains a line break"),
        (json!({ "name": "a\u{202e}b" }), "name", "FORBIDDEN_CHARACTER", "The name contains a line break"),
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
        let errors = admin.mutate(API_KEY_CREATE, input).await.rejected("InvalidField");
        let error = errors.at(&format!("input.{field}"));
        assert_eq!(error["problem"], problem);
        assert!(error["message"].as_str().unwrap().starts_with(message), "{error}");
    }
    sees_keys(&admin, 0).await;
    assert!(app.audited("apiKeyCreate").await.is_empty());
}

#[tokio::test]
async fn api_key_revoke_counts_at_once_on_every_instance() {
    let app = TestApp::start().await;
    let other = app.another_instance().await;
    let admin = app.admin().await;
    let (program, id) = program(&admin, &["SETTINGS_EDIT"]).await;
    let elsewhere = other.anonymous().with_token(program.token.clone().unwrap());
    sees_keys(&elsewhere, 1).await;

    let revoked = admin.mutate(API_KEY_REVOKE, json!({ "id": id })).await.ok();
    assert!(revoked["apiKey"]["revokedAt"].is_string(), "{revoked}");
    for client in [&program, &elsewhere] {
        client.query(API_KEYS, json!({})).await.failed("UNAUTHENTICATED", REVOKED);
    }
    app.clock.advance(Duration::from_secs(60));
    let again = admin.mutate(API_KEY_REVOKE, json!({ "id": id })).await.ok();
    assert_eq!(again, revoked, "it stays as it is");
    for action in ["apiKeyCreate", "apiKeyRevoke"] {
        assert_eq!(app.audited(action).await.len(), 1, "{action}");
    }

    let unknown = json!({ "id": "BgAAAAAAAAAAAAAAAAAAAAA" });
    admin.mutate(API_KEY_REVOKE, unknown).await.rejected("NotFound").at("input.id");
    let me = admin.id().await;
    admin.mutate(API_KEY_REVOKE, json!({ "id": me })).await.failed("BAD_USER_INPUT", "not of an ApiKey");
}

#[tokio::test]
async fn api_key_expires() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let end = app.clock.now() + TimeDelta::minutes(10);
    let input = json!({ "name": "A", "permissions": ["SETTINGS_EDIT"], "expiresAt": end.to_rfc3339() });
    let program = admin.with_token(create(&admin, input).await["key"].as_str().unwrap());
    app.clock.advance(Duration::from_secs(9 * 60));
    program.query(API_KEYS, json!({})).await.data();
    app.clock.advance(Duration::from_secs(60));
    program.query(API_KEYS, json!({})).await.failed("UNAUTHENTICATED", REVOKED);
    sees_keys(&admin, 1).await; // It stays in the list.
}

#[tokio::test]
async fn api_key_last_use_is_recorded_to_the_minute() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (program, _) = program(&admin, &["SETTINGS_EDIT"]).await;
    let last_used = async || {
        let row = api_key::Entity::find().one(app.services().db.connection()).await.unwrap().unwrap();
        row.last_used_at
    };
    assert_eq!(last_used().await, None);
    program.query(API_KEYS, json!({})).await.data();
    let first = last_used().await.expect("it was used");
    app.clock.advance(Duration::from_secs(30));
    program.query(API_KEYS, json!({})).await.data();
    assert_eq!(last_used().await, Some(first), "within the same minute");
    app.clock.advance(Duration::from_secs(30));
    program.query(API_KEYS, json!({})).await.data();
    assert!(last_used().await.unwrap() - first >= TimeDelta::minutes(1));
    let shown = admin.query(API_KEYS, json!({})).await.data()["apiKeys"]["nodes"][0]["lastUsedAt"].take();
    assert!(shown.is_string(), "{shown}");
}

#[tokio::test]
async fn api_key_is_refused_where_an_account_is_needed() {
    let app = TestApp::start().await;
    let program = app.program_with(Permission::ALL).await;
    assert_eq!(program.query(ME, json!({})).await.data(), json!({ "me": null }));
    let address = json!({ "name": "A", "line1": "B", "city": "C", "countryCode": "US" });
    program.mutate(ADDRESS_CREATE, address).await.failed("FORBIDDEN", "API keys cannot use it");
    assert_eq!(program.mutate(LOGOUT, Value::Null).await.ok()["loggedOut"], false);
    sees_keys(&program, 1).await; // A logout does not end a key.

    for token in ["bdg_", "bdg_short", &format!("bdg_{}", "A".repeat(44)), "BDG_x"] {
        program.with_token(token).query(ME, json!({})).await.failed("UNAUTHENTICATED", "malformed");
    }
    let unknown = program.with_token(format!("bdg_{}", "A".repeat(43)));
    unknown.query(ME, json!({})).await.failed("UNAUTHENTICATED", REVOKED);
    let bare = program.token.as_deref().unwrap().strip_prefix("bdg_").unwrap();
    program.with_token(bare).query(ME, json!({})).await.failed("UNAUTHENTICATED", "session token is unknown");
}

#[tokio::test]
async fn api_keys_are_listed_newest_first_to_those_who_may_see_them() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for name in ["first", "second", "third"] {
        create(&admin, json!({ "name": name, "permissions": [] })).await;
    }
    let list = async |after: &Value| {
        let page = admin.query(API_KEY_PAGE, json!({ "first": 2, "after": after })).await;
        page.data()["apiKeys"].take()
    };
    let first = list(&Value::Null).await;
    assert_eq!(texts(&first["nodes"], "name"), ["third", "second"]);
    assert_eq!(first["totalCount"], 3);
    let (rest, statements) = app.counting_statements(list(&first["pageInfo"]["endCursor"])).await;
    assert_eq!(texts(&rest["nodes"], "name"), ["first"]);
    assert_eq!(rest["pageInfo"]["hasNextPage"], false);
    assert!(statements <= 4, "session, account, page and count");

    let id = json!({ "id": first["nodes"][0]["id"] });
    assert_eq!(admin.query(NODE, id.clone()).await.data()["node"]["name"], "third");
    let settings = app.staff_with(&[Permission::SettingsEdit]).await;
    assert_eq!(settings.query(NODE, id.clone()).await.data()["node"]["name"], "third");
    let data = settings.query(API_KEYS, json!({})).await.data();
    assert_eq!(data["apiKeys"]["nodes"][0]["createdBy"], Value::Null, "an admin is for STAFF_EDIT to see");
    for client in [app.customer().await, app.staff().await, app.anonymous()] {
        assert_eq!(client.query(NODE, id.clone()).await.data()["node"], Value::Null);
    }
}

#[tokio::test]
async fn api_key_has_a_rate_limit_of_its_own() {
    let app = TestApp::with_flags(&["--rate-account", "1000/100000s"]).await;
    let programs = [app.program_with(&[]).await, app.program_with(&[]).await];
    let charge = async |program: &Client| {
        let ctx = context(app.services(), "192.0.2.1", program.token.as_deref());
        let permit = ctx.admit(300).await.unwrap();
        let RateLimitStatus { policy, remaining, .. } = permit.status.unwrap();
        (policy.name, remaining)
    };
    assert_eq!(charge(&programs[0]).await, ("account", 700));
    assert_eq!(charge(&programs[0]).await, ("account", 400));
    assert_eq!(charge(&programs[1]).await, ("account", 700));
}

#[tokio::test]
async fn api_key_opens_a_websocket() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (program, id) = program(&admin, &["SETTINGS_EDIT"]).await;
    let mut socket = Socket::connect(&app, program.token.as_deref()).await;
    socket.subscribe("1", ME_AND_API_KEYS.text).await;
    let next = socket.receive().await;
    assert_eq!(
        next["payload"]["data"],
        json!({ "me": null, "apiKeys": { "totalCount": 1, "nodes": [{ "name": "Sync" }] } }),
        "{next}"
    );
    assert_eq!(socket.receive().await["type"], "complete");
    admin.mutate(API_KEY_REVOKE, json!({ "id": id })).await.ok();
    socket.subscribe("2", API_KEYS.text).await;
    let refused = socket.receive().await;
    assert_eq!(refused["payload"]["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{refused}");
}

/// Nobody comes back by a key after being shown the door.
#[tokio::test]
async fn api_key_is_revoked_when_its_creator_loses_permissions() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let rights = [Permission::SettingsEdit, Permission::StaffEdit, Permission::OrdersView];
    let (blocked, reduced) = (app.staff_with(&rights).await, app.staff_with(&rights).await);
    let (blocked_id, reduced_id) = (blocked.id().await, reduced.id().await);
    let (of_blocked, _) = program(&blocked, &["STAFF_EDIT"]).await;
    let (of_reduced, _) = program(&reduced, &["SETTINGS_EDIT"]).await;
    of_blocked.query(ROLES, json!({})).await.data();
    of_reduced.query(API_KEYS, json!({})).await.data();

    admin.mutate(ACCOUNT_BLOCK, json!({ "id": blocked_id })).await.ok();
    admin.mutate(STAFF_ASSIGN, json!({ "id": reduced_id, "roleIds": [] })).await.ok();
    of_blocked.query(ROLES, json!({})).await.failed("UNAUTHENTICATED", REVOKED);
    of_reduced.query(API_KEYS, json!({})).await.failed("FORBIDDEN", "SETTINGS_EDIT");
    assert_eq!(app.audited("apiKeyRevoke").await.len(), 1);
}

/// Otherwise a key, and what it has given, would outlive the person behind it.
#[tokio::test]
async fn api_key_gives_no_permissions() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (program, _) = program(&admin, &["SETTINGS_EDIT", "STAFF_EDIT", "CUSTOMERS_VIEW"]).await;
    let account = app.customer().await.id().await;
    let mut role = admin.mutate(ROLE_CREATE, json!({ "name": "R", "permissions": [] })).await.ok();
    let role = role["role"]["id"].take();
    for (mutation, input) in [
        (API_KEY_CREATE, json!({ "name": "A", "permissions": [] })),
        (ROLE_CREATE, json!({ "name": "S", "permissions": [] })),
        (ROLE_UPDATE, json!({ "id": role, "permissions": ["SETTINGS_EDIT"] })),
        (ROLE_DELETE, json!({ "id": role })),
        (STAFF_ASSIGN, json!({ "id": account, "roleIds": [role] })),
    ] {
        program.mutate(mutation, input).await.failed("FORBIDDEN", "API keys cannot use it");
    }
    assert_eq!(app.audited("apiKeyCreate").await.len(), 1, "the key that the admin made");
    assert_eq!(admin.query(ROLES, json!({})).await.data()["roles"]["nodes"][0]["name"], "R");
}

/// At once, by whatever the creator loses the permission, and until they have it again.
#[tokio::test]
async fn api_key_permissions_are_limited_to_those_of_its_creator_now() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let role = async |name: &str, permission: &str| {
        let input = json!({ "name": name, "permissions": [permission] });
        admin.mutate(ROLE_CREATE, input).await.ok()["role"]["id"].take()
    };
    let (keys, customers) = (role("Keys", "SETTINGS_EDIT").await, role("Customers", "CUSTOMERS_VIEW").await);
    let email = "creator@shop.example";
    let id = app.someone(email, Kind::Customer).await.id().await;
    let assign = async |roles: &[&Value]| {
        admin.mutate(STAFF_ASSIGN, json!({ "id": id, "roleIds": roles })).await.ok();
    };
    let update = async |permissions: &[&str]| {
        admin.mutate(ROLE_UPDATE, json!({ "id": customers, "permissions": permissions })).await.ok();
    };
    assign(&[&keys, &customers]).await;
    let creator = app.anonymous().login(email, SOMEONES_PASSWORD).await;
    let (program, _) = program(&creator, &["CUSTOMERS_VIEW", "SETTINGS_EDIT"]).await;
    program.query(CUSTOMERS, json!({})).await.data();

    update(&[]).await;
    program.query(CUSTOMERS, json!({})).await.failed("FORBIDDEN", "CUSTOMERS_VIEW");
    program.query(API_KEYS, json!({})).await.data();
    update(&["CUSTOMERS_VIEW"]).await;
    program.query(CUSTOMERS, json!({})).await.data();
    assign(&[&keys]).await;
    program.query(CUSTOMERS, json!({})).await.failed("FORBIDDEN", "CUSTOMERS_VIEW");
    assign(&[]).await;
    program.query(API_KEYS, json!({})).await.failed("FORBIDDEN", "SETTINGS_EDIT");

    assign(&[&keys]).await;
    program.query(API_KEYS, json!({})).await.data();
    let creator = app.anonymous().login(email, SOMEONES_PASSWORD).await;
    creator.mutate(ACCOUNT_DELETE, json!({ "password": SOMEONES_PASSWORD })).await.ok();
    program.query(API_KEYS, json!({})).await.failed("UNAUTHENTICATED", REVOKED);
}
