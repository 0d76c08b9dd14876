//! Notices: prices and availability that changed behind the shopper's back.

use entity::{StockLevelId, VariantId, product, stock_level, variant, variant_price};
use sea_orm::{
    ActiveModelTrait, ActiveValue::NotSet, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::Expr,
};
use serde_json::{Value, json};

use super::{Guest, lines::limit, variant_row};
use crate::{
    operations::{
        CART_LINES_UPDATE, CART_NOTICES, CART_NOTICES_DISMISS, CART_SHIPPING_METHOD_SET, CART_TOTALS,
        CART_UPDATE,
    },
    support::TestApp,
};

const GRINDER: &str = "BRW-GRD-BLK";

async fn reprice(app: &TestApp, sku: &str, amount: i64) {
    variant_price::Entity::update_many()
        .col_expr(variant_price::Column::Amount, Expr::value(amount))
        .filter(variant_price::Column::VariantId.eq(variant_row(app, sku).await.id))
        .exec(app.services().db.connection())
        .await
        .unwrap();
}

pub(super) async fn stock(app: &TestApp, sku: &str, pieces: i32) {
    stock_level::Entity::update_many()
        .col_expr(stock_level::Column::OnHand, Expr::value(pieces))
        .filter(stock_level::Column::VariantId.eq(variant_row(app, sku).await.id))
        .exec(app.services().db.connection())
        .await
        .unwrap();
}

/// Inserts a variant like another one, with its prices and ten pieces in stock, about which no movement says anything.
async fn insert_copy(app: &TestApp, of: &str, sku: &str) -> VariantId {
    let (db, row) = (app.services().db.connection(), variant_row(app, of).await);
    let id = VariantId(app.services().random.id(app.services().clock.now()));
    let prices = variant_price::Entity::find().filter(variant_price::Column::VariantId.eq(row.id));
    let prices = prices.all(db).await.unwrap();
    let copy = variant::Model { id, sku: sku.to_owned(), combination: sku.to_owned(), ..row };
    copy.into_active_model().reset_all().insert(db).await.unwrap();
    for price in prices {
        let copy = variant_price::Model { variant_id: id, ..price };
        copy.into_active_model().reset_all().insert(db).await.unwrap();
    }
    let stocked = stock_level::Entity::find().filter(stock_level::Column::VariantId.eq(row.id));
    let level = stocked.one(db).await.unwrap().unwrap();
    let new_id = StockLevelId(id.0);
    let copy = stock_level::Model { id: new_id, variant_id: id, on_hand: 10, reserved: 0, ..level };
    let copy = stock_level::ActiveModel { available: NotSet, ..copy.into_active_model().reset_all() };
    stock_level::Entity::insert(copy).exec_without_returning(db).await.unwrap();
    id
}

async fn kinds(guest: &Guest) -> Vec<String> {
    let cart = guest.query(CART_NOTICES).await;
    let kind = |notice: &Value| notice["__typename"].as_str().unwrap().to_owned();
    cart["notices"].as_array().unwrap().iter().map(kind).collect()
}

#[tokio::test]
async fn notices_tell_prices_until_they_are_dismissed() {
    let app = TestApp::start().await;
    let guest = Guest::new(&app, "EUR").await;
    guest.add(&app, GRINDER, 2).await;
    reprice(&app, GRINDER, 7_990).await;
    let cart = guest.query(CART_NOTICES).await;
    let expected = json!({ "__typename": "PriceChanged", "message": "\"Hand Grinder\" has become cheaper.",
        "line": { "sku": GRINDER }, "from": { "amount": "89.00" }, "to": { "amount": "79.90" } });
    assert_eq!(cart["notices"], json!([expected]));
    assert_eq!(
        guest.query(CART_TOTALS).await["totals"]["subtotal"]["amount"],
        "159.80",
        "sale prices count at once"
    );
    assert_eq!(guest.query(CART_NOTICES).await, cart, "reading changes nothing");
    let dismissed = guest.client.mutate(CART_NOTICES_DISMISS, guest.input(json!({}))).await.ok();
    assert_eq!(dismissed["cart"], json!({ "version": 3, "notices": [] }));
    reprice(&app, GRINDER, 8_900).await;
    assert_eq!(kinds(&guest).await, ["PriceChanged"]);
    let line = guest.cart().await["lines"][0]["id"].take();
    let lines = json!({ "lines": [{ "id": line, "quantity": 1 }] });
    guest.client.mutate(CART_LINES_UPDATE, guest.input(lines)).await.ok();
    assert_eq!(kinds(&guest).await, Vec::<String>::new(), "who changes the line sees its price");
}

