//! Totals: goods, shipping and taxes by destination.

use entity::{account::Kind, account_tax, discount};
use sea_orm::{ActiveValue::Set, EntityTrait};
use serde_json::{Value, json};

use super::{Guest, variant_id};
use crate::{
    operations::{CART_CREATE, CART_SHIPPING_METHOD_SET, CART_TOTALS, CART_UPDATE},
    support::TestApp,
};

/// The demo shop stands in Germany: 19 % on goods, 7 % on coffee; euro prices contain tax, dollar prices do not.
async fn cart(app: &TestApp, currency: &str, country: Option<&str>) -> (Guest, Value) {
    let guest = Guest::new(app, currency).await;
    guest.add(app, "BRW-GRD-BLK", 1).await;
    guest.add(app, "COF-HUE-250", 2).await;
    if let Some(country) = country {
        let address = json!({ "shippingAddress": { "countryCode": country } });
        guest.client.mutate(CART_UPDATE, guest.input(address)).await.ok();
    }
    let totals = guest.query(CART_TOTALS).await;
    (guest, totals)
}

/// Amounts of these fields.
fn amounts<'a>(totals: &'a Value, fields: &[&str]) -> Vec<&'a str> {
    fields.iter().map(|field| totals[field]["amount"].as_str().unwrap_or("null")).collect()
}

const FIELDS: [&str; 7] = ["subtotal", "shipping", "discount", "taxDeducted", "taxAdded", "tax", "total"];

#[tokio::test]
async fn prices_with_tax_contain_it() {
    let app = TestApp::start().await;
    let (_, cart) = cart(&app, "EUR", None).await;
    let totals = &cart["totals"];
    // 89.00 * 19 / 119 = 14.21; 23.80 * 7 / 107 = 1.557
    assert_eq!(amounts(totals, &FIELDS), ["112.80", "null", "0.00", "0.00", "0.00", "15.77", "112.80"]);
    let taxes = json!([
        { "name": "VAT 19 %", "percentage": "19", "reason": "STANDARD", "net": { "amount": "74.79" }, "amount": { "amount": "14.21" } },
        { "name": "VAT 7 %", "percentage": "7", "reason": "REDUCED", "net": { "amount": "22.24" }, "amount": { "amount": "1.56" } }
    ]);
    assert_eq!(totals["taxes"], taxes);
    assert_eq!((&totals["taxCountryCode"], &totals["isTaxEstimated"]), (&json!("DE"), &json!(true)));
    assert_eq!((&totals["pricesIncludeTax"], &cart["shippingMethods"]), (&json!(true), &json!([])));
}

#[tokio::test]
async fn shipping_is_taxed_like_the_goods() {
    let app = TestApp::start().await;
    let db = app.services().db.connection();
    discount::Entity::delete_many().exec(db).await.unwrap();
    let (guest, cart) = cart(&app, "EUR", Some("DE")).await;
    let shown = |method: &Value| (method["method"]["name"].clone(), method["price"]["amount"].clone());
    let methods: Vec<_> = cart["shippingMethods"].as_array().unwrap().iter().map(shown).collect();
    assert_eq!(
        methods,
        [(json!("Parcel"), json!("0.00")), (json!("Express"), json!("12.90"))],
        "free from 60.00"
    );
    let express = cart["shippingMethods"][1]["method"]["id"].clone();
    let chosen = guest
        .client
        .mutate(CART_SHIPPING_METHOD_SET, guest.input(json!({ "shippingMethodId": express })))
        .await;
    let totals = chosen.ok()["cart"]["totals"].take();
    // 12.90 in proportion 89.00 : 23.80 is 10.18 and 2.72, with 1.63 and 0.18 of tax.
    assert_eq!(amounts(&totals, &FIELDS), ["112.80", "12.90", "0.00", "0.00", "0.00", "17.58", "125.70"]);
    assert_eq!(amounts(&totals["shippingTotals"], &["total", "tax"]), ["12.90", "1.81"]);
    assert_eq!(totals["isTaxEstimated"], false);
    let cleared =
        guest.client.mutate(CART_SHIPPING_METHOD_SET, guest.input(json!({ "shippingMethodId": null }))).await;
    assert_eq!(cleared.ok()["cart"]["shippingMethod"], Value::Null);
}

#[tokio::test]
async fn gross_prices_stay_at_another_rate() {
    let app = TestApp::start().await;
    let (_, cart) = cart(&app, "EUR", Some("AT")).await;
    // 89.00 / 6 = 14.83; 23.80 / 11 = 2.16
    assert_eq!(
        amounts(&cart["totals"], &FIELDS),
        ["112.80", "null", "0.00", "0.00", "0.00", "16.99", "112.80"]
    );
}

