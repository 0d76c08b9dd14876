//! Notices of codes that have ended, and codes at login.

use entity::account::Kind;
use serde_json::{Value, json};

use super::{COFFEE, GRINDER, enter, new_code, shop};
use crate::{
    cart::Guest,
    operations::{
        CART_CREATE, CART_DISCOUNT_CODES_SET, CART_DISCOUNT_NOTICES, CART_DISCOUNTS, CART_NOTICES_DISMISS,
        DISCOUNT_DELETE, DISCOUNT_UPDATE,
    },
    support::SOMEONES_PASSWORD,
};

async fn notices(guest: &Guest) -> Value {
    guest.query(CART_DISCOUNT_NOTICES).await["notices"].take()
}

#[tokio::test]
async fn notice_tells_a_code_that_has_ended_until_it_is_dismissed() {
    let (app, staff) = shop().await;
    let guest = Guest::new(&app, "EUR").await;
    guest.add(&app, COFFEE, 1).await;
    let (first, second) = (new_code(&staff, "A", json!({})).await, new_code(&staff, "B", json!({})).await);
    enter(&guest, &["a", "b", "never"]).await;
    assert_eq!(notices(&guest).await, json!([]), "what was unknown at once is no news");
    let minimum = json!({ "id": first, "amounts": [{ "currency": "EUR", "minimum": "50" }] });
    staff.mutate(DISCOUNT_UPDATE, minimum).await.ok();
    assert_eq!(notices(&guest).await, json!([]), "it has not ended");
    staff.mutate(DISCOUNT_UPDATE, json!({ "id": first, "isActive": false })).await.ok();
    staff.mutate(DISCOUNT_DELETE, json!({ "id": second })).await.ok();
    let expected = |code: &str| {
        let message = format!("The code \"{code}\" can no longer be used.");
        json!({ "__typename": "DiscountEnded", "message": message, "code": code })
    };
    assert_eq!(notices(&guest).await, json!([expected("a"), expected("b")]));
    guest.add(&app, GRINDER, 1).await;
    assert_eq!(notices(&guest).await.as_array().unwrap().len(), 2, "a change of lines dismisses nothing");
    guest.client.mutate(CART_NOTICES_DISMISS, guest.input(json!({}))).await.ok();
    assert_eq!(notices(&guest).await, json!([]));
    let cart = guest.query(CART_DISCOUNTS).await;
    assert_eq!(cart["discountCodes"], json!(["a", "b", "never"]), "the codes stay");
    staff.mutate(DISCOUNT_UPDATE, json!({ "id": first, "isActive": true, "amounts": [] })).await.ok();
    assert_eq!(guest.query(CART_DISCOUNTS).await["appliedDiscounts"][0]["code"], "a");
}

#[tokio::test]
async fn guests_codes_are_added_at_login() {
    let (app, staff) = shop().await;
    app.create_account("codes@shop.example", SOMEONES_PASSWORD, Kind::Customer).await;
    let own = app.anonymous().login("codes@shop.example", SOMEONES_PASSWORD).await;
    let lines = json!([{ "variantId": crate::cart::variant_id(&app, GRINDER).await }]);
    let cart = own.mutate(CART_CREATE, json!({ "lines": lines })).await.ok()["cart"].take();
    let codes: Vec<_> = (0..8).map(|number| format!("own-{number}")).collect();
    own.mutate(CART_DISCOUNT_CODES_SET, json!({ "id": cart["id"], "codes": codes })).await.ok();
    new_code(&staff, "Guest", json!({})).await;
    let guest = Guest::new(&app, "EUR").await;
    guest.add(&app, COFFEE, 1).await;
    enter(&guest, &["OWN-1", "guest", "x", "too-many"]).await;
    let query = "mutation ($input: LoginInput!) { login(input: $input) { account { cart { discountCodes } } errors { __typename } } }";
    let input =
        json!({ "email": "codes@shop.example", "password": SOMEONES_PASSWORD, "cartToken": guest.token });
    app.anonymous().ask(query, json!({ "input": input })).await.data();
    let cart = own.query(CART_DISCOUNTS, json!({})).await.data()["cart"].take();
    let codes = cart["discountCodes"].as_array().unwrap();
    assert_eq!((codes.len(), &codes[8], &codes[9]), (10, &json!("guest"), &json!("x")));
    assert_eq!(cart["appliedDiscounts"][0]["code"], "guest");
}
