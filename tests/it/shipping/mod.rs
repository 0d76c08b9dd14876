//! Shipping zones and methods: changing them, what is refused, who sees what, and what a cart is offered.

mod choose;
mod invalid;
mod method;
mod order;
mod read;
mod zone;

use entity::{
    Permission::{ProductsEdit, SettingsEdit},
    shipping_method, shipping_method_category, shipping_price, shipping_zone, shipping_zone_place,
};
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::{Value, json};

use crate::{
    operations::{SHIPPING_METHOD_CREATE, SHIPPING_ZONE_CREATE, SHIPPING_ZONES},
    support::{Client, TestApp},
};

/// The id of no zone.
const NO_ZONE: &str = "FgAAAAAAAAAAAAAAAAAAAAA";
/// The id of no method.
const NO_METHOD: &str = "FwAAAAAAAAAAAAAAAAAAAAA";
/// The id of a category.
const A_CATEGORY: &str = "AgAAAAAAAAAAAAAAAAAAAAA";

/// Staff who may change shipping and the catalogue, after the zones of the demo shop are gone.
async fn staff(app: &TestApp) -> Client {
    shipping_zone::Entity::delete_many().exec(app.services().db.connection()).await.unwrap();
    app.staff_with(&[SettingsEdit, ProductsEdit]).await
}

/// Places of the input: codes of countries and of their parts.
fn places(codes: &[&str]) -> Value {
    let place = |code: &&str| match code.split_once('-') {
        None => json!({ "countryCode": code }),
        Some((country, _)) => json!({ "countryCode": country, "subdivisionCode": code }),
    };
    codes.iter().map(place).collect()
}

/// A new zone with these places; its id.
async fn new_zone(client: &Client, name: &str, codes: &[&str]) -> Value {
    let input = json!({ "name": name, "places": places(codes) });
    client.mutate(SHIPPING_ZONE_CREATE, input).await.ok()["zone"]["id"].take()
}

/// A new method of a zone for 4.90 EUR; its id.
async fn new_method(client: &Client, zone: &Value, name: &str) -> Value {
    let input = json!({ "zoneId": zone, "name": name, "prices": [{ "currency": "EUR", "amount": "4.90" }] });
    client.mutate(SHIPPING_METHOD_CREATE, input).await.ok()["method"]["id"].take()
}

/// The id of a category of the demo shop.
async fn category(app: &TestApp, slug: &str) -> Value {
    let query = "query ($slug: String!) { category(slug: $slug) { id } }";
    app.anonymous().ask(query, json!({ "slug": slug })).await.data()["category"]["id"].take()
}

async fn zones(client: &Client) -> Value {
    client.query(SHIPPING_ZONES, json!({})).await.data()["shippingZones"].take()
}

type Rows = (
    Vec<shipping_zone::Model>,
    Vec<shipping_zone_place::Model>,
    Vec<shipping_method::Model>,
    Vec<shipping_price::Model>,
    Vec<shipping_method_category::Model>,
);

/// All that is stored.
async fn rows(app: &TestApp) -> Rows {
    let db = app.services().db.connection();
    let zones = shipping_zone::Entity::find().order_by_asc(shipping_zone::Column::Id);
    let places = shipping_zone_place::Entity::find().order_by_asc(shipping_zone_place::Column::Place);
    let methods = shipping_method::Entity::find().order_by_asc(shipping_method::Column::Id);
    let prices = shipping_price::Entity::find().order_by_asc(shipping_price::Column::MethodId);
    let prices = prices.order_by_asc(shipping_price::Column::Currency);
    let categories = shipping_method_category::Entity::find()
        .order_by_asc(shipping_method_category::Column::MethodId)
        .order_by_asc(shipping_method_category::Column::CategoryId);
    (
        zones.all(db).await.unwrap(),
        places.all(db).await.unwrap(),
        methods.all(db).await.unwrap(),
        prices.all(db).await.unwrap(),
        categories.all(db).await.unwrap(),
    )
}
