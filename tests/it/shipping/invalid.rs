//! Input of methods that is refused.

use serde_json::{Value, json};

use super::{A_CATEGORY, NO_METHOD, NO_ZONE, new_method, new_zone, rows, staff};
use crate::{
    operations::{SHIPPING_METHOD_CREATE, SHIPPING_METHOD_DELETE, SHIPPING_METHOD_UPDATE},
    support::{Client, TestApp},
};

const NO_TAX_CLASS: &str = "DAAAAAAAAAAAAAAAAAAAAAA";

/// Tries a field of a new method, and of one that there is.
async fn refuse(client: &Client, (zone, id): (&Value, &Value), field: &str, value: &Value) -> [Value; 2] {
    let mut create = json!({ "zoneId": zone, "name": "x", "prices": [] });
    create[field] = value.clone();
    let created = client.mutate(SHIPPING_METHOD_CREATE, create).await.rejected("InvalidField");
    let update = json!({ "id": id, field: value });
    let updated = client.mutate(SHIPPING_METHOD_UPDATE, update).await.rejected("InvalidField");
    [created, updated].map(|errors| {
        assert_eq!(errors.len(), 1);
        errors[0].clone()
    })
}

#[tokio::test]
async fn shipping_method_fields_are_refused_and_change_nothing() {
    let app = TestApp::start().await;
    let staff = staff(&app).await;
    let zone = new_zone(&staff, "Own", &["FR"]).await;
    let id = new_method(&staff, &zone, "x").await;
    let before = rows(&app).await;
    let known = super::category(&app, "desk").await;
    let long = |length: usize| json!("x".repeat(length));
    for (field, value, at, problem) in [
        ("name", json!(""), "", "REQUIRED"),
        ("name", long(101), "", "TOO_LONG"),
        ("name", json!("a\nb"), "", "FORBIDDEN_CHARACTER"),
        ("name", json!("\u{200b}"), "", "FORBIDDEN_CHARACTER"),
        ("description", long(501), "", "TOO_LONG"),
        ("description", json!("a\u{7}b"), "", "FORBIDDEN_CHARACTER"),
        ("description", json!("a\u{202e}b"), "", "FORBIDDEN_CHARACTER"),
        ("minDays", json!(-1), "", "OUT_OF_RANGE"),
        ("maxDays", json!(366), "", "OUT_OF_RANGE"),
        ("minWeight", json!(-1), "", "OUT_OF_RANGE"),
        ("maxWeight", json!(10_000_001), "", "OUT_OF_RANGE"),
        ("taxClassId", json!(NO_TAX_CLASS), "", "UNKNOWN_VALUE"),
        ("excludedCategoryIds", json!(vec![A_CATEGORY; 101]), "", "OUT_OF_RANGE"),
        ("excludedCategoryIds", json!([known, A_CATEGORY]), ".1", "UNKNOWN_VALUE"),
        ("excludedTags", json!(vec!["x"; 101]), "", "OUT_OF_RANGE"),
        ("excludedTags", json!(["x", ""]), ".1", "REQUIRED"),
        ("excludedTags", json!([long(51)]), ".0", "TOO_LONG"),
        ("excludedTags", json!(["x", "y", "a\nb"]), ".2", "FORBIDDEN_CHARACTER"),
    ] {
        let path = format!("input.{field}{at}");
        for error in refuse(&staff, (&zone, &id), field, &value).await {
            assert_eq!(error["path"], json!(path.split('.').collect::<Vec<_>>()), "{field} {value}");
            assert_eq!(error["problem"], problem, "{field} {value}");
        }
    }
    for (min, max) in [("minDays", "maxDays"), ("minWeight", "maxWeight")] {
        let input = json!({ "zoneId": zone, "name": "x", "prices": [], min: 2, max: 1 });
        let error = staff.mutate(SHIPPING_METHOD_CREATE, input).await.rejected("InvalidField");
        assert_eq!(error.at(&format!("input.{max}"))["problem"], "INCONSISTENT");
    }
    assert_eq!(rows(&app).await, before);
    assert_eq!(app.audited("shippingMethodCreate").await.len(), 1);
    assert!(app.audited("shippingMethodUpdate").await.is_empty());
}

