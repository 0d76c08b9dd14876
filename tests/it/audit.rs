//! The audit log: who may read it, what can be looked for, and that nobody changes it.

use std::time::Duration;

use bodega::domain::kernel::ports::Clock;
use chrono::SecondsFormat;
use entity::{AuditEntryId, Permission, account::Kind, audit_entry};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ConnectionTrait, DbBackend, EntityTrait, Statement, TransactionTrait,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Client, Stack, TestApp, TestDatabase, stack};

const LIST: &str = "query ($filter: AuditEntryFilter) { auditEntries(filter: $filter) { totalCount nodes {
    action succeeded actor { kind id account { email } apiKey { name } } subjectType subjectId ipAddress before after
} } }";

async fn list(client: &Client, filter: Value) -> Vec<Value> {
    let page = client.ask(LIST, json!({ "filter": filter })).await.data()["auditEntries"].take();
    let nodes = page["nodes"].as_array().unwrap().clone();
    assert_eq!(page["totalCount"], nodes.len());
    nodes
}

async fn actions(client: &Client, filter: Value) -> Vec<String> {
    let nodes = list(client, filter).await;
    nodes.iter().map(|node| node["action"].as_str().unwrap().to_owned()).collect()
}

/// An entry as the operator would write it, at this many seconds from now.
fn entry(app: &TestApp, action: &str, seconds: i64) -> audit_entry::ActiveModel {
    let at = app.services().clock.now() + chrono::TimeDelta::seconds(seconds);
    audit_entry::ActiveModel {
        id: Set(AuditEntryId(app.services().random.id(at))),
        at: Set(at),
        actor_kind: Set(audit_entry::ActorKind::Operator),
        actor_id: Set(None),
        action: Set(action.to_owned()),
        succeeded: Set(true),
        subject_kind: Set(None),
        subject_id: Set(None),
        ip_address: Set(None),
        before: Set(None),
        after: Set(None),
    }
}

#[tokio::test]
async fn entries_tell_who_did_what_to_what() {
    let app = TestApp::start().await;
    let admin = app.someone("boss@demo.example", Kind::Admin).await;
    let program = app.program_with(&[Permission::SettingsEdit]).await;
    let create = "mutation { apiKeyCreate(input: { name: \"Sync\", permissions: [SETTINGS_EDIT] }) { apiKey { id } } }";
    let by_admin = admin.run(create).await.data()["apiKeyCreate"]["apiKey"]["id"].take();
    app.clock.advance(Duration::from_secs(1));
    let revoke = "mutation ($id: ID!) { apiKeyRevoke(input: { id: $id }) { apiKey { id } } }";
    program.ask(revoke, json!({ "id": by_admin })).await.data();

    let nodes = list(&admin, json!({ "subject": by_admin })).await;
    let [newest, oldest] = &nodes[..] else { panic!("{nodes:?}") };
    let me = admin.id().await;
    let actor =
        json!({ "kind": "ACCOUNT", "id": me, "account": { "email": "boss@demo.example" }, "apiKey": null });
    let after = json!({ "name": "Sync", "permissions": ["SETTINGS_EDIT"], "expiresAt": null });
    let expected = json!({ "action": "apiKeyCreate", "succeeded": true, "actor": actor, "subjectType": "ApiKey",
        "subjectId": by_admin, "ipAddress": "127.0.0.1", "before": null, "after": after });
    assert_eq!(*oldest, expected);
    assert_eq!((&newest["actor"]["kind"], &newest["actor"]["account"]), (&json!("API_KEY"), &Value::Null));
    assert!(newest["actor"]["apiKey"]["name"].as_str().unwrap().starts_with("Program"));
    assert_eq!((&newest["subjectId"], &newest["action"]), (&by_admin, &json!("apiKeyRevoke")));

    let seen = list(&program, json!({ "subject": by_admin, "action": "apiKeyCreate" })).await;
    assert_eq!(
        (seen.len(), &seen[0]["actor"]["account"]),
        (1, &Value::Null),
        "an account is for others to see"
    );
    assert_eq!(seen[0]["actor"]["id"], me);
    assert_eq!(
        list(&admin, json!({ "actor": me, "action": "apiKeyCreate" })).await,
        std::slice::from_ref(oldest)
    );
    assert_eq!(list(&admin, json!({ "actor": newest["actor"]["id"] })).await, std::slice::from_ref(newest));

    let operators = audit_entry::ActiveModel {
        subject_kind: Set(Some("Nothing".to_owned())),
        subject_id: Set(Some(Uuid::nil())),
        ..entry(&app, "c", 0)
    };
    operators.insert(app.services().db.connection()).await.unwrap();
    let seen = list(&admin, json!({ "action": "c" })).await;
    assert_eq!(
        (&seen[0]["subjectType"], &seen[0]["subjectId"]),
        (&json!("Nothing"), &Value::Null),
        "no such type"
    );
    assert_eq!(seen[0]["actor"], json!({ "kind": "OPERATOR", "id": null, "account": null, "apiKey": null }));
    app.customer().await.run("mutation { logout { loggedOut } }").await.data();
    let logout = list(&admin, json!({ "action": "logout" })).await;
    assert_eq!(logout[0]["subjectType"], "Session");
    assert!(logout[0]["subjectId"].is_string(), "{logout:?}");

    let node = "query ($id: ID!) { node(id: $id) { ... on AuditEntry { action } } }";
    let ids = "{ auditEntries(filter: { action: \"apiKeyCreate\" }, last: 1) { nodes { id } } }";
    let id = json!({ "id": admin.run(ids).await.data()["auditEntries"]["nodes"][0]["id"] });
    assert_eq!(admin.ask(node, id.clone()).await.data()["node"]["action"], "apiKeyCreate");
    assert_eq!(app.staff().await.ask(node, id).await.data()["node"], Value::Null);
}

