//! Input of discounts that is refused.

use serde_json::{Value, json};

use super::{A_CATEGORY, NO_DISCOUNT, id_of, new_discount, rows, shop};
use crate::{
    operations::{DISCOUNT_CREATE, DISCOUNT_UPDATE},
    support::Client,
};

/// Tries a field of a new discount, and of one that there is.
async fn refuse(client: &Client, id: &Value, (field, value): (&str, &Value)) -> [Value; 2] {
    let mut create = json!({ "name": "x", "kind": "PERCENTAGE", "percentage": "1" });
    create[field] = value.clone();
    let created = client.mutate(DISCOUNT_CREATE, create).await.rejected("InvalidField");
    let update = json!({ "id": id, field: value });
    let updated = client.mutate(DISCOUNT_UPDATE, update).await.rejected("InvalidField");
    [created, updated].map(|errors| {
        assert_eq!(errors.len(), 1);
        errors[0].clone()
    })
}

#[tokio::test]
async fn discount_fields_are_refused_and_change_nothing() {
    let (app, staff) = shop().await;
    let id = new_discount(&staff, json!({})).await;
    let known = id_of(&staff, "category", "desk").await;
    let before = rows(&app).await;
    let minimum = |field: &str, value: &str| {
        let mut amounts = json!({ "currency": "EUR", "minimum": "1" });
        amounts[field] = json!(value);
        json!([amounts])
    };
    let mut twice = minimum("minimum", "1");
    twice.as_array_mut().unwrap().push(json!({ "currency": "eur", "minimum": "2" }));
    for (field, value, at, problem) in [
        ("name", json!(""), "", "REQUIRED"),
        ("name", json!("x".repeat(101)), "", "TOO_LONG"),
        ("name", json!("a\nb"), "", "FORBIDDEN_CHARACTER"),
        ("percentage", json!("0"), "", "OUT_OF_RANGE"),
        ("percentage", json!("100.0001"), "", "OUT_OF_RANGE"),
        ("percentage", json!("1,5"), "", "INVALID_FORMAT"),
        ("percentage", json!("-1"), "", "INVALID_FORMAT"),
        ("amounts", Value::Array(vec![minimum("minimum", "1")[0].clone(); 21]), "", "OUT_OF_RANGE"),
        ("amounts", minimum("amount", "1"), ".0.amount", "INCONSISTENT"),
        ("amounts", minimum("minimum", "1.505"), ".0.minimum", "INVALID_FORMAT"),
        ("amounts", minimum("minimum", "-1"), ".0.minimum", "OUT_OF_RANGE"),
        ("amounts", json!([{ "currency": "EUR" }]), ".0.minimum", "REQUIRED"),
        ("amounts", twice, ".1.currency", "INCONSISTENT"),
        ("amounts", json!([{ "currency": "CHF", "minimum": "1" }]), ".0.currency", "UNKNOWN_VALUE"),
        ("categoryIds", json!(vec![A_CATEGORY; 101]), "", "OUT_OF_RANGE"),
        ("categoryIds", json!([known, A_CATEGORY]), ".1", "UNKNOWN_VALUE"),
        ("productIds", json!(["AwAAAAAAAAAAAAAAAAAAAAA"]), ".0", "UNKNOWN_VALUE"),
        ("collectionIds", json!(["DQAAAAAAAAAAAAAAAAAAAAA"]), ".0", "UNKNOWN_VALUE"),
        ("minimumQuantity", json!(0), "", "OUT_OF_RANGE"),
        ("minimumQuantity", json!(999_901), "", "OUT_OF_RANGE"),
        ("endsAt", json!("2020-01-01T00:00:00Z"), "", "INCONSISTENT"),
        ("maxUses", json!(0), "", "OUT_OF_RANGE"),
        ("maxUsesPerCustomer", json!(1_000_000_001), "", "OUT_OF_RANGE"),
        ("customerTag", json!(""), "", "REQUIRED"),
        ("customerTag", json!("x".repeat(51)), "", "TOO_LONG"),
        ("priority", json!(1_001), "", "OUT_OF_RANGE"),
        ("priority", json!(-1_001), "", "OUT_OF_RANGE"),
    ] {
        let path = format!("input.{field}{at}");
        for error in refuse(&staff, &id, (field, &value)).await {
            assert_eq!(error["path"], json!(path.split('.').collect::<Vec<_>>()), "{field} {value}");
            assert_eq!(error["problem"], problem, "{field} {value}");
        }
    }
    assert_eq!(rows(&app).await, before);
    assert!(app.audited("discountUpdate").await.is_empty());
    assert_eq!(app.audited("discountCreate").await.len(), 1);
}

#[tokio::test]
async fn discount_fields_must_fit_the_kind() {
    let (app, staff) = shop().await;
    let before = rows(&app).await;
    let amounts = |amount: &str| json!([{ "currency": "EUR", "amount": amount }]);
    for (kind, fields, at, problem) in [
        ("PERCENTAGE", json!({}), "percentage", "REQUIRED"),
        ("AMOUNT", json!({ "percentage": "5" }), "percentage", "INCONSISTENT"),
        ("FREE_SHIPPING", json!({ "percentage": "5" }), "percentage", "INCONSISTENT"),
        (
            "AMOUNT",
            json!({ "amounts": [{ "currency": "EUR", "minimum": "5" }] }),
            "amounts.0.amount",
            "REQUIRED",
        ),
        ("FIXED_PRICE", json!({ "amounts": [{ "currency": "EUR" }] }), "amounts.0.amount", "REQUIRED"),
        ("AMOUNT", json!({ "amounts": amounts("0") }), "amounts.0.amount", "OUT_OF_RANGE"),
        ("FREE_SHIPPING", json!({ "amounts": amounts("1") }), "amounts.0.amount", "INCONSISTENT"),
    ] {
        let mut input = fields.clone();
        (input["name"], input["kind"]) = (json!("x"), json!(kind));
        let error = staff.mutate(DISCOUNT_CREATE, input).await.rejected("InvalidField");
        assert_eq!(error.at(&format!("input.{at}"))["problem"], problem, "{kind} {fields}");
    }
    assert_eq!(rows(&app).await, before);
    let free = json!({ "name": "x", "kind": "FIXED_PRICE", "amounts": amounts("0") });
    staff.mutate(DISCOUNT_CREATE, free).await.ok();
}

#[tokio::test]
async fn discount_ids_of_nothing_and_of_others_are_refused() {
    let (app, staff) = shop().await;
    let id = new_discount(&staff, json!({})).await;
    let before = rows(&app).await;
    let missing = staff.mutate(DISCOUNT_UPDATE, json!({ "id": NO_DISCOUNT, "name": "y" })).await;
    assert_eq!(missing.rejected("NotFound").at("input.id")["id"], NO_DISCOUNT);
    for (field, value) in [("id", json!(A_CATEGORY)), ("productIds", json!([A_CATEGORY]))] {
        let mut input = json!({ "id": id, "name": "y" });
        input[field] = value;
        staff.mutate(DISCOUNT_UPDATE, input).await.failed("BAD_USER_INPUT", "is the id of a Category");
    }
    let nul = staff.mutate(DISCOUNT_UPDATE, json!({ "id": id, "name": "a\0" })).await;
    nul.failed("BAD_USER_INPUT", "contains a NUL character");
    assert_eq!(rows(&app).await, before);
}
