//! Settings of the shop: who sees and changes them, what is refused, and where the shop's name appears.

use entity::{Permission::SettingsEdit, account::Kind, shop, shop_currency};
use futures_util::future::join;
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::{Value, json};

use crate::support::{Client, SOMEONES_PASSWORD, TestApp};

const FIELDS: &str = "name currencies defaultCurrency timeZone orderNumberPrefix version";

async fn settings(client: &Client) -> Value {
    client.run(&format!("{{ shop {{ {FIELDS} }} }}")).await.data()["shop"].take()
}

fn fresh() -> Value {
    json!({ "name": "Bodega", "currencies": ["EUR"], "defaultCurrency": "EUR", "timeZone": "UTC",
        "orderNumberPrefix": "", "version": 1 })
}

fn mutation() -> String {
    format!(
        "mutation ($input: ShopUpdateInput!) {{ shopUpdate(input: $input) {{
            shop {{ {FIELDS} }}
            errors {{ __typename ... on UserError {{ message path }} ... on InvalidField {{ problem }}
                ... on CurrencyInUse {{ currency }}
                ... on Conflict {{ current {{ __typename id ... on Shop {{ {FIELDS} }} }} }} }} }} }}"
    )
}

async fn update(client: &Client, input: Value) -> Value {
    client.ask(&mutation(), json!({ "input": input })).await.data()["shopUpdate"].take()
}

/// The only error of a refused change.
async fn error(client: &Client, input: Value) -> Value {
    let payload = update(client, input.clone()).await;
    let errors = payload["errors"].as_array().unwrap();
    assert_eq!((errors.len(), &payload["shop"]), (1, &Value::Null), "{input}: {payload}");
    errors[0].clone()
}

async fn rows(app: &TestApp) -> (Vec<shop::Model>, Vec<shop_currency::Model>) {
    let db = app.services().db.connection();
    let currencies = shop_currency::Entity::find().order_by_asc(shop_currency::Column::Position);
    (shop::Entity::find().all(db).await.unwrap(), currencies.all(db).await.unwrap())
}

#[tokio::test]
async fn fresh_shop_has_settings_and_its_prefix_is_for_staff_only() {
    let app = TestApp::empty().await;
    let mut hidden = fresh();
    hidden["orderNumberPrefix"] = Value::Null;
    let (staff, program) = (app.staff_with(&[SettingsEdit]).await, app.program_with(&[SettingsEdit]).await);
    let (clerk, customer) =
        (app.staff_with(&[]).await, app.someone("ada@shop.example", Kind::Customer).await);
    let expired = app.anonymous().with_token("expired".to_owned());
    for client in [&staff, &program] {
        assert_eq!(settings(client).await, fresh());
    }
    for client in [&app.anonymous(), &clerk, &customer, &expired] {
        assert_eq!(settings(client).await, hidden);
    }
    let id = app.anonymous().run("{ shop { id } }").await.data()["shop"]["id"].take();
    assert_eq!(id, "CwAAAAAAAAAAAAAAAAAAAAE", "clients keep ids: this one never changes");
    let node = "query ($id: ID!) { node(id: $id) { ... on Shop { name orderNumberPrefix } } }";
    for (client, prefix) in [(&app.anonymous(), Value::Null), (&staff, json!(""))] {
        let found = client.ask(node, json!({ "id": id })).await.data();
        assert_eq!(found["node"], json!({ "name": "Bodega", "orderNumberPrefix": prefix }));
    }
    let other = app.anonymous().ask(node, json!({ "id": "CwAAAAAAAAAAAAAAAAAAAAI" })).await.data();
    assert_eq!(other["node"], Value::Null);
}

#[tokio::test]
async fn each_setting_is_changed_and_the_others_stay() {
    let app = TestApp::empty().await;
    let staff = app.staff_with(&[SettingsEdit]).await;
    let mut expected = fresh();
    let long = "ß".repeat(100);
    for (input, changed) in [
        (json!({ "name": " Nuts & Bolts " }), json!({ "name": "Nuts & Bolts" })),
        (json!({ "name": long }), json!({ "name": long })),
        (
            json!({ "currencies": ["USD", "EUR", "usd", "JPY"] }),
            json!({ "currencies": ["USD", "EUR", "JPY"] }),
        ),
        (json!({ "currencies": ["EUR", "USD"] }), json!({ "currencies": ["EUR", "USD"] })),
        (json!({ "defaultCurrency": "usd" }), json!({ "defaultCurrency": "USD" })),
        (
            json!({ "currencies": ["CHF"], "defaultCurrency": "CHF" }),
            json!({ "currencies": ["CHF"], "defaultCurrency": "CHF" }),
        ),
        (json!({ "timeZone": "europe/berlin" }), json!({ "timeZone": "Europe/Berlin" })),
        (json!({ "orderNumberPrefix": "NB-2026-" }), json!({ "orderNumberPrefix": "NB-2026-" })),
        (json!({ "orderNumberPrefix": "" }), json!({ "orderNumberPrefix": "" })),
    ] {
        let version = expected["version"].as_i64().unwrap();
        let input = [input, json!({ "version": version })].map(|part| part.as_object().unwrap().clone());
        let input: Value = input.into_iter().flatten().collect::<serde_json::Map<_, _>>().into();
        for (field, value) in changed.as_object().unwrap() {
            expected[field] = value.clone();
        }
        expected["version"] = json!(version + 1);
        assert_eq!(update(&staff, input).await, json!({ "shop": expected, "errors": [] }));
        assert_eq!(settings(&staff).await, expected);
    }
    let entries = app.audited("shopUpdate").await.len();
    for same in
        [json!({}), json!({ "name": null, "version": null }), json!({ "name": long, "currencies": ["CHF"] })]
    {
        assert_eq!(
            update(&staff, same).await,
            json!({ "shop": expected, "errors": [] }),
            "nothing is changed"
        );
    }
    assert_eq!((entries, app.audited("shopUpdate").await.len()), (9, 9));
    let program = app.program_with(&[SettingsEdit]).await;
    assert_eq!(update(&program, json!({ "name": "By a program" })).await["errors"], json!([]));
}

