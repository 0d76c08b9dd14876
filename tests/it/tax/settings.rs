//! Settings of tax: reading and changing them, and what is refused.

use entity::Permission::{ProductsEdit, SettingsEdit};
use futures_util::future::join;
use serde_json::{Value, json};

use super::{A_CATEGORY, UNKNOWN, add_currency, change_settings, create, settings, with};
use crate::{
    operations::{TAX_SETTINGS, TAX_SETTINGS_UPDATE},
    support::{Client, TestApp},
};

const ID: &str = "GgAAAAAAAAAAAAAAAAAAAAE";

async fn read(client: &Client) -> Value {
    client.query(TAX_SETTINGS, json!({})).await.data()["taxSettings"].take()
}

/// The settings of a fresh shop.
fn fresh() -> Value {
    json!({ "id": ID, "countryCode": null, "subdivisionCode": null, "rounding": "PER_LINE",
        "crossBorderPrices": "GROSS_STAYS", "currenciesWithoutTax": [], "version": 1 })
}

#[tokio::test]
async fn tax_settings_are_changed_one_by_one_and_the_others_stay() {
    let app = TestApp::empty().await;
    add_currency(&app, "USD").await;
    let staff = app.staff_with(&[SettingsEdit, ProductsEdit]).await;
    let food = create(&staff, "Food").await;
    assert_eq!(read(&staff).await, fresh());
    let mut expected = with(fresh(), &json!({ "defaultTaxClass": null }));
    for (input, changed) in [
        (json!({ "countryCode": "ca" }), json!({ "countryCode": "CA" })),
        (json!({ "subdivisionCode": "ca-qc" }), json!({ "subdivisionCode": "CA-QC" })),
        (json!({ "countryCode": "DE" }), json!({ "countryCode": "DE", "subdivisionCode": null })),
        (
            json!({ "countryCode": "US", "subdivisionCode": "US-CA" }),
            json!({ "countryCode": "US", "subdivisionCode": "US-CA" }),
        ),
        (json!({ "subdivisionCode": null }), json!({ "subdivisionCode": null })),
        (json!({ "countryCode": null }), json!({ "countryCode": null })),
        (json!({ "defaultTaxClassId": food }), json!({ "defaultTaxClass": { "id": food, "name": "Food" } })),
        (json!({ "defaultTaxClassId": null }), json!({ "defaultTaxClass": null })),
        (json!({ "rounding": "PER_RATE" }), json!({ "rounding": "PER_RATE" })),
        (json!({ "crossBorderPrices": "NET_STAYS" }), json!({ "crossBorderPrices": "NET_STAYS" })),
        (
            json!({ "currenciesWithoutTax": ["usd", "EUR"] }),
            json!({ "currenciesWithoutTax": ["EUR", "USD"] }),
        ),
        (json!({ "currenciesWithoutTax": ["USD"] }), json!({ "currenciesWithoutTax": ["USD"] })),
    ] {
        let version = expected["version"].as_i64().unwrap();
        expected = with(expected, &changed);
        expected["version"] = json!(version + 1);
        let input = with(input, &json!({ "version": version }));
        assert_eq!(change_settings(&staff, input).await, expected);
    }
    let entries = app.audited("taxSettingsUpdate").await.len();
    for same in [
        json!({}),
        json!({ "countryCode": null, "subdivisionCode": null, "rounding": null, "version": null }),
        json!({ "rounding": "PER_RATE", "currenciesWithoutTax": ["USD", "USD"], "defaultTaxClassId": null }),
    ] {
        assert_eq!(change_settings(&staff, same).await, expected, "nothing is changed");
    }
    assert_eq!((entries, app.audited("taxSettingsUpdate").await.len()), (12, 12));
    let program = app.program_with(&[SettingsEdit]).await;
    assert_eq!(change_settings(&program, json!({ "countryCode": "DE" })).await["countryCode"], "DE");
}

