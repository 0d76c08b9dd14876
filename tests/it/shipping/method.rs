//! Changing methods.

use entity::{Permission, shop_currency};
use futures_util::future::join;
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use serde_json::{Value, json};

use super::{category, new_method, new_zone, rows, staff};
use crate::{
    operations::{
        CATEGORY_DELETE, SHIPPING_METHOD_CREATE, SHIPPING_METHOD_DELETE, SHIPPING_METHOD_UPDATE,
        TAX_CLASS_CREATE, TAX_CLASS_DELETE,
    },
    support::{Client, TestApp},
};

async fn tax_class(client: &Client, name: &str) -> Value {
    client.mutate(TAX_CLASS_CREATE, json!({ "name": name })).await.ok()["taxClass"]["id"].take()
}

/// An input with every field.
async fn full(app: &TestApp, client: &Client) -> Value {
    json!({
        "name": " Parcel ", "description": " With tracking.\nBy van. ", "minDays": 1, "maxDays": 3,
        "minWeight": 0, "maxWeight": 31_500, "taxClassId": tax_class(client, "Services").await,
        "prices": [
            { "currency": "USD", "amount": "6", "minSubtotal": "10", "maxSubtotal": "10.01" },
            { "currency": "EUR", "amount": "4.9", "freeFrom": "50" },
        ],
        "excludedCategoryIds": [category(app, "desk").await, category(app, "brewing").await],
        "excludedTags": ["sale", "fragile", " sale "],
    })
}

#[tokio::test]
async fn shipping_methods_are_created_changed_and_deleted() {
    let app = TestApp::start().await;
    let staff = staff(&app).await;
    let (_, session) = app.counting_statements(staff.run("{ me { id } }")).await;
    let zone = new_zone(&staff, "Europe", &["DE"]).await;
    let mut input = full(&app, &staff).await;
    let class = input["taxClassId"].clone();
    input["zoneId"] = zone.clone();
    let (made, creates) = app.counting_statements(staff.mutate(SHIPPING_METHOD_CREATE, input.clone())).await;
    let method = made.ok()["method"].take();
    let id = method["id"].clone();
    let euro = json!({ "currency": "EUR", "amount": { "amount": "4.90" }, "freeFrom": { "amount": "50.00" },
        "minSubtotal": null, "maxSubtotal": null });
    let dollar = json!({ "currency": "USD", "amount": { "amount": "6.00" }, "freeFrom": null,
        "minSubtotal": { "amount": "10.00" }, "maxSubtotal": { "amount": "10.01" } });
    let expected = json!({
        "id": id, "name": "Parcel", "description": "With tracking.\nBy van.", "minDays": 1, "maxDays": 3,
        "minWeight": 0, "maxWeight": 31_500, "excludedTags": ["fragile", "sale"], "version": 1,
        "zone": { "id": zone }, "taxClass": { "id": class }, "prices": [euro, dollar],
        "excludedCategories": [{ "slug": "brewing" }, { "slug": "desk" }],
    });
    assert_eq!(method, expected);
    let audited = app.audited_changes("shippingMethodCreate").await;
    assert_eq!(audited[0].2.as_ref().unwrap()["prices"]["EUR"]["freeFrom"], "50.00");

    let before = rows(&app).await;
    input.as_object_mut().unwrap().remove("zoneId");
    input["id"] = id.clone();
    input["version"] = json!(1);
    let (same, looks) = app.counting_statements(staff.mutate(SHIPPING_METHOD_UPDATE, input)).await;
    assert_eq!((same.ok()["method"].take(), rows(&app).await), (expected.clone(), before));

    let change = json!({
        "id": id, "version": 1, "minDays": null, "maxWeight": null, "taxClassId": null, "excludedTags": [],
        "prices": [{ "currency": "EUR", "amount": "5.90" }],
        "excludedCategoryIds": [category(&app, "kitchen").await, category(&app, "desk").await],
    });
    let (changed, updates) = app.counting_statements(staff.mutate(SHIPPING_METHOD_UPDATE, change)).await;
    let mut after = expected.clone();
    let euro = json!({ "currency": "EUR", "amount": { "amount": "5.90" }, "freeFrom": null,
        "minSubtotal": null, "maxSubtotal": null });
    for (field, value) in [
        ("minDays", Value::Null),
        ("maxWeight", Value::Null),
        ("taxClass", Value::Null),
        ("excludedTags", json!([])),
        ("prices", json!([euro])),
        ("excludedCategories", json!([{ "slug": "desk" }, { "slug": "kitchen" }])),
        ("version", json!(2)),
    ] {
        after[field] = value;
    }
    assert_eq!(changed.ok()["method"], after);
    let (kind, was, is) = app.audited_changes("shippingMethodUpdate").await.remove(0);
    assert_eq!((kind.as_str(), &was.unwrap()["maxWeight"]), ("ShippingMethod", &json!(31_500)));
    let is = is.unwrap();
    let fields: Vec<_> = is.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        fields,
        ["excludedCategoryIds", "excludedTags", "maxWeight", "minDays", "prices", "taxClassId"]
    );

    let delete = staff.mutate(SHIPPING_METHOD_DELETE, json!({ "id": id }));
    let (deleted, deletes) = app.counting_statements(delete).await;
    assert_eq!(deleted.ok()["deletedId"], id);
    let (_, _, methods, prices, categories) = rows(&app).await;
    assert_eq!((methods.len(), prices.len(), categories.len()), (0, 0, 0));
    assert_eq!(app.audited("shippingMethodDelete").await.len(), 1);
    // The answer reads the zone, the prices, the categories and the tax class, as far as there is one.
    let statements = [creates - 4, looks - 4, updates - 3, deletes].map(|statements| statements - session);
    assert_eq!(statements, [8, 3, 11, 5]);
}

