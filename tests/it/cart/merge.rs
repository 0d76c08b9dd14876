//! A guest's cart at login.

use entity::account::Kind;
use serde_json::{Value, json};

use super::{Guest, notices::stock, quantities, skus, variant_id};
use crate::{
    operations::{CART, CART_CREATE, CART_LINES_ADD, CART_OF_ME},
    support::{Client, TestApp},
};

const EMAIL: &str = "merge@shop.example";

/// Logs in with a guest's cart, and returns the account's cart.
async fn login(app: &TestApp, token: &Value) -> (Client, Value) {
    let query =
        "mutation ($input: LoginInput!) { login(input: $input) { session { token } errors { __typename } } }";
    let input = json!({ "email": EMAIL, "password": crate::support::SOMEONES_PASSWORD, "cartToken": token });
    let session = app.anonymous().ask(query, json!({ "input": input })).await.data();
    let client = app.anonymous().with_token(session["login"]["session"]["token"].as_str().unwrap());
    let cart = client.query(CART_OF_ME, json!({})).await.data()["me"]["cart"].take();
    (client, cart)
}

async fn with_lines(app: &TestApp, count: usize) -> Guest {
    let guest = Guest::new(app, "EUR").await;
    let id = variant_id(app, "COF-HUE-250").await;
    let line = |n: usize| json!({ "variantId": id, "metadata": { "n": format!("{n:03}") } });
    let lines: Value = (0..count).map(line).collect();
    guest.client.mutate(CART_LINES_ADD, guest.input(json!({ "lines": lines }))).await.ok();
    guest
}

#[tokio::test]
async fn guests_cart_becomes_that_of_the_account() {
    let app = TestApp::start().await;
    app.create_account(EMAIL, crate::support::SOMEONES_PASSWORD, Kind::Customer).await;
    let guest = with_lines(&app, 65).await;
    let before = guest.cart().await;
    let (_, cart) = login(&app, &guest.token).await;
    assert_eq!(cart["id"], before["id"]);
    assert_eq!(cart["lines"], before["lines"], "all 65 lines survive");
    assert_eq!(guest.cart().await, Value::Null, "the token opens nothing any more");
    let (_, again) = login(&app, &guest.token).await;
    assert_eq!(again, cart, "a second login changes nothing");
}

#[tokio::test]
async fn guests_cart_is_merged_into_that_of_the_account() {
    let app = TestApp::start().await;
    app.create_account(EMAIL, crate::support::SOMEONES_PASSWORD, Kind::Customer).await;
    let (client, none) = login(&app, &Value::Null).await;
    assert_eq!(none, Value::Null);
    let (coffee, grinder) = (variant_id(&app, "COF-HUE-250").await, variant_id(&app, "BRW-GRD-BLK").await);
    let lines = json!([{ "variantId": coffee, "quantity": 2 }, { "variantId": grinder, "quantity": 3 }]);
    client.mutate(CART_CREATE, json!({ "lines": lines })).await.ok();
    let guest = Guest::new(&app, "USD").await;
    let lines = json!([{ "variantId": coffee, "quantity": 5 }, { "variantId": grinder, "quantity": 1 },
        { "variantId": coffee, "metadata": { "grind": "fine" } }]);
    guest.client.mutate(CART_LINES_ADD, guest.input(json!({ "lines": lines }))).await.ok();
    let (client, cart) = login(&app, &guest.token).await;
    assert_eq!(skus(&cart), ["COF-HUE-250", "BRW-GRD-BLK", "COF-HUE-250"]);
    assert_eq!(quantities(&cart), [5, 3, 1], "the larger quantity wins");
    assert_eq!((&cart["currency"], &cart["version"]), (&json!("EUR"), &json!(2)));
    let notices = client.query(crate::operations::CART_NOTICES, json!({})).await.data()["cart"].take();
    assert_eq!(notices["notices"], json!([]), "another currency is no other price");
}

#[tokio::test]
async fn merge_exceeds_the_bound_of_lines_and_loses_none() {
    let app = TestApp::start().await;
    app.create_account(EMAIL, crate::support::SOMEONES_PASSWORD, Kind::Customer).await;
    stock(&app, "COF-HUE-250", 1_000).await;
    let (first, second) = (with_lines(&app, 65).await, Guest::new(&app, "EUR").await);
    let id = variant_id(&app, "COF-HUE-250").await;
    let lines: Value =
        (0..65).map(|n| json!({ "variantId": id, "metadata": { "m": n.to_string() } })).collect();
    second.client.mutate(CART_LINES_ADD, second.input(json!({ "lines": lines }))).await.ok();
    // Both logins at once.
    let (one, two) = tokio::join!(login(&app, &first.token), login(&app, &second.token));
    let _ = (one, two);
    let (client, cart) = login(&app, &Value::Null).await;
    assert_eq!(cart["lines"].as_array().unwrap().len(), 130);
    let input = json!({ "id": cart["id"], "lines": [{ "variantId": id }] });
    client.mutate(CART_LINES_ADD, input).await.rejected("InvalidField").at("input.lines");
    let line = json!([{ "variantId": id, "metadata": { "m": "7" } }]);
    client.mutate(CART_LINES_ADD, json!({ "id": cart["id"], "lines": line })).await.ok();
}

#[tokio::test]
async fn two_logins_with_one_token_merge_once() {
    let app = TestApp::start().await;
    app.create_account(EMAIL, crate::support::SOMEONES_PASSWORD, Kind::Customer).await;
    let (client, _) = login(&app, &Value::Null).await;
    client
        .mutate(CART_CREATE, json!({ "lines": [{ "variantId": variant_id(&app, "BRW-GRD-BLK").await }] }))
        .await
        .ok();
    let guest = with_lines(&app, 65).await;
    let logins =
        tokio::join!(login(&app, &guest.token), login(&app, &guest.token), login(&app, &guest.token));
    drop(logins);
    let cart = client.query(CART, json!({})).await.data()["cart"].take();
    assert_eq!((cart["lines"].as_array().unwrap().len(), &cart["version"]), (66, &json!(2)));
}

#[tokio::test]
async fn cookie_of_a_cart_ends_with_the_login() {
    let app = TestApp::start().await;
    app.create_account(EMAIL, crate::support::SOMEONES_PASSWORD, Kind::Customer).await;
    let guest = with_lines(&app, 1).await;
    let query = "mutation ($input: LoginInput!) { login(input: $input) { account { cart { quantity } } } }";
    let body = json!({ "query": query, "variables": { "input": { "email": EMAIL, "password": crate::support::SOMEONES_PASSWORD } } });
    let cookie = format!("__Host-bodega-cart={}", guest.token.as_str().unwrap());
    let reply = guest.client.send(guest.client.post().json(&body).header("cookie", cookie)).await;
    assert_eq!(reply.data()["login"]["account"]["cart"]["quantity"], 1);
    assert!(reply.header("set-cookie").unwrap().starts_with("__Host-bodega-cart=; Max-Age=0"));
}