#[tokio::test]
async fn notices_tell_missing_stock_and_fewer_pieces_again() {
    let app = TestApp::start().await;
    let guest = Guest::new(&app, "EUR").await;
    guest.add(&app, GRINDER, 5).await;
    stock(&app, GRINDER, 3).await;
    let cart = guest.query(CART_NOTICES).await;
    let notice = &cart["notices"][0];
    assert_eq!(
        (&notice["__typename"], &notice["requested"], &notice["available"]),
        (&json!("InsufficientStock"), &json!(5), &json!(3))
    );
    assert_eq!(cart["lines"][0]["problem"], "INSUFFICIENT_STOCK");
    guest.client.mutate(CART_NOTICES_DISMISS, guest.input(json!({}))).await.ok();
    let cart = guest.query(CART_NOTICES).await;
    assert_eq!((&cart["notices"], &cart["lines"][0]["problem"]), (&json!([]), &json!("INSUFFICIENT_STOCK")));
    stock(&app, GRINDER, 4).await;
    assert_eq!(kinds(&guest).await, Vec::<String>::new(), "more than before is no news");
    stock(&app, GRINDER, 1).await;
    assert_eq!(kinds(&guest).await, ["InsufficientStock"]);
    let line = guest.cart().await["lines"][0]["id"].take();
    let fewer = guest.input(json!({ "lines": [{ "id": line, "quantity": 4 }] }));
    assert!(guest.client.mutate(CART_LINES_UPDATE, fewer).await.is_ok(), "fewer pieces are always possible");
    let more = guest.input(json!({ "lines": [{ "id": line, "quantity": 5 }] }));
    guest.client.mutate(CART_LINES_UPDATE, more).await.rejected("InsufficientStock");
}

#[tokio::test]
async fn notices_tell_variants_that_cannot_be_bought_any_more() {
    let app = TestApp::start().await;
    let db = app.services().db.connection();
    let guest = Guest::new(&app, "EUR").await;
    let deleted = insert_copy(&app, "PAN-IRON-30", "PAN-IRON-99").await;
    for sku in [GRINDER, "COF-HUE-250", "PAN-IRON-20", "PAN-IRON-26", "PAN-IRON-99"] {
        guest.add(&app, sku, 2).await;
    }
    product::Entity::update_many()
        .col_expr(product::Column::Status, Expr::value("archived"))
        .filter(product::Column::Id.eq(variant_row(&app, GRINDER).await.product_id))
        .exec(db)
        .await
        .unwrap();
    let coffee = variant_row(&app, "COF-HUE-250").await.id;
    variant_price::Entity::delete_by_id((coffee, entity::Currency::EUR)).exec(db).await.unwrap();
    limit(&app, "PAN-IRON-20", 1).await;
    variant::Entity::update_many()
        .col_expr(variant::Column::ArchivedAt, Expr::value(app.services().clock.now()))
        .filter(variant::Column::Sku.eq("PAN-IRON-26"))
        .exec(db)
        .await
        .unwrap();
    variant::Entity::delete_by_id(deleted).exec(db).await.unwrap();
    let expected =
        ["NoLongerAvailable", "NotSoldInCurrency", "AboveMaximum", "NoLongerAvailable", "NoLongerAvailable"];
    assert_eq!(kinds(&guest).await, expected);
    let cart = guest.cart().await;
    assert_eq!(super::skus(&cart).len(), 5, "a line outlives its variant");
    let prices: Vec<_> = cart["lines"].as_array().unwrap().iter().map(|line| &line["unitPrice"]).collect();
    let price = json!({ "amount": "39.00" });
    assert_eq!(prices, [&Value::Null, &Value::Null, &price, &Value::Null, &Value::Null]);
    assert_eq!(
        (&cart["lines"][0]["variant"], &cart["lines"][0]["productName"]),
        (&Value::Null, &json!("Hand Grinder"))
    );
    assert_eq!(
        guest.query(CART_TOTALS).await["totals"]["subtotal"]["amount"],
        "78.00",
        "others are no part of the totals"
    );
    guest.client.mutate(CART_NOTICES_DISMISS, guest.input(json!({}))).await.ok();
    assert_eq!(kinds(&guest).await, Vec::<String>::new());
}

#[tokio::test]
async fn notices_tell_a_shipping_method_that_cannot_be_used() {
    let app = TestApp::start().await;
    let guest = Guest::new(&app, "EUR").await;
    guest.add(&app, GRINDER, 1).await;
    let address = |country: &str| guest.input(json!({ "shippingAddress": { "countryCode": country } }));
    guest.client.mutate(CART_UPDATE, address("DE")).await.ok();
    let method = guest.query(CART_TOTALS).await["shippingMethods"][0]["method"]["id"].take();
    let chosen = guest
        .client
        .mutate(CART_SHIPPING_METHOD_SET, guest.input(json!({ "shippingMethodId": method })))
        .await;
    assert_eq!(chosen.ok()["cart"]["shippingMethod"]["name"], "Parcel");
    guest.client.mutate(CART_UPDATE, address("US")).await.ok();
    assert_eq!(kinds(&guest).await, ["ShippingMethodUnavailable"]);
    assert_eq!(guest.query(CART_TOTALS).await["shippingMethod"], Value::Null);
    guest.client.mutate(CART_NOTICES_DISMISS, guest.input(json!({}))).await.ok();
    guest.client.mutate(CART_UPDATE, address("DE")).await.ok();
    assert_eq!(guest.query(CART_TOTALS).await["shippingMethod"], Value::Null, "it is no longer chosen");
}
