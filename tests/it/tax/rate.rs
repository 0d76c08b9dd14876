//! Rates of tax classes at places: the list, changes of them, and what is refused.

use entity::Permission::{ProductsEdit, SettingsEdit};
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{A_CATEGORY, UNKNOWN, add_rate, create, rates, with};
use crate::{
    operations::{TAX_RATE_CREATE, TAX_RATE_DELETE, TAX_RATE_UPDATE, TAX_RATES, TAX_SETTINGS},
    support::{Client, TestApp, texts},
};

const UNKNOWN_RATE: &str = "GQAAAAAAAAAAAAAAAAAAAAA";

#[tokio::test]
async fn tax_rates_are_created_changed_and_deleted() {
    let app = TestApp::empty().await;
    let staff = app.staff_with(&[SettingsEdit, ProductsEdit]).await;
    let class = create(&staff, "Standard").await;
    let (_, reads) = app.counting_statements(staff.query(TAX_SETTINGS, json!({}))).await;
    let input = json!({ "taxClassId": class, "countryCode": "us", "subdivisionCode": "us-ca", "name": " Sales tax ",
        "percentage": "7.250" });
    let (made, creates) = app.counting_statements(staff.mutate(TAX_RATE_CREATE, input)).await;
    let rate = made.ok()["rate"].take();
    let id = rate["id"].clone();
    let mut expected = json!({ "id": id, "countryCode": "US", "subdivisionCode": "US-CA", "name": "Sales tax",
        "percentage": "7.25", "reason": "STANDARD", "version": 1, "taxClass": { "id": class } });
    assert_eq!(rate, expected);
    let elsewhere = add_rate(&staff, &class, "", "Export", "0", "EXPORT").await;
    assert_eq!((&elsewhere["countryCode"], &elsewhere["subdivisionCode"]), (&Value::Null, &Value::Null));

    expected.as_object_mut().unwrap().remove("taxClass");
    expected =
        with(expected, &json!({ "name": "Tax", "percentage": "8.875", "reason": "REDUCED", "version": 2 }));
    let change =
        json!({ "id": id, "version": 1, "name": "Tax", "percentage": "8.8750", "reason": "REDUCED" });
    let (changed, updates) = app.counting_statements(staff.mutate(TAX_RATE_UPDATE, change)).await;
    assert_eq!(changed.ok()["rate"], expected);
    for same in
        [json!({}), json!({ "name": null }), json!({ "name": "Tax", "percentage": "8.875", "version": 2 })]
    {
        let same = with(json!({ "id": id }), &same);
        assert_eq!(staff.mutate(TAX_RATE_UPDATE, same).await.ok()["rate"], expected, "nothing is changed");
    }
    let was = json!({ "name": "Sales tax", "percentage": "7.25", "reason": "STANDARD" });
    let is = json!({ "name": "Tax", "percentage": "8.875", "reason": "REDUCED" });
    assert_eq!(app.audited_changes("taxRateUpdate").await, [("TaxRate".to_owned(), Some(was), Some(is))]);

    let (deleted, deletes) =
        app.counting_statements(staff.mutate(TAX_RATE_DELETE, json!({ "id": id }))).await;
    assert_eq!(deleted.ok()["deletedId"], id);
    let left: Vec<_> = rates(&app).await.into_iter().map(|rate| rate.name).collect();
    assert_eq!(left, ["Export"]);
    staff.mutate(TAX_RATE_DELETE, json!({ "id": id })).await.rejected("NotFound").at("input.id");
    let values = json!({ "taxClass": class, "place": "US-CA", "name": "Tax", "percentage": "8.875", "reason": "REDUCED" });
    assert_eq!(app.audited_changes("taxRateDelete").await, [("TaxRate".to_owned(), Some(values), None)]);
    assert_eq!(app.audited("taxRateCreate").await.len(), 2);
    // Lock of the class, rates at the place, the change, the audit log; the class of the answer or the rate itself.
    assert_eq!(
        (creates - reads, updates - reads, deletes - reads),
        (4, 4, 4),
        "beside the session's, and one"
    );
}