#[tokio::test]
async fn entries_are_filtered_and_come_newest_first() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[Permission::SettingsEdit]).await;
    let db = app.services().db.connection();
    let start = app.clock.now();
    for (action, seconds) in [("b", 120), ("c", 180), ("a", 60), ("b", 240)] {
        entry(&app, action, seconds).insert(db).await.unwrap();
    }
    let refused = audit_entry::ActiveModel { succeeded: Set(false), ..entry(&app, "d", 300) };
    refused.insert(db).await.unwrap();
    let time =
        |seconds| (start + chrono::TimeDelta::seconds(seconds)).to_rfc3339_opts(SecondsFormat::Micros, true);
    assert_eq!(actions(&staff, json!({ "from": time(30) })).await, ["d", "b", "c", "b", "a"]);
    assert_eq!(actions(&staff, json!({ "from": time(90), "to": time(210) })).await, ["c", "b"]);
    assert_eq!(actions(&staff, json!({ "action": "b" })).await, ["b", "b"]);
    assert_eq!(actions(&staff, json!({ "action": "b", "to": time(210) })).await, ["b"]);
    assert_eq!(actions(&staff, json!({ "succeeded": false })).await, ["d"]);
    assert_eq!(actions(&staff, json!({ "succeeded": true, "from": time(210) })).await, ["b"]);

    let page = "query ($after: String) { auditEntries(first: 2, after: $after) {
        nodes { action } pageInfo { endCursor } } }";
    let first = staff.ask(page, json!({})).await.data()["auditEntries"].take();
    let second = staff.ask(page, json!({ "after": first["pageInfo"]["endCursor"] })).await.data();
    assert_eq!(first["nodes"], json!([{ "action": "d" }, { "action": "b" }]));
    assert_eq!(second["auditEntries"]["nodes"], json!([{ "action": "c" }, { "action": "b" }]));

    let product = "{ products(first: 1) { nodes { id } } }";
    let product = staff.run(product).await.data()["products"]["nodes"][0]["id"].take();
    for (filter, message) in [
        (json!({ "actor": product }), "not of an Account or an ApiKey"),
        (json!({ "subject": "x" }), "`filter.subject` is not an id"),
        (json!({ "action": "a b" }), "not the name of an action"),
        (json!({ "from": "0000-01-01T00:00:00Z" }), "at `from` must be of type `DateTime`"),
    ] {
        let reply = staff.ask(LIST, json!({ "filter": filter })).await;
        reply.failed("BAD_USER_INPUT", message);
    }
    app.staff().await.run("{ auditEntries { totalCount } }").await.failed("FORBIDDEN", "SETTINGS_EDIT");
}