#[tokio::test]
async fn tax_settings_update_refuses_invalid_input_and_changes_nothing() {
    let app = TestApp::empty().await;
    let staff = app.staff_with(&[SettingsEdit]).await;
    let before = read(&staff).await;
    for (input, path, problem) in [
        (json!({ "countryCode": "" }), "input.countryCode", "UNKNOWN_VALUE"),
        (json!({ "countryCode": "XX" }), "input.countryCode", "UNKNOWN_VALUE"),
        (json!({ "countryCode": "*" }), "input.countryCode", "UNKNOWN_VALUE"),
        (json!({ "countryCode": "x".repeat(10_000) }), "input.countryCode", "UNKNOWN_VALUE"),
        (json!({ "subdivisionCode": "US-CA" }), "input.subdivisionCode", "INCONSISTENT"),
        (json!({ "countryCode": null, "subdivisionCode": "US-CA" }), "input.subdivisionCode", "INCONSISTENT"),
        (
            json!({ "countryCode": "US", "subdivisionCode": "US-XX" }),
            "input.subdivisionCode",
            "UNKNOWN_VALUE",
        ),
        (json!({ "countryCode": "DE", "subdivisionCode": "US-CA" }), "input.subdivisionCode", "INCONSISTENT"),
        (json!({ "defaultTaxClassId": UNKNOWN }), "input.defaultTaxClassId", "UNKNOWN_VALUE"),
        (json!({ "currenciesWithoutTax": ["EUR", "CHF"] }), "input.currenciesWithoutTax.1", "UNKNOWN_VALUE"),
    ] {
        let input = with(input, &json!({ "rounding": "PER_RATE" }));
        let error = staff.mutate(TAX_SETTINGS_UPDATE, input.clone()).await.rejected("InvalidField").at(path);
        assert_eq!(error["problem"], problem, "{input:.200}");
    }
    for (input, message) in [
        (json!({ "defaultTaxClassId": A_CATEGORY }), "`input.defaultTaxClassId` is the id of a Category"),
        (json!({ "defaultTaxClassId": "x" }), "`input.defaultTaxClassId` is not an id"),
        (json!({ "countryCode": "D\u{0}" }), "contains a NUL character"),
        (json!({ "currenciesWithoutTax": ["ZZZ"] }), "currenciesWithoutTax"),
    ] {
        staff.mutate(TAX_SETTINGS_UPDATE, input).await.failed("BAD_USER_INPUT", message);
    }
    for version in [0, 2, -1] {
        let input = json!({ "version": version, "rounding": "PER_RATE" });
        let conflict = staff.mutate(TAX_SETTINGS_UPDATE, input).await;
        assert_eq!(conflict.rejected("Conflict").at("input.version")["current"], before);
    }
    let clerk = app.staff_with(&[ProductsEdit]).await;
    clerk.mutate(TAX_SETTINGS_UPDATE, json!({})).await.failed("FORBIDDEN", "SETTINGS_EDIT");
    assert_eq!(read(&staff).await, before);
    assert!(app.audited("taxSettingsUpdate").await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_updates_of_the_tax_settings_from_one_version_one_is_a_conflict() {
    let app = TestApp::empty().await;
    let staff = app.staff_with(&[SettingsEdit]).await;
    let change = |code: &str| json!({ "countryCode": code, "version": 1 });
    let update = async |code: &str| staff.mutate(TAX_SETTINGS_UPDATE, change(code)).await;
    let (a, b) = join(update("DE"), update("FR")).await;
    let (done, refused) = if a.is_ok() { (a, b) } else { (b, a) };
    let present = done.ok()["settings"]["countryCode"].take();
    assert_eq!(refused.rejected("Conflict").at("input.version")["current"]["countryCode"], present);
    assert_eq!(settings(&app).await.version, 2);
}

#[tokio::test]
async fn tax_settings_are_read_in_one_statement_and_their_change_is_audited() {
    let app = TestApp::empty().await;
    add_currency(&app, "USD").await;
    let staff = app.staff_with(&[SettingsEdit, ProductsEdit]).await;
    let food = create(&staff, "Food").await;
    let (_, reads) = app.counting_statements(read(&staff)).await;
    let input = json!({ "countryCode": "US", "subdivisionCode": "US-CA", "defaultTaxClassId": food,
        "rounding": "PER_RATE", "currenciesWithoutTax": ["EUR", "USD"] });
    let (_, writes) = app.counting_statements(change_settings(&staff, input)).await;
    let (_, again) =
        app.counting_statements(change_settings(&staff, json!({ "rounding": "PER_RATE" }))).await;
    // Locks of the shop and of the settings, the currencies; writing both, the audit log, the class of the answer.
    assert_eq!((writes - reads, again - reads), (6, 3), "beside the session's, and one");
    let before = json!({ "countryCode": null, "subdivisionCode": null, "defaultTaxClass": null,
        "rounding": "PER_LINE", "currenciesWithoutTax": [] });
    let after = json!({ "countryCode": "US", "subdivisionCode": "US-CA", "defaultTaxClass": food,
        "rounding": "PER_RATE", "currenciesWithoutTax": ["EUR", "USD"] });
    let audited = vec![("TaxSettings".to_owned(), Some(before), Some(after))];
    assert_eq!(app.audited_changes("taxSettingsUpdate").await, audited);
}

#[tokio::test]
async fn tax_settings_are_for_editors_of_settings_only() {
    let app = TestApp::empty().await;
    let query = "query ($id: ID!) { node(id: $id) { __typename ... on TaxSettings { version } } }";
    let seen = json!({ "__typename": "TaxSettings", "version": 1 });
    for (client, expected) in [
        (app.staff_with(&[SettingsEdit]).await, seen.clone()),
        (app.program_with(&[SettingsEdit]).await, seen),
        (app.staff_with(&[ProductsEdit]).await, Value::Null),
        (app.anonymous(), Value::Null),
    ] {
        assert_eq!(client.ask(query, json!({ "id": ID })).await.data()["node"], expected);
    }
    let staff = app.staff_with(&[SettingsEdit]).await;
    let other = staff.ask(query, json!({ "id": "GgAAAAAAAAAAAAAAAAAAAAI" })).await.data();
    assert_eq!(other["node"], Value::Null);
}
