//! The number of SQL statements does not depend on what a cart holds.

use entity::account::Kind;
use serde_json::{Value, json};

use super::variant_id;
use crate::{
    operations::{
        CART_CREATE, CART_LINES_ADD, CART_LINES_ADD_WHOLE, CART_SHIPPING_METHOD_SET, CART_TOTALS,
        CART_UPDATE, CART_WHOLE,
    },
    support::{Client, TestApp},
};

/// A cart of an account with everything.
async fn full(app: &TestApp, lines: usize) -> (Client, Value) {
    let client = app.someone(&format!("{lines}@shop.example"), Kind::Customer).await;
    let id = variant_id(app, "COF-HUE-250").await;
    let line = |n: usize| json!({ "variantId": id, "metadata": { "n": n.to_string() } });
    let lines: Value = (0..lines).map(line).collect();
    let cart = client.mutate(CART_CREATE, json!({ "lines": lines })).await.ok()["cart"].take();
    let address = json!({ "id": cart["id"], "shippingAddress": { "countryCode": "DE" } });
    client.mutate(CART_UPDATE, address).await.ok();
    let method =
        client.query(CART_TOTALS, json!({})).await.data()["cart"]["shippingMethods"][0]["method"]["id"]
            .take();
    client
        .mutate(CART_SHIPPING_METHOD_SET, json!({ "id": cart["id"], "shippingMethodId": method }))
        .await
        .ok();
    (client, cart)
}

#[tokio::test]
async fn cart_is_read_with_a_constant_number_of_statements() {
    let app = TestApp::start().await;
    let mut counts = Vec::new();
    for lines in [1, 20] {
        let (client, _) = full(&app, lines).await;
        let (reply, statements) = app.counting_statements(client.query(CART_WHOLE, json!({}))).await;
        assert!(!reply.data()["cart"]["lines"].as_array().unwrap().is_empty());
        counts.push(statements);
    }
    assert_eq!(counts[0], counts[1]);
    assert!(counts[1] <= 8, "{counts:?}");
}

#[tokio::test]
async fn cart_is_changed_with_a_constant_number_of_statements() {
    let app = TestApp::start().await;
    let mut counts = Vec::new();
    for lines in [1, 20] {
        let (client, cart) = full(&app, lines).await;
        let line = json!([{ "variantId": variant_id(&app, "BRW-GRD-BLK").await }]);
        let input = json!({ "id": cart["id"], "lines": line });
        client.mutate(CART_LINES_ADD, input.clone()).await.ok();
        let (outcome, statements) = app.counting_statements(client.mutate(CART_LINES_ADD_WHOLE, input)).await;
        assert!(outcome.is_ok());
        counts.push(statements);
    }
    assert_eq!(counts[0], counts[1]);
    assert!(counts[1] <= 12, "{counts:?}");
}