#[tokio::test]
async fn refused_changes_name_the_field_and_change_nothing() {
    let app = TestApp::empty().await;
    let staff = app.staff_with(&[SettingsEdit]).await;
    let before = rows(&app).await;
    let many = [
        "EUR", "USD", "JPY", "GBP", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "RON", "BGN", "TRY",
        "CAD", "AUD", "NZD", "MXN", "BRL", "INR", "CNY",
    ];
    for (field, value, problem) in [
        ("name", json!(""), "REQUIRED"),
        ("name", json!("  "), "REQUIRED"),
        ("name", json!("x".repeat(101)), "TOO_LONG"),
        ("name", json!("a\u{1}b"), "FORBIDDEN_CHARACTER"),
        ("name", json!("a\nb"), "FORBIDDEN_CHARACTER"),
        ("name", json!("a\u{202e}b"), "FORBIDDEN_CHARACTER"),
        ("name", json!("\u{200b}"), "FORBIDDEN_CHARACTER"),
        ("timeZone", json!(""), "UNKNOWN_VALUE"),
        ("timeZone", json!("Europe/Atlantis"), "UNKNOWN_VALUE"),
        ("timeZone", json!("x".repeat(100_000)), "UNKNOWN_VALUE"),
        ("currencies", json!([]), "OUT_OF_RANGE"),
        ("currencies", json!(many), "OUT_OF_RANGE"),
        ("currencies", json!(["USD"]), "INCONSISTENT"),
        ("defaultCurrency", json!("USD"), "INCONSISTENT"),
        ("orderNumberPrefix", json!("NB 1"), "INVALID_FORMAT"),
        ("orderNumberPrefix", json!("NB\u{1}"), "INVALID_FORMAT"),
        ("orderNumberPrefix", json!("ÄÖ"), "INVALID_FORMAT"),
        ("orderNumberPrefix", json!("12345678901"), "INVALID_FORMAT"),
    ] {
        let error = error(&staff, json!({ field: value })).await;
        let found = (&error["__typename"], &error["path"], &error["problem"]);
        let expected = (&json!("InvalidField"), &json!(["input", field]), &json!(problem));
        assert_eq!(found, expected, "{field}: {:.80}", value.to_string());
    }
    let removed = error(&staff, json!({ "currencies": ["USD"] })).await;
    assert_eq!(removed["message"], "EUR is the default currency: keep it, or name another default.");
    let both = error(&staff, json!({ "currencies": ["USD"], "defaultCurrency": "JPY" })).await;
    assert_eq!(both["message"], "JPY is none of the shop's currencies.");
    for wrong in [0, 2, -1] {
        let conflict = error(&staff, json!({ "name": "Other", "version": wrong })).await;
        assert_eq!(
            (&conflict["__typename"], &conflict["path"]),
            (&json!("Conflict"), &json!(["input", "version"]))
        );
    }
    let nul = "contains a NUL character";
    for (input, message) in [
        (json!({ "currencies": ["EUR", "ZZZ"] }), "currencies"),
        (json!({ "defaultCurrency": "ZZZ" }), "defaultCurrency"),
        (json!({ "name": "a\u{0}b" }), nul),
        (json!({ "timeZone": "UTC\u{0}" }), nul),
        (json!({ "orderNumberPrefix": "NB\u{0}" }), nul),
    ] {
        staff.ask(&mutation(), json!({ "input": input })).await.failed("BAD_USER_INPUT", message);
    }
    assert_eq!(rows(&app).await, before);
    assert!(app.audited("shopUpdate").await.is_empty());
    assert_eq!(
        update(&staff, json!({ "currencies": many[..20] })).await["errors"],
        json!([]),
        "20 are not too many"
    );
}

