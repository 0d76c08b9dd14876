//! Who sees what of zones and methods, and at which cost.

use entity::Permission::{ProductsEdit, SettingsEdit};
use serde_json::{Value, json};

use super::{category, new_method, new_zone, staff};
use crate::{
    operations::{SHIPPING_METHOD_CREATE, SHIPPING_ZONES},
    support::TestApp,
};

#[tokio::test]
async fn shipping_method_tells_shoppers_its_name_and_estimate_only() {
    let app = TestApp::start().await;
    let staff = staff(&app).await;
    let zone = new_zone(&staff, "Own", &["FR"]).await;
    let input = json!({
        "zoneId": zone, "name": "Parcel", "description": "With tracking", "minDays": 1, "maxDays": 2,
        "minWeight": 1, "maxWeight": 2, "prices": [{ "currency": "EUR", "amount": "1" }], "excludedTags": ["sale"],
        "excludedCategoryIds": [category(&app, "desk").await],
    });
    let id = staff.mutate(SHIPPING_METHOD_CREATE, input).await.ok()["method"]["id"].take();
    let query = "query ($zone: ID!, $id: ID!) { zone: node(id: $zone) { __typename }
        method: node(id: $id) { __typename ... on ShippingMethod { name description minDays maxDays
            minWeight maxWeight version excludedTags excludedCategories { slug } prices { currency } zone { id } } } }";
    let hidden = json!({
        "__typename": "ShippingMethod", "name": "Parcel", "description": "With tracking", "minDays": 1, "maxDays": 2,
        "minWeight": null, "maxWeight": null, "version": null, "excludedTags": null, "excludedCategories": null,
        "prices": null, "zone": null,
    });
    let mut all = hidden.clone();
    for (field, value) in [
        ("minWeight", json!(1)),
        ("maxWeight", json!(2)),
        ("version", json!(1)),
        ("excludedTags", json!(["sale"])),
        ("excludedCategories", json!([{ "slug": "desk" }])),
        ("prices", json!([{ "currency": "EUR" }])),
        ("zone", json!({ "id": zone })),
    ] {
        all[field] = value;
    }
    for (client, method) in [
        (&staff, &all),
        (&app.program_with(&[SettingsEdit]).await, &all),
        (&app.staff_with(&[ProductsEdit]).await, &hidden),
        (&app.customer().await, &hidden),
        (&app.anonymous(), &hidden),
        (&app.anonymous().with_token("expired"), &hidden),
    ] {
        let data = client.ask(query, json!({ "zone": zone, "id": id })).await.data();
        assert_eq!(data["method"], *method);
        assert_eq!(data["zone"].is_null(), *method == hidden, "{data}");
    }
    app.customer().await.query(SHIPPING_ZONES, json!({})).await.failed("FORBIDDEN", "SETTINGS_EDIT");
}

#[tokio::test]
async fn shipping_zones_are_read_with_as_many_statements_whatever_they_hold() {
    let app = TestApp::start().await;
    let staff = staff(&app).await;
    let (_, session) = app.counting_statements(staff.run("{ me { id } }")).await;
    let desk = category(&app, "desk").await;
    let mut counts = Vec::new();
    for (name, code) in [("A", "DE"), ("B", "FR"), ("C", "IT")] {
        let zone = new_zone(&staff, name, &[code]).await;
        for _ in 0..3 {
            let input = json!({ "zoneId": zone, "name": "x", "prices": [], "excludedCategoryIds": [desk] });
            staff.mutate(SHIPPING_METHOD_CREATE, input).await.ok();
            new_method(&staff, &zone, "y").await;
        }
        let (zones, statements) = app.counting_statements(staff.query(SHIPPING_ZONES, json!({}))).await;
        assert_eq!(zones.data()["shippingZones"][0]["methods"].as_array().unwrap().len(), 6);
        counts.push(statements - session);
    }
    assert_eq!(counts, [6, 6, 6], "zones, places, methods, their zones, prices and categories");
    let query = "{ shippingZones { methods { id name } } }";
    let (zones, statements) = app.counting_statements(staff.run(query)).await;
    assert!(zones.data()["shippingZones"][2]["methods"][5]["id"] != Value::Null);
    assert_eq!(statements - session, 2);
}