/// However many prices, categories and methods there are.
#[tokio::test]
async fn shipping_method_mutations_take_as_many_statements_for_much_as_for_little() {
    let app = TestApp::start().await;
    for (position, code) in (2..).zip(["CHF", "JPY", "SEK", "NOK", "DKK", "PLN"]) {
        let row = shop_currency::ActiveModel {
            currency: Set(code.parse().unwrap()),
            position: Set(position),
            ..Default::default()
        };
        row.insert(app.services().db.connection()).await.unwrap();
    }
    let staff = staff(&app).await;
    let zone = new_zone(&staff, "Europe", &["DE"]).await;
    let slugs = ["desk", "brewing", "kitchen", "coffee"];
    let mut ids = Vec::new();
    for slug in slugs {
        ids.push(category(&app, slug).await);
    }
    let all = ["EUR", "USD", "CHF", "JPY", "SEK", "NOK", "DKK", "PLN"];
    let prices = |codes: &[&str], amount: &str| -> Value {
        codes.iter().map(|code| json!({ "currency": code, "amount": amount })).collect()
    };
    let mut counts = Vec::new();
    for (codes, ids) in [(&all[..2], &ids[..2]), (&all, &ids)] {
        let (half, rest) = (codes.len() / 2, ids.len() / 2);
        let input = json!({ "zoneId": zone, "name": "x", "prices": prices(codes, "1"), "excludedCategoryIds": ids[rest..] });
        let (made, creates) = app.counting_statements(staff.mutate(SHIPPING_METHOD_CREATE, input)).await;
        let id = made.ok()["method"]["id"].take();
        let input =
            json!({ "id": id, "prices": prices(&codes[half..], "2"), "excludedCategoryIds": ids[..rest] });
        let (changed, updates) = app.counting_statements(staff.mutate(SHIPPING_METHOD_UPDATE, input)).await;
        changed.ok();
        counts.push((creates, updates));
    }
    assert_eq!(counts[0], counts[1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn shipping_method_update_of_a_stale_version_is_a_conflict() {
    let app = TestApp::empty().await;
    let staff = staff(&app).await;
    let id = new_method(&staff, &new_zone(&staff, "Own", &["FR"]).await, "x").await;
    for version in 1..4 {
        let change = |name: &str| {
            let input = json!({ "id": id, "version": version, "name": format!("{name} {version}") });
            staff.mutate(SHIPPING_METHOD_UPDATE, input)
        };
        let (a, b) = join(change("A"), change("B")).await;
        let (done, refused) = if a.is_ok() { (a, b) } else { (b, a) };
        let error = refused.rejected("Conflict").at("input.version");
        let current = json!({ "__typename": "ShippingMethod", "id": id,
            "name": done.ok()["method"]["name"], "version": version + 1 });
        assert_eq!(error["current"], current);
    }
    assert_eq!(app.audited("shippingMethodUpdate").await.len(), 3);
}

/// A change of one limit is compared with the other one that is stored.
#[tokio::test]
async fn shipping_method_update_compares_limits_with_stored_ones() {
    let app = TestApp::empty().await;
    let staff = staff(&app).await;
    let zone = new_zone(&staff, "Own", &["FR"]).await;
    let input = json!({ "zoneId": zone, "name": "x", "prices": [], "minDays": 2, "maxDays": 4,
        "minWeight": 100, "maxWeight": 200 });
    let id = staff.mutate(SHIPPING_METHOD_CREATE, input).await.ok()["method"]["id"].take();
    let before = rows(&app).await;
    for (field, value) in [("minDays", 5), ("maxDays", 1), ("minWeight", 201), ("maxWeight", 99)] {
        let update = staff.mutate(SHIPPING_METHOD_UPDATE, json!({ "id": id, field: value })).await;
        let error = update.rejected("InvalidField").at(&format!("input.{field}"));
        assert_eq!(error["problem"], "INCONSISTENT", "{field}");
    }
    assert_eq!(rows(&app).await, before);
    let equal = json!({ "id": id, "minDays": 4, "maxWeight": 100 });
    let method = staff.mutate(SHIPPING_METHOD_UPDATE, equal).await.ok()["method"].take();
    assert_eq!((&method["minDays"], &method["maxWeight"]), (&json!(4), &json!(100)));
}

#[tokio::test]
async fn category_deletion_ends_its_exclusion() {
    let app = TestApp::start().await;
    let staff = staff(&app).await;
    let zone = new_zone(&staff, "Own", &["FR"]).await;
    let create = "mutation { categoryCreate(input: { name: \"Stoves\" }) { category { id } } }";
    let stoves = staff.run(create).await.data()["categoryCreate"]["category"]["id"].take();
    let ids = json!([category(&app, "desk").await, stoves]);
    let input = json!({ "zoneId": zone, "name": "x", "prices": [], "excludedCategoryIds": ids });
    staff.mutate(SHIPPING_METHOD_CREATE, input).await.ok();
    staff.mutate(CATEGORY_DELETE, json!({ "id": stoves })).await.ok();
    let zones = super::zones(&staff).await;
    assert_eq!(zones[0]["methods"][0]["excludedCategories"], json!([{ "slug": "desk" }]));
}

#[tokio::test]
async fn tax_class_of_a_shipping_method_is_kept() {
    let app = TestApp::empty().await;
    let staff = staff(&app).await;
    let class = tax_class(&staff, "Services").await;
    let zone = new_zone(&staff, "Own", &["FR"]).await;
    let input = json!({ "zoneId": zone, "name": "x", "prices": [], "taxClassId": class });
    let id = staff.mutate(SHIPPING_METHOD_CREATE, input).await.ok()["method"]["id"].take();
    let delete = json!({ "id": class });
    staff.mutate(TAX_CLASS_DELETE, delete.clone()).await.rejected("TaxClassInUse").at("input.id");
    let clerk = app.staff_with(&[Permission::SettingsEdit]).await;
    let seen = super::zones(&clerk).await[0]["methods"][0]["taxClass"].take();
    assert_eq!(seen, json!({ "id": class }), "also without PRODUCTS_EDIT");
    staff.mutate(SHIPPING_METHOD_UPDATE, json!({ "id": id, "taxClassId": null })).await.ok();
    staff.mutate(TAX_CLASS_DELETE, delete).await.ok();
}

#[tokio::test]
async fn currency_of_a_shipping_price_stays() {
    let app = TestApp::empty().await;
    let staff = staff(&app).await;
    let update = async |currencies: &[&str]| {
        let update =
            "mutation ($currencies: [CurrencyCode!]) { shopUpdate(input: { currencies: $currencies }) {
            shop { currencies } errors { __typename ... on CurrencyInUse { currency } } } }";
        staff.ask(update, json!({ "currencies": currencies })).await.data()["shopUpdate"].take()
    };
    update(&["EUR", "USD"]).await;
    let zone = new_zone(&staff, "Own", &["FR"]).await;
    let input = json!({ "zoneId": zone, "name": "x", "prices": [{ "currency": "USD", "amount": "1" }] });
    let id = staff.mutate(SHIPPING_METHOD_CREATE, input).await.ok()["method"]["id"].take();
    let error = json!([{ "__typename": "CurrencyInUse", "currency": "USD" }]);
    assert_eq!(update(&["EUR"]).await, json!({ "shop": null, "errors": error }));
    staff.mutate(SHIPPING_METHOD_UPDATE, json!({ "id": id, "prices": [] })).await.ok();
    assert_eq!(update(&["EUR"]).await["shop"], json!({ "currencies": ["EUR"] }));
}