#[tokio::test]
async fn currency_of_a_price_stays() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[SettingsEdit]).await;
    let three = json!({ "currencies": ["EUR", "USD", "CHF"], "defaultCurrency": "USD" });
    assert_eq!(update(&staff, three).await["errors"], json!([]));
    let before = rows(&app).await;
    let error = error(&staff, json!({ "name": "Other", "currencies": ["USD", "CHF"] })).await;
    let expected = json!({ "__typename": "CurrencyInUse", "message": "There are prices in EUR. Remove them first.",
        "path": ["input", "currencies"], "currency": "EUR" });
    assert_eq!(error, expected);
    assert_eq!(rows(&app).await, before);
    assert_eq!(app.audited("shopUpdate").await.len(), 1);
    let unused = update(&staff, json!({ "currencies": ["EUR", "USD"] })).await;
    assert_eq!(unused["shop"]["currencies"], json!(["EUR", "USD"]), "no price is in CHF");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_updates_of_one_version_one_is_a_conflict() {
    let app = TestApp::empty().await;
    let staff = app.staff_with(&[SettingsEdit]).await;
    for version in 1..4 {
        let change = |name: &str| json!({ "name": format!("{name} {version}"), "version": version });
        let (a, b) = join(update(&staff, change("A")), update(&staff, change("B"))).await;
        let (done, refused) = if a["errors"] == json!([]) { (a, b) } else { (b, a) };
        assert_eq!(done["errors"], json!([]), "{done}");
        let conflict = &refused["errors"][0];
        assert_eq!((&refused["shop"], &conflict["__typename"]), (&Value::Null, &json!("Conflict")));
        let mut current = done["shop"].clone();
        current["__typename"] = json!("Shop");
        current["id"] = json!("CwAAAAAAAAAAAAAAAAAAAAE");
        assert_eq!(conflict["current"], current);
    }
    assert_eq!(app.audited("shopUpdate").await.len(), 3);
}

#[tokio::test]
async fn audit_log_tells_what_differs() {
    let app = TestApp::empty().await;
    let staff = app.staff_with(&[SettingsEdit]).await;
    update(&staff, json!({ "name": "Nuts & Bolts", "currencies": ["EUR", "USD"], "timeZone": "UTC" })).await;
    let query = "{ auditEntries(first: 1) { nodes { action succeeded subjectId before after } } }";
    let entry = staff.run(query).await.data()["auditEntries"]["nodes"][0].take();
    let expected = json!({ "action": "shopUpdate", "succeeded": true, "subjectId": "CwAAAAAAAAAAAAAAAAAAAAE",
        "before": { "name": "Bodega", "currencies": ["EUR"] },
        "after": { "name": "Nuts & Bolts", "currencies": ["EUR", "USD"] } });
    assert_eq!(entry, expected);
}

/// The name is read where it is needed: a change counts at once, on every instance.
#[tokio::test]
async fn name_counts_at_once_in_mails_authenticator_apps_and_passwords() {
    let app = TestApp::empty().await;
    let (staff, other) = (app.staff_with(&[SettingsEdit]).await, app.another_instance().await);
    assert_eq!(update(&staff, json!({ "name": "Nuts & Bolts" })).await["errors"], json!([]));
    let register = "mutation ($password: String!) { register(input: { email: \"ada@shop.example\",
        password: $password, name: \"\" }) { errors { ... on InvalidField { problem } } } }";
    let errors = async |password: &str| {
        let reply = other.anonymous().ask(register, json!({ "password": password })).await;
        reply.data()["register"]["errors"].take()
    };
    assert_eq!(errors("Nuts & Bolts 2026").await, json!([{ "problem": "TOO_WEAK" }]));
    assert_eq!(errors(SOMEONES_PASSWORD).await, json!([]));
    let mail = app.mail_to("ada@shop.example").await;
    assert!(mail.subject.contains("Nuts & Bolts") && mail.text.contains("Nuts & Bolts"), "{mail:?}");
    let enrol = "mutation ($password: String!) { secondFactorEnrol(input: { password: $password }) { uri } }";
    let reply = staff.ask(enrol, json!({ "password": SOMEONES_PASSWORD })).await.data();
    let uri = reply["secondFactorEnrol"]["uri"].as_str().unwrap();
    assert!(uri.contains("issuer=Nuts%20%26%20Bolts"), "{uri}");
}

#[tokio::test]
async fn settings_are_read_with_as_many_statements_whatever_they_hold() {
    let app = TestApp::empty().await;
    let staff = app.staff_with(&[SettingsEdit]).await;
    let client = app.anonymous();
    let mut reads = Vec::new();
    for currencies in [json!(["EUR"]), json!(["EUR", "USD", "JPY", "GBP", "CHF", "SEK"])] {
        update(&staff, json!({ "currencies": currencies })).await;
        let before = app.statements();
        settings(&client).await;
        reads.push(app.statements() - before);
    }
    assert_eq!(reads, [2, 2], "the shop and its currencies");
    let mut writes = Vec::new();
    for currencies in [
        json!(["EUR", "USD", "JPY", "GBP", "CHF", "SEK", "NOK"]),
        json!(["SEK", "EUR", "USD", "JPY", "GBP", "CHF", "NOK", "DKK", "PLN", "CZK", "HUF"]),
    ] {
        let before = app.statements();
        assert_eq!(update(&staff, json!({ "currencies": currencies })).await["errors"], json!([]));
        writes.push(app.statements() - before);
    }
    assert_eq!(writes[0], writes[1], "currencies are written with one statement");
}
