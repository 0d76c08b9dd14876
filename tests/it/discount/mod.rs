//! Discounts: changing them and their codes, what is refused, who sees what, and what a cart gets.

mod cart;
mod code;
mod combine;
mod edit;
mod invalid;
mod notice;
mod tags;

use entity::{
    Permission::{CustomersEdit, CustomersView, DiscountsEdit, ProductsEdit},
    discount, discount_amount, discount_code, discount_target,
};
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::{Value, json};

use crate::{
    cart::Guest,
    operations::{CART_DISCOUNT_CODES_SET, CART_DISCOUNTS, DISCOUNT_CODES_ADD, DISCOUNT_CREATE},
    support::{Client, TestApp},
};

/// Costs 89.00 EUR and 98.00 USD.
const GRINDER: &str = "BRW-GRD-BLK";
/// Costs 11.90 EUR.
const COFFEE: &str = "COF-HUE-250";
/// The id of no discount.
const NO_DISCOUNT: &str = "GwAAAAAAAAAAAAAAAAAAAAA";
/// The id of no code.
const NO_CODE: &str = "HAAAAAAAAAAAAAAAAAAAAAA";
/// The id of a category.
const A_CATEGORY: &str = "AgAAAAAAAAAAAAAAAAAAAAA";

/// Staff who may change discounts, the catalogue and customers.
async fn staff(app: &TestApp) -> Client {
    app.staff_with(&[DiscountsEdit, ProductsEdit, CustomersView, CustomersEdit]).await
}

/// The demo shop without its own discounts.
async fn shop() -> (TestApp, Client) {
    let app = TestApp::start().await;
    let staff = staff(&app).await;
    discount::Entity::delete_many().exec(app.services().db.connection()).await.unwrap();
    (app, staff)
}

/// A new combinable discount of 10 percent with other `fields`; its id.
async fn new_discount(client: &Client, fields: Value) -> Value {
    let mut input = json!({ "name": "Ten", "kind": "PERCENTAGE", "percentage": "10", "isCombinable": true });
    for (key, value) in fields.as_object().unwrap() {
        input[key] = value.clone();
    }
    if input["kind"] != "PERCENTAGE" {
        input.as_object_mut().unwrap().remove("percentage");
    }
    client.mutate(DISCOUNT_CREATE, input).await.ok()["discount"]["id"].take()
}

/// The same with a code.
async fn new_code(client: &Client, code: &str, fields: Value) -> Value {
    let id = new_discount(client, fields).await;
    let input = json!({ "discountId": id, "codes": [{ "code": code }] });
    client.mutate(DISCOUNT_CODES_ADD, input).await.ok();
    id
}

/// Enters codes; the cart.
async fn enter(guest: &Guest, codes: &[&str]) -> Value {
    let input = guest.input(json!({ "codes": codes }));
    guest.client.mutate(CART_DISCOUNT_CODES_SET, input).await.ok()["cart"].take()
}

/// Amounts that discounts take off a cart, by name.
async fn amounts(guest: &Guest) -> Vec<(String, String)> {
    let cart = guest.query(CART_DISCOUNTS).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let applied = cart["appliedDiscounts"].as_array().unwrap().iter();
    applied.map(|one| (text(&one["name"]), text(&one["amount"]["amount"]))).collect()
}

/// Codes of a cart without effect, with the reason.
async fn rejected(guest: &Guest) -> Vec<(String, String)> {
    let cart = guest.query(CART_DISCOUNTS).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let codes = cart["rejectedCodes"].as_array().unwrap().iter();
    codes.map(|one| (text(&one["code"]), text(&one["reason"]))).collect()
}

/// Pairs of texts, to be compared.
fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

/// The id of an object of the demo shop: of a category, a collection or a product.
async fn id_of(client: &Client, kind: &str, slug: &str) -> Value {
    let query = format!("query ($slug: String!) {{ {kind}(slug: $slug) {{ id }} }}");
    client.ask(&query, json!({ "slug": slug })).await.data()[kind]["id"].take()
}

type Rows = (
    Vec<discount::Model>,
    Vec<discount_amount::Model>,
    Vec<discount_target::Model>,
    Vec<discount_code::Model>,
);

/// All that is stored.
async fn rows(app: &TestApp) -> Rows {
    let db = app.services().db.connection();
    let discounts = discount::Entity::find().order_by_asc(discount::Column::Id);
    let amounts = discount_amount::Entity::find().order_by_asc(discount_amount::Column::DiscountId);
    let amounts = amounts.order_by_asc(discount_amount::Column::Currency);
    let targets = discount_target::Entity::find().order_by_asc(discount_target::Column::Id);
    let codes = discount_code::Entity::find().order_by_asc(discount_code::Column::Id);
    (
        discounts.all(db).await.unwrap(),
        amounts.all(db).await.unwrap(),
        targets.all(db).await.unwrap(),
        codes.all(db).await.unwrap(),
    )
}
