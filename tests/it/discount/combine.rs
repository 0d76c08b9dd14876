//! Which discounts are applied beside each other, and in which order.

use serde_json::json;

use super::{COFFEE, GRINDER, amounts, enter, new_code, new_discount, pairs, rejected, shop};
use crate::{
    cart::Guest,
    operations::{CART_DISCOUNTS, DISCOUNT_UPDATE},
};

#[tokio::test]
async fn order_is_by_priority_then_by_what_the_shopper_saves() {
    let (app, staff) = shop().await;
    let guest = Guest::new(&app, "EUR").await;
    guest.add(&app, GRINDER, 1).await;
    new_code(&staff, "A", json!({ "name": "A" })).await;
    let euro = json!([{ "currency": "EUR", "amount": "20" }]);
    new_discount(&staff, json!({ "name": "B", "kind": "AMOUNT", "amounts": euro, "isAutomatic": true }))
        .await;
    enter(&guest, &["A"]).await;
    assert_eq!(amounts(&guest).await, pairs(&[("B", "20.00"), ("A", "6.90")]), "each on what is left");
    let id =
        new_discount(&staff, json!({ "name": "C", "percentage": "1", "isAutomatic": true, "priority": 1 }))
            .await;
    assert_eq!(amounts(&guest).await, pairs(&[("C", "0.89"), ("B", "20.00"), ("A", "6.81")]));
    staff.mutate(DISCOUNT_UPDATE, json!({ "id": id, "priority": -1 })).await.ok();
    assert_eq!(amounts(&guest).await, pairs(&[("B", "20.00"), ("A", "6.90"), ("C", "0.62")]));
    let cart = guest.query(CART_DISCOUNTS).await;
    assert_eq!(cart["totals"]["discount"]["amount"], "27.52");
    assert_eq!(cart["lines"][0]["totals"]["discounts"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn one_that_does_not_combine_stands_alone() {
    let (app, staff) = shop().await;
    let guest = Guest::new(&app, "EUR").await;
    guest.add(&app, COFFEE, 10).await;
    let id = new_code(&staff, "Alone", json!({ "name": "Alone", "isCombinable": false })).await;
    new_code(&staff, "More", json!({ "name": "More", "percentage": "20" })).await;
    enter(&guest, &["alone", "more"]).await;
    assert_eq!(amounts(&guest).await, pairs(&[("More", "23.80")]), "the cheaper one comes first");
    assert_eq!(rejected(&guest).await, pairs(&[("alone", "NOT_COMBINABLE")]));
    staff.mutate(DISCOUNT_UPDATE, json!({ "id": id, "priority": 1 })).await.ok();
    assert_eq!(amounts(&guest).await, pairs(&[("Alone", "11.90")]));
    assert_eq!(rejected(&guest).await, pairs(&[("more", "NOT_COMBINABLE")]));
    enter(&guest, &["more"]).await;
    assert_eq!((amounts(&guest).await, rejected(&guest).await), (pairs(&[("More", "23.80")]), vec![]));
}
