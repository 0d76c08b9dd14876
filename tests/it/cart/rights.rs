//! Who finds which cart.

use entity::{Permission::OrdersView, account::Kind};
use serde_json::{Value, json};

use super::{Guest, variant_id};
use crate::{
    operations::{
        CART, CART_CREATE, CART_DELETE, CART_LINES_ADD, CART_LINES_REMOVE, CART_LINES_UPDATE,
        CART_NOTICES_DISMISS, CART_OF_ME, CART_SHIPPING_METHOD_SET, CART_UPDATE,
    },
    support::{Client, TestApp},
};

async fn of(client: &Client, variables: Value) -> Value {
    client.query(CART, variables).await.data()["cart"].take()
}

#[tokio::test]
async fn cart_of_a_guest_needs_its_token() {
    let app = TestApp::start().await;
    let guest = Guest::new(&app, "EUR").await;
    let stranger = app.someone("stranger@shop.example", Kind::Customer).await;
    assert_eq!(of(&guest.client, json!({ "token": guest.token })).await["id"], guest.id);
    for client in [&guest.client, &stranger] {
        assert_eq!(of(client, json!({ "id": guest.id })).await, Value::Null);
        assert_eq!(of(client, json!({ "id": guest.id, "token": "x" })).await, Value::Null);
        assert_eq!(of(client, json!({ "id": guest.id, "token": "A".repeat(43) })).await, Value::Null);
    }
    let node =
        json!({ "query": "query ($id: ID!) { node(id: $id) { id } }", "variables": { "id": guest.id } });
    let found = guest.client.send(guest.client.post().json(&node)).await.data();
    assert_eq!(found["node"], Value::Null);
    let cookie = format!("__Host-bodega-cart={}", guest.token.as_str().unwrap());
    let found = guest.client.send(guest.client.post().json(&node).header("cookie", cookie)).await.data();
    assert_eq!(found["node"]["id"], guest.id);
}

#[tokio::test]
async fn cart_of_an_account_is_its_owners() {
    let app = TestApp::start().await;
    let owner = app.someone("owner@shop.example", Kind::Customer).await;
    let stranger = app.someone("stranger@shop.example", Kind::Customer).await;
    assert_eq!(of(&owner, json!({})).await, Value::Null);
    let lines = json!([{ "variantId": variant_id(&app, "BRW-GRD-BLK").await }]);
    let cart = owner.mutate(CART_CREATE, json!({ "lines": lines })).await.ok()["cart"].take();
    let (id, line) = (&cart["id"], &cart["lines"][0]["id"]);
    assert_eq!(of(&owner, json!({})).await["id"], *id);
    assert_eq!(of(&owner, json!({ "id": id })).await["id"], *id);
    assert_eq!(owner.query(CART_OF_ME, json!({})).await.data()["me"]["cart"]["id"], *id);
    let query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    let nodes = owner.ask(query, json!({ "ids": [id, line] })).await.data();
    assert_eq!(nodes["nodes"], json!([{ "id": id }, { "id": line }]));

    let staff = app.staff_with(&[OrdersView]).await;
    assert_eq!(of(&staff, json!({ "id": id })).await["id"], *id, "staff read it");
    for client in [&app.anonymous(), &stranger, &app.staff_with(&[]).await] {
        assert_eq!(of(client, json!({ "id": id })).await, Value::Null);
        assert_eq!(
            client.ask(query, json!({ "ids": [id, line] })).await.data()["nodes"],
            json!([null, null])
        );
    }
    for client in [&app.anonymous(), &stranger, &staff] {
        let lines = json!([{ "variantId": variant_id(&app, "BRW-GRD-BLK").await }]);
        for (mutation, fields) in [
            (CART_LINES_ADD, json!({ "id": id, "lines": lines })),
            (CART_LINES_UPDATE, json!({ "id": id, "lines": [{ "id": line, "quantity": 2 }] })),
            (CART_LINES_REMOVE, json!({ "id": id, "lineIds": [line] })),
            (CART_UPDATE, json!({ "id": id, "note": "mine" })),
            (CART_SHIPPING_METHOD_SET, json!({ "id": id })),
            (CART_NOTICES_DISMISS, json!({ "id": id })),
            (CART_DELETE, json!({ "id": id })),
        ] {
            client.mutate(mutation, fields).await.rejected("NotFound").at("input.id");
        }
    }
    assert_eq!(of(&owner, json!({})).await["version"], 1);
}

#[tokio::test]
async fn carts_that_nobody_changes_age_out() {
    use entity::cart;
    use sea_orm::{EntityTrait, PaginatorTrait, sea_query::Expr};
    let app = TestApp::start().await;
    let db = app.services().db.connection();
    let (old, young) = (Guest::new(&app, "EUR").await, Guest::new(&app, "EUR").await);
    let long_ago = app.services().clock.now() - std::time::Duration::from_secs(91 * 24 * 60 * 60);
    use bodega::domain::kernel::global_id::decode;
    use sea_orm::{ColumnTrait, QueryFilter};
    let key = decode(old.id.as_str().unwrap()).unwrap().1;
    cart::Entity::update_many()
        .col_expr(cart::Column::UpdatedAt, Expr::value(long_ago))
        .filter(cart::Column::Id.eq(key))
        .exec(db)
        .await
        .unwrap();
    let before = cart::Entity::find().count(db).await.unwrap();
    Guest::new(&app, "EUR").await;
    assert_eq!(cart::Entity::find().count(db).await.unwrap(), before, "one came, one went");
    assert_eq!(old.cart().await, Value::Null);
    assert_eq!(young.cart().await["id"], young.id);
}