#[tokio::test]
async fn actors_of_a_page_are_read_with_one_statement_a_type() {
    let app = TestApp::start().await;
    let admin = app.someone("boss@demo.example", Kind::Admin).await;
    let create = "mutation { apiKeyCreate(input: { name: \"Sync\", permissions: [] }) { apiKey { id } } }";
    let revoke = "mutation ($id: ID!) { apiKeyRevoke(input: { id: $id }) { apiKey { id } } }";
    for _ in 0..3 {
        let created = app.staff_with(&[Permission::SettingsEdit]).await.run(create).await.data();
        let program = app.program_with(&[Permission::SettingsEdit]).await;
        program.ask(revoke, json!({ "id": created["apiKeyCreate"]["apiKey"]["id"] })).await.data();
    }
    let cost = async |first: u32| {
        let query = format!(
            "{{ auditEntries(first: {first}) {{ nodes {{
                actor {{ account {{ id }} apiKey {{ id }} }} }} }} }}"
        );
        let before = app.statements();
        let nodes = admin.run(&query).await.data()["auditEntries"]["nodes"].take();
        assert_eq!(nodes.as_array().unwrap().len(), first as usize);
        app.statements() - before
    };
    assert_eq!(cost(2).await, cost(6).await);
}

#[tokio::test]
async fn the_database_refuses_to_change_or_remove_an_entry() {
    let app = TestApp::start().await;
    let db = app.services().db.connection();
    let row = entry(&app, "a", 0).insert(db).await.unwrap();
    let mut statements = vec![
        "UPDATE audit_entry SET action = 'b'",
        "DELETE FROM audit_entry",
        "DELETE FROM audit_entry WHERE action = 'a'",
    ];
    if stack() == Stack::Services {
        statements.push("TRUNCATE audit_entry");
    }
    for statement in statements {
        let error = db.execute_unprepared(statement).await.unwrap_err().to_string();
        assert!(error.contains("audit_entry is append-only"), "{statement}: {error}");
    }
    let kept = audit_entry::Entity::find_by_id(row.id).one(db).await.unwrap().unwrap();
    assert_eq!(kept, row);
}

#[tokio::test]
async fn every_way_to_look_for_entries_has_its_index() {
    let database = TestDatabase::migrated().await;
    let id = Uuid::nil();
    for (condition, index) in [
        ("TRUE".to_owned(), "at_id"),
        (format!("actor_id = {}", literal(id)), "actor_id_at_id"),
        (format!("subject_id = {}", literal(id)), "subject_id_at_id"),
        ("action = 'login'".to_owned(), "action_at_id"),
    ] {
        let place = format!("(at, id) < ('2026-11-23 00:00:00+00:00', {})", literal(id));
        let plan = plan(
            &database,
            &format!(
                "SELECT * FROM audit_entry WHERE {condition} AND {place} ORDER BY at DESC, id DESC LIMIT 21"
            ),
        )
        .await;
        assert!(plan.contains(&format!("audit_entry_{index}")), "{condition}: {plan}");
        assert!(!plan.contains("Sort") && !plan.contains("TEMP B-TREE"), "{condition}: {plan}");
    }
}

fn literal(id: Uuid) -> String {
    match stack() {
        Stack::Embedded => format!("x'{}'", id.simple()),
        Stack::Services => format!("'{id}'"),
    }
}

/// How the database would run a statement. PostgreSQL reads a small table as a whole unless it is told not to.
async fn plan(database: &TestDatabase, statement: &str) -> String {
    let pool = sea_orm::Database::connect(&database.url).await.unwrap();
    let connection = pool.begin().await.unwrap();
    let (backend, explain) = match stack() {
        Stack::Embedded => (DbBackend::Sqlite, "EXPLAIN QUERY PLAN"),
        Stack::Services => {
            for setting in ["enable_seqscan", "enable_bitmapscan"] {
                connection.execute_unprepared(&format!("SET LOCAL {setting} = off")).await.unwrap();
            }
            (DbBackend::Postgres, "EXPLAIN")
        }
    };
    let explained = Statement::from_string(backend, format!("{explain} {statement}"));
    let rows = connection.query_all_raw(explained).await.unwrap();
    let column = if backend == DbBackend::Sqlite { "detail" } else { "QUERY PLAN" };
    let lines = rows.iter().map(|row| row.try_get::<String>("", column).unwrap());
    lines.collect::<Vec<_>>().join("\n")
}
