//! Details of carts: addresses, texts, currency, metadata.

use entity::{Permission::OrdersEdit, account::Kind};
use serde_json::{Value, json};

use super::{Guest, quantities};
use crate::{
    operations::{CART_DETAILS, CART_METADATA_UPDATE, CART_NOTICES, CART_UPDATE},
    support::TestApp,
};

#[tokio::test]
async fn cart_update_keeps_fields_that_are_missing_and_clears_null() {
    let app = TestApp::start().await;
    let guest = Guest::new(&app, "EUR").await;
    let address = json!({ "name": "Ada", "line1": "1 Main St", "city": "Springfield", "countryCode": "us",
        "subdivisionCode": "us-il", "postalCode": "62701" });
    let fields = json!({ "email": "Ada@shop.example", "locale": "en-US", "note": "Ring\ntwice.",
        "shippingAddress": address, "billingAddress": { "countryCode": "DE" } });
    guest.client.mutate(CART_UPDATE, guest.input(fields)).await.ok();
    let cart = guest.query(CART_DETAILS).await;
    assert_eq!((&cart["email"], &cart["locale"]), (&json!("ada@shop.example"), &json!("en-US")));
    assert_eq!((&cart["note"], &cart["version"]), (&json!("Ring\ntwice."), &json!(2)));
    let shipping = &cart["shippingAddress"];
    assert_eq!(
        (&shipping["subdivisionCode"], &shipping["subdivision"]["name"]),
        (&json!("US-IL"), &json!("Illinois"))
    );
    assert_eq!((&shipping["countryCode"], &shipping["phone"]), (&json!("US"), &Value::Null));
    guest.client.mutate(CART_UPDATE, guest.input(json!({ "billingAddress": null, "note": null }))).await.ok();
    let cart = guest.query(CART_DETAILS).await;
    assert_eq!(
        (&cart["billingAddress"], &cart["note"], &cart["locale"]),
        (&Value::Null, &json!(""), &json!("en-US"))
    );
    assert_eq!(&cart["shippingAddress"]["city"], "Springfield");
}

#[tokio::test]
async fn cart_update_reports_all_invalid_fields() {
    let app = TestApp::start().await;
    let guest = Guest::new(&app, "EUR").await;
    let before = guest.query(CART_DETAILS).await;
    let address = json!({ "countryCode": "XX", "city": "a\u{7}" });
    let fields = json!({ "email": "x", "note": "a\u{7}", "locale": "x", "shippingAddress": address,
        "billingAddress": { "countryCode": "DE", "subdivisionCode": "US-CA" } });
    let errors = guest.client.mutate(CART_UPDATE, guest.input(fields)).await.rejected("InvalidField");
    let paths: Value = errors.iter().map(|error| error["path"].clone()).collect();
    let expected = json!([
        ["input", "email"],
        ["input", "locale"],
        ["input", "note"],
        ["input", "shippingAddress", "city"],
        ["input", "shippingAddress", "countryCode"],
        ["input", "billingAddress", "subdivisionCode"],
    ]);
    assert_eq!(paths, expected);
    for (fields, path) in [
        (json!({ "currency": "CHF" }), "input.currency"),
        (json!({ "note": "x".repeat(1_001) }), "input.note"),
        (json!({ "email": "a".repeat(300) }), "input.email"),
    ] {
        guest.client.mutate(CART_UPDATE, guest.input(fields)).await.rejected("InvalidField").at(path);
    }
    assert_eq!(guest.query(CART_DETAILS).await, before);
}

#[tokio::test]
async fn currency_of_a_cart_changes_all_prices_without_notices() {
    let app = TestApp::start().await;
    let guest = Guest::new(&app, "EUR").await;
    guest.add(&app, "BRW-GRD-BLK", 1).await;
    guest.client.mutate(CART_UPDATE, guest.input(json!({ "currency": "USD" }))).await.ok();
    let cart = guest.cart().await;
    assert_eq!(
        (&cart["currency"], &cart["lines"][0]["unitPrice"]["amount"]),
        (&json!("USD"), &json!("98.00"))
    );
    assert_eq!(guest.query(CART_NOTICES).await["notices"], json!([]));
}

#[tokio::test]
async fn metadata_of_a_cart_are_its_owners() {
    let app = TestApp::start().await;
    let guest = Guest::new(&app, "EUR").await;
    let line = guest.add(&app, "BRW-GRD-BLK", 1).await["lines"][0]["id"].take();
    let input = json!({ "id": guest.id, "token": guest.token, "set": { "gift": "yes" } });
    let object = guest.client.mutate(CART_METADATA_UPDATE, input).await.ok()["object"].take();
    assert_eq!(
        object,
        json!({ "__typename": "Cart", "metadata": { "gift": "yes" }, "privateMetadata": null })
    );
    let input = json!({ "id": line, "token": guest.token, "set": { "engraving": "Ada" } });
    guest.client.mutate(CART_METADATA_UPDATE, input.clone()).await.ok();
    let details = guest.query(CART_DETAILS).await;
    assert_eq!(
        (&details["version"], &details["lines"][0]["metadata"]),
        (&json!(4), &json!({ "engraving": "Ada" }))
    );

    let stranger = app.someone("stranger@shop.example", Kind::Customer).await;
    for id in [&guest.id, &line] {
        let input = json!({ "id": id, "set": { "a": "b" } });
        stranger.mutate(CART_METADATA_UPDATE, input).await.rejected("NotFound").at("input.id");
        let private = json!({ "id": id, "token": guest.token, "set": { "a": "b" }, "private": true });
        stranger.mutate(CART_METADATA_UPDATE, private.clone()).await.failed("FORBIDDEN", "ORDERS_EDIT");
        guest.client.mutate(CART_METADATA_UPDATE, private).await.failed("UNAUTHENTICATED", "");
    }
    let staff = app.staff_with(&[OrdersEdit]).await;
    let private = json!({ "id": line, "set": { "a": "b" }, "private": true });
    let object = staff.mutate(CART_METADATA_UPDATE, private).await.ok()["object"].take();
    assert_eq!(object["privateMetadata"], json!({ "a": "b" }));
    assert_eq!(app.audited("metadataUpdate").await.len(), 1, "only what staff change is audited");
}

#[tokio::test]
async fn metadata_keep_lines_apart() {
    let app = TestApp::start().await;
    let guest = Guest::new(&app, "EUR").await;
    let id = super::variant_id(&app, "BRW-GRD-BLK").await;
    let lines = json!([{ "variantId": id }, { "variantId": id, "metadata": { "a": "b" } }]);
    let cart =
        guest.client.mutate(crate::operations::CART_LINES_ADD, guest.input(json!({ "lines": lines }))).await;
    let cart = cart.ok()["cart"].take();
    let input = json!({ "id": cart["lines"][1]["id"], "token": guest.token, "remove": ["a"] });
    let refused = guest.client.mutate(CART_METADATA_UPDATE, input).await;
    assert_eq!(refused.rejected("InvalidField").at("input.set")["problem"], "TAKEN");
    let input = json!({ "id": cart["lines"][1]["id"], "token": guest.token, "set": { "a": "c" } });
    guest.client.mutate(CART_METADATA_UPDATE, input).await.ok();
    assert_eq!(quantities(&guest.add(&app, "BRW-GRD-BLK", 1).await), [2, 1]);
}