#[tokio::test]
async fn exports_lose_the_tax_of_the_shop() {
    let app = TestApp::start().await;
    let (_, cart) = cart(&app, "EUR", Some("US")).await;
    assert_eq!(
        amounts(&cart["totals"], &FIELDS),
        ["112.80", "null", "0.00", "15.77", "0.00", "0.00", "97.03"]
    );
    assert_eq!(cart["totals"]["taxes"][0]["reason"], "EXPORT");
    let line = &cart["lines"][0]["totals"];
    assert_eq!(amounts(line, &["subtotal", "taxDeducted", "total"]), ["89.00", "14.21", "74.79"]);
    assert_eq!(cart["shippingMethods"][0]["method"]["name"], "International Parcel");
}

#[tokio::test]
async fn prices_without_tax_get_it_added() {
    let app = TestApp::start().await;
    let (_, cart) = cart(&app, "USD", Some("DE")).await;
    // 98.00 * 0.19 = 18.62; 2 * 13.90 * 0.07 = 1.946
    assert_eq!(
        amounts(&cart["totals"], &FIELDS),
        ["125.80", "null", "0.00", "0.00", "20.57", "20.57", "146.37"]
    );
    assert_eq!(cart["totals"]["pricesIncludeTax"], false);
}

#[tokio::test]
async fn exempt_customers_pay_no_tax() {
    let app = TestApp::start().await;
    let client = app.someone("charity@shop.example", Kind::Customer).await;
    let key = bodega::domain::kernel::global_id::decode(client.id().await.as_str().unwrap()).unwrap().1;
    let row = account_tax::ActiveModel {
        account_id: Set(entity::AccountId(key)),
        reason: Set(account_tax::Reason::Exempt),
        tax_id: Set(None),
    };
    account_tax::Entity::insert(row).exec(app.services().db.connection()).await.unwrap();
    let lines = json!([{ "variantId": variant_id(&app, "BRW-GRD-BLK").await }]);
    client.mutate(CART_CREATE, json!({ "lines": lines })).await.ok();
    let cart = client.query(CART_TOTALS, json!({})).await.data()["cart"].take();
    assert_eq!(
        amounts(&cart["totals"], &FIELDS),
        ["89.00", "null", "0.00", "14.21", "0.00", "0.00", "74.79"]
    );
    assert_eq!(cart["totals"]["taxes"][0]["name"], "Exempt");
}

#[tokio::test]
async fn digital_goods_ask_for_no_shipping_and_are_taxed_at_the_billing_address() {
    let app = TestApp::start().await;
    let guest = Guest::new(&app, "EUR").await;
    let digital = {
        use entity::variant;
        use sea_orm::{ColumnTrait, QueryFilter};
        let found = variant::Entity::find().filter(variant::Column::RequiresShipping.eq(false));
        found.one(app.services().db.connection()).await.unwrap().unwrap().sku
    };
    assert_eq!(guest.add(&app, &digital, 1).await["requiresShipping"], false);
    let addresses =
        json!({ "shippingAddress": { "countryCode": "DE" }, "billingAddress": { "countryCode": "AT" } });
    guest.client.mutate(CART_UPDATE, guest.input(addresses)).await.ok();
    let cart = guest.query(CART_TOTALS).await;
    assert_eq!((&cart["totals"]["taxCountryCode"], &cart["shippingMethods"]), (&json!("AT"), &json!([])));
}

#[tokio::test]
async fn shipping_methods_are_refused_that_do_not_fit() {
    let app = TestApp::start().await;
    let (guest, cart) = cart(&app, "EUR", None).await;
    assert_eq!(cart["shippingMethods"], json!([]));
    let (_, other) = super::totals::cart(&app, "EUR", Some("DE")).await;
    let express = &other["shippingMethods"][1]["method"]["id"];
    let set = |id: &Value| guest.input(json!({ "shippingMethodId": id }));
    let refused = guest.client.mutate(CART_SHIPPING_METHOD_SET, set(express)).await;
    let error = refused.rejected("InvalidField").at("input.shippingMethodId");
    assert_eq!(error["message"], "Shipping methods depend on the address. Set the shipping address first.");
    let address = json!({ "shippingAddress": { "countryCode": "DE" } });
    guest.client.mutate(CART_UPDATE, guest.input(address)).await.ok();
    assert!(guest.client.mutate(CART_SHIPPING_METHOD_SET, set(express)).await.is_ok());
    guest.add(&app, "PAN-IRON-20", 1).await;
    let methods = guest.query(CART_TOTALS).await;
    assert_eq!(methods["shippingMethods"].as_array().unwrap().len(), 1, "pans are not sent by express");
    guest.client.mutate(CART_SHIPPING_METHOD_SET, set(express)).await.rejected("InvalidField");
}