#[tokio::test]
async fn tax_rate_mutations_refuse_invalid_input_and_change_nothing() {
    let app = TestApp::empty().await;
    let staff = app.staff_with(&[SettingsEdit, ProductsEdit]).await;
    let class = create(&staff, "Standard").await;
    add_rate(&staff, &class, "DE", "VAT", "19", "STANDARD").await;
    let rate = add_rate(&staff, &class, "DE", "Other", "1", "STANDARD").await;
    let before = rates(&app).await;
    let long = "x".repeat(101);
    let both = [
        (json!({ "name": "" }), "input.name", "REQUIRED"),
        (json!({ "name": long }), "input.name", "TOO_LONG"),
        (json!({ "name": "a\nb" }), "input.name", "FORBIDDEN_CHARACTER"),
        (json!({ "name": "a\u{7}b" }), "input.name", "FORBIDDEN_CHARACTER"),
        (json!({ "name": "VAT" }), "input.name", "TAKEN"),
        (json!({ "percentage": "" }), "input.percentage", "INVALID_FORMAT"),
        (json!({ "percentage": "19 %" }), "input.percentage", "INVALID_FORMAT"),
        (json!({ "percentage": "8,5" }), "input.percentage", "INVALID_FORMAT"),
        (json!({ "percentage": "-1" }), "input.percentage", "INVALID_FORMAT"),
        (json!({ "percentage": "1.00001" }), "input.percentage", "INVALID_FORMAT"),
        (json!({ "percentage": "100.0001" }), "input.percentage", "OUT_OF_RANGE"),
        (json!({ "percentage": "81.0001" }), "input.percentage", "OUT_OF_RANGE"),
        (json!({ "percentage": "0" }), "input.percentage", "INCONSISTENT"),
        (json!({ "reason": "REDUCED", "percentage": "0.0" }), "input.percentage", "INCONSISTENT"),
        (json!({ "reason": "ZERO" }), "input.percentage", "INCONSISTENT"),
        (json!({ "reason": "EXEMPT" }), "input.percentage", "INCONSISTENT"),
        (json!({ "reason": "EXPORT" }), "input.percentage", "INCONSISTENT"),
        (json!({ "reason": "EXPORT", "percentage": "0" }), "input.reason", "INCONSISTENT"),
        (json!({ "reason": "REVERSE_CHARGE", "percentage": "0" }), "input.reason", "INCONSISTENT"),
    ];
    let places = [
        (json!({ "countryCode": "" }), "input.countryCode", "UNKNOWN_VALUE"),
        (json!({ "countryCode": "XX" }), "input.countryCode", "UNKNOWN_VALUE"),
        (json!({ "countryCode": null, "subdivisionCode": "US-CA" }), "input.subdivisionCode", "INCONSISTENT"),
        (json!({ "subdivisionCode": "US-CA" }), "input.subdivisionCode", "INCONSISTENT"),
        (json!({ "subdivisionCode": "DE-XX" }), "input.subdivisionCode", "UNKNOWN_VALUE"),
        (json!({ "taxClassId": UNKNOWN }), "input.taxClassId", "UNKNOWN_VALUE"),
    ];
    let new = json!({ "taxClassId": class, "countryCode": "DE", "name": "New", "percentage": "1" });
    for (fields, path, problem) in both.iter().chain(&places) {
        let made = staff.mutate(TAX_RATE_CREATE, with(new.clone(), fields)).await;
        assert_eq!(made.rejected("InvalidField").at(path)["problem"], *problem, "{fields:.200}");
    }
    for (fields, path, problem) in &both {
        let changed = staff.mutate(TAX_RATE_UPDATE, with(json!({ "id": rate["id"] }), fields)).await;
        assert_eq!(changed.rejected("InvalidField").at(path)["problem"], *problem, "{fields:.200}");
    }
    let update = json!({ "id": rate["id"], "name": "New", "version": 2 });
    let conflict = staff.mutate(TAX_RATE_UPDATE, update).await.rejected("Conflict").at("input.version");
    assert_eq!(conflict["current"]["name"], "Other");
    for (id, message) in
        [(UNKNOWN_RATE, ""), (A_CATEGORY, "`input.id` is the id of a Category, not of a TaxRate.")]
    {
        let update = staff.mutate(TAX_RATE_UPDATE, json!({ "id": id, "name": "x" })).await;
        let delete = staff.mutate(TAX_RATE_DELETE, json!({ "id": id })).await;
        for outcome in [update, delete] {
            match message {
                "" => assert_eq!(outcome.rejected("NotFound").at("input.id")["id"], id),
                message => outcome.failed("BAD_USER_INPUT", message),
            }
        }
    }
    let nul = staff.mutate(TAX_RATE_CREATE, with(new.clone(), &json!({ "name": "a\u{0}" }))).await;
    nul.failed("BAD_USER_INPUT", "contains a NUL character");
    let other = staff.mutate(TAX_RATE_CREATE, with(new.clone(), &json!({ "taxClassId": A_CATEGORY }))).await;
    other.failed("BAD_USER_INPUT", "`input.taxClassId` is the id of a Category");
    let clerk = app.staff_with(&[ProductsEdit]).await;
    clerk.mutate(TAX_RATE_CREATE, new).await.failed("FORBIDDEN", "SETTINGS_EDIT");
    clerk.mutate(TAX_RATE_DELETE, json!({ "id": rate["id"] })).await.failed("FORBIDDEN", "SETTINGS_EDIT");
    assert_eq!(rates(&app).await, before);
    assert_eq!(app.audited("taxRateCreate").await.len(), 2);
    assert!(app.audited("taxRateUpdate").await.is_empty() && app.audited("taxRateDelete").await.is_empty());
}