#[tokio::test]
async fn shipping_method_prices_are_refused_and_change_nothing() {
    let app = TestApp::start().await;
    let staff = staff(&app).await;
    let zone = new_zone(&staff, "Own", &["FR"]).await;
    let id = new_method(&staff, &zone, "x").await;
    let before = rows(&app).await;
    let euro = |field: &str, amount: &str| {
        let mut price = json!({ "currency": "EUR", "amount": "1" });
        price[field] = json!(amount);
        json!([price])
    };
    let limits = |min: &str, max: &str| json!([{ "currency": "EUR", "amount": "1", "minSubtotal": min, "maxSubtotal": max }]);
    let mut twice = euro("amount", "1");
    twice.as_array_mut().unwrap().push(json!({ "currency": "eur", "amount": "2" }));
    for (prices, at, problem) in [
        (Value::Array(vec![euro("amount", "1")[0].clone(); 21]), "", "OUT_OF_RANGE"),
        (euro("amount", ""), ".0.amount", "INVALID_FORMAT"),
        (euro("amount", "1,50"), ".0.amount", "INVALID_FORMAT"),
        (euro("amount", "1.505"), ".0.amount", "INVALID_FORMAT"),
        (euro("amount", "-0.01"), ".0.amount", "OUT_OF_RANGE"),
        (euro("amount", "100000000000.01"), ".0.amount", "OUT_OF_RANGE"),
        (euro("freeFrom", "x"), ".0.freeFrom", "INVALID_FORMAT"),
        (euro("freeFrom", "-1"), ".0.freeFrom", "OUT_OF_RANGE"),
        (euro("minSubtotal", "1.505"), ".0.minSubtotal", "INVALID_FORMAT"),
        (euro("maxSubtotal", "92233720368547758.08"), ".0.maxSubtotal", "OUT_OF_RANGE"),
        (limits("10", "10"), ".0.maxSubtotal", "INCONSISTENT"),
        (limits("10", "9.99"), ".0.maxSubtotal", "INCONSISTENT"),
        (twice, ".1.currency", "INCONSISTENT"),
        (json!([{ "currency": "CHF", "amount": "1" }]), ".0.currency", "UNKNOWN_VALUE"),
    ] {
        let path = format!("input.prices{at}");
        for error in refuse(&staff, (&zone, &id), "prices", &prices).await {
            assert_eq!(error["path"], json!(path.split('.').collect::<Vec<_>>()), "{prices}");
            assert_eq!(error["problem"], problem, "{prices}");
        }
    }
    assert_eq!(rows(&app).await, before);
}

#[tokio::test]
async fn shipping_method_ids_of_nothing_and_of_others_are_refused() {
    let app = TestApp::start().await;
    let staff = staff(&app).await;
    let zone = new_zone(&staff, "Own", &["FR"]).await;
    let id = new_method(&staff, &zone, "x").await;
    let before = rows(&app).await;
    let new = |zone: &Value| json!({ "zoneId": zone, "name": "x", "prices": [] });
    let missing = staff.mutate(SHIPPING_METHOD_CREATE, new(&json!(NO_ZONE))).await;
    assert_eq!(missing.rejected("NotFound").at("input.zoneId")["id"], NO_ZONE);
    let update = staff.mutate(SHIPPING_METHOD_UPDATE, json!({ "id": NO_METHOD, "name": "y" })).await;
    let delete = staff.mutate(SHIPPING_METHOD_DELETE, json!({ "id": NO_METHOD })).await;
    for outcome in [update, delete] {
        assert_eq!(outcome.rejected("NotFound").at("input.id")["id"], NO_METHOD);
    }
    let wrong = |path: &str, id: &str| (path.to_owned(), json!(id));
    for (field, (path, value)) in [
        ("zoneId", wrong("zoneId", A_CATEGORY)),
        ("taxClassId", wrong("taxClassId", A_CATEGORY)),
        ("excludedCategoryIds", ("excludedCategoryIds[1]".to_owned(), json!([A_CATEGORY, NO_ZONE]))),
    ] {
        let mut input = new(&zone);
        input[field] = value;
        let reply = staff.mutate(SHIPPING_METHOD_CREATE, input).await;
        reply.failed("BAD_USER_INPUT", &format!("`input.{path}` is the id of a "));
    }
    let wrong = staff.mutate(SHIPPING_METHOD_DELETE, json!({ "id": A_CATEGORY })).await;
    wrong.failed("BAD_USER_INPUT", "`input.id` is the id of a Category, not of a ShippingMethod.");
    let nul = staff.mutate(SHIPPING_METHOD_UPDATE, json!({ "id": id, "description": "a\0" })).await;
    nul.failed("BAD_USER_INPUT", "contains a NUL character");
    let clerk = app.staff_with(&[]).await;
    clerk.mutate(SHIPPING_METHOD_DELETE, json!({ "id": id })).await.failed("FORBIDDEN", "SETTINGS_EDIT");
    assert_eq!(rows(&app).await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn shipping_zone_has_fifty_methods_at_most() {
    let app = TestApp::empty().await;
    let staff = staff(&app).await;
    let zone = new_zone(&staff, "Own", &["FR"]).await;
    for number in 1..50 {
        new_method(&staff, &zone, &number.to_string()).await;
    }
    let create =
        || staff.mutate(SHIPPING_METHOD_CREATE, json!({ "zoneId": zone, "name": "x", "prices": [] }));
    let (a, b) = futures_util::future::join(create(), create()).await;
    let refused = if a.is_ok() { b } else { a };
    assert_eq!(refused.rejected("InvalidField").at("input.zoneId")["problem"], "OUT_OF_RANGE");
    assert_eq!(rows(&app).await.2.len(), 50);
}