#[tokio::test]
async fn tax_rates_of_a_class_at_one_place_are_bounded() {
    let app = TestApp::empty().await;
    let staff = app.staff_with(&[SettingsEdit, ProductsEdit]).await;
    let class = create(&staff, "Standard").await;
    for number in 1..=20 {
        add_rate(&staff, &class, "DE", &format!("Rate {number}"), "5", "STANDARD").await;
    }
    let input = json!({ "taxClassId": class, "countryCode": "DE", "name": "Zero", "percentage": "0", "reason": "ZERO" });
    let refused = staff.mutate(TAX_RATE_CREATE, input).await;
    assert_eq!(refused.rejected("InvalidField").at("input.taxClassId")["problem"], "OUT_OF_RANGE");
    assert_eq!(rates(&app).await.len(), 20, "together they are 100 percent");
    // Another place, and another class.
    add_rate(&staff, &class, "FR", "Rate 1", "100", "STANDARD").await;
    let other = create(&staff, "Other").await;
    add_rate(&staff, &other, "DE", "Export", "0", "EXPORT").await;
    let input = json!({ "taxClassId": other, "countryCode": "DE", "name": "VAT", "percentage": "19" });
    let refused = staff.mutate(TAX_RATE_CREATE, input).await;
    assert_eq!(refused.rejected("InvalidField").at("input.reason")["problem"], "INCONSISTENT");
}

/// Each alone is within the bound, and any two together are not.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tax_rates_that_are_created_at_once_stay_within_100_percent() {
    let app = TestApp::empty().await;
    let staff = app.staff_with(&[SettingsEdit, ProductsEdit]).await;
    let class = create(&staff, "Standard").await;
    let tries = (0..4).map(|number| {
        let input = json!({ "taxClassId": class, "countryCode": "DE", "name": format!("Rate {number}"), "percentage": "60" });
        staff.mutate(TAX_RATE_CREATE, input)
    });
    let made = join_all(tries).await.into_iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!((made, rates(&app).await.len()), (1, 1));
}

async fn names(client: &Client, variables: Value) -> Vec<String> {
    let data = client.query(TAX_RATES, variables).await.data();
    texts(&data["taxRates"]["nodes"], "name").into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn tax_rates_are_listed_by_place() {
    let app = TestApp::empty().await;
    let staff = app.staff_with(&[SettingsEdit, ProductsEdit]).await;
    let (standard, reduced) = (create(&staff, "Standard").await, create(&staff, "Reduced").await);
    for (class, place, name) in [
        (&standard, "US-NY", "New York"),
        (&standard, "US", "United States"),
        (&reduced, "US", "United States, reduced"),
        (&standard, "", "Elsewhere"),
        (&standard, "DE", "Germany"),
        (&reduced, "UA", "Ukraine"),
    ] {
        add_rate(&staff, class, place, name, "10", "STANDARD").await;
    }
    let all = ["Elsewhere", "Germany", "Ukraine", "United States", "United States, reduced", "New York"];
    assert_eq!(names(&staff, json!({})).await, all);
    assert_eq!(names(&staff, json!({ "countryCode": "us" })).await, all[3..]);
    assert_eq!(names(&staff, json!({ "taxClassId": reduced })).await, [all[2], all[4]]);
    assert_eq!(names(&staff, json!({ "taxClassId": reduced, "countryCode": "US" })).await, all[4..5]);
    assert_eq!(names(&staff, json!({ "countryCode": "FR" })).await, [""; 0]);
    assert_eq!(names(&staff, json!({ "taxClassId": UNKNOWN })).await, [""; 0]);
    assert_eq!(names(&staff, json!({ "last": 2 })).await, all[4..]);

    let mut seen = Vec::new();
    let mut after = Value::Null;
    loop {
        let variables = json!({ "first": 2, "after": after });
        let page = staff.query(TAX_RATES, variables).await.data()["taxRates"].take();
        assert_eq!(page["totalCount"], 6);
        seen.extend(texts(&page["nodes"], "name").into_iter().map(str::to_owned));
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(seen, all);
    let page =
        async |first: u32| app.counting_statements(staff.query(TAX_RATES, json!({ "first": first }))).await.1;
    assert_eq!(page(1).await, page(6).await, "whatever the size of the page");
    for (variables, message) in [
        (json!({ "countryCode": "XX" }), "`countryCode` is not a country code"),
        (json!({ "taxClassId": A_CATEGORY }), "`taxClassId` is the id of a Category"),
        (json!({ "first": 101 }), "`first` must be between 0 and 100"),
    ] {
        staff.query(TAX_RATES, variables).await.failed("BAD_USER_INPUT", message);
    }
}

#[tokio::test]
async fn tax_rate_is_for_editors_of_settings_only() {
    let app = TestApp::empty().await;
    let staff = app.staff_with(&[SettingsEdit, ProductsEdit]).await;
    let class = create(&staff, "Standard").await;
    let id = add_rate(&staff, &class, "DE", "VAT", "19", "STANDARD").await["id"].take();
    let query = "query ($id: ID!) { node(id: $id) { ... on TaxRate { name taxClass { name } } } }";
    let seen = json!({ "name": "VAT", "taxClass": { "name": "Standard" } });
    for (client, expected) in [
        (app.staff_with(&[SettingsEdit]).await, seen.clone()),
        (app.program_with(&[SettingsEdit]).await, seen),
        (app.staff_with(&[ProductsEdit]).await, Value::Null),
        (app.anonymous(), Value::Null),
    ] {
        assert_eq!(client.ask(query, json!({ "id": id })).await.data()["node"], expected);
    }
}
