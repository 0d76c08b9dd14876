//! Prices of variants: setting them, what is derived from them, and who sees what.

use entity::{Permission::ProductsEdit, variant_price, variant_price_change};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, QueryOrder};
use serde_json::{Value, json};

use crate::{
    operations::{PRICES_OF, VARIANT_PRICES_SET},
    support::{Client, TestApp},
};

/// The hand grinder as a viewer sees it, whose two variants cost 89.00 EUR.
async fn grinder(client: &Client, currency: Option<&str>) -> Value {
    let variables = json!({ "slug": "hand-grinder", "currency": currency });
    client.query(PRICES_OF, variables).await.data()["product"].take()
}

async fn first_id(app: &TestApp) -> Value {
    grinder(&app.anonymous(), None).await["variants"][0]["id"].take()
}

/// Gives the shop another currency.
async fn add_currency(app: &TestApp, code: &str) {
    let row = entity::shop_currency::ActiveModel {
        currency: Set(code.parse().unwrap()),
        position: Set(2),
        ..Default::default()
    };
    row.insert(app.services().db.connection()).await.unwrap();
}

async fn rows(app: &TestApp) -> (Vec<variant_price::Model>, Vec<variant_price_change::Model>) {
    use variant_price::Column::{Currency, VariantId};
    let db = app.services().db.connection();
    let prices = variant_price::Entity::find().order_by_asc(VariantId).order_by_asc(Currency);
    let changes = variant_price_change::Entity::find().order_by_asc(variant_price_change::Column::Id);
    (prices.all(db).await.unwrap(), changes.all(db).await.unwrap())
}

#[tokio::test]
async fn variant_prices_set_changes_prices_and_what_is_derived() {
    let app = TestApp::start().await;
    add_currency(&app, "JPY").await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let id = first_id(&app).await;
    let prices = json!([{ "currency": "EUR", "amount": "79.90", "compareAt": "99", "cost": "30.5" },
        { "currency": "jpy", "amount": "12000" }]);
    let input = json!({ "id": id, "prices": prices });
    let (reply, statements) = app.counting_statements(staff.mutate(VARIANT_PRICES_SET, input.clone())).await;
    let variant = reply.ok()["variant"].take();
    let euro = json!({ "currency": "EUR", "amount": { "amount": "79.90" }, "compareAt": { "amount": "99.00" },
        "cost": { "amount": "30.50" } });
    let yen = json!({ "currency": "JPY", "amount": { "amount": "12000" }, "compareAt": null, "cost": null });
    let dollar =
        json!({ "currency": "USD", "amount": { "amount": "98.00" }, "compareAt": null, "cost": null });
    assert_eq!(variant["prices"], json!([euro, yen, dollar]));
    let range = json!({ "min": { "amount": "79.90", "currency": "EUR" }, "max": { "amount": "89.00" } });
    assert_eq!(variant["product"]["priceRange"], range);
    assert_eq!(variant["version"], 2);
    assert_eq!(app.audited("variantPricesSet").await.len(), 1);

    let before = rows(&app).await;
    let again = staff.mutate(VARIANT_PRICES_SET, input).await.ok();
    assert_eq!(again["variant"]["version"], 2, "what is there already changes nothing");
    assert_eq!(rows(&app).await, before);

    let all: Vec<_> = ["EUR", "JPY"].map(|code| json!({ "currency": code, "amount": "77" })).into();
    let more = staff.mutate(VARIANT_PRICES_SET, json!({ "id": id, "prices": all }));
    let (reply, same) = app.counting_statements(more).await;
    reply.ok();
    assert_eq!(same, statements, "however many prices are set");

    let removal = json!({ "id": id, "prices": [{ "currency": "JPY" }] });
    let variant = staff.mutate(VARIANT_PRICES_SET, removal).await.ok()["variant"].take();
    assert_eq!(variant["prices"].as_array().unwrap().len(), 2);
    assert_eq!(grinder(&app.anonymous(), Some("JPY")).await["priceRange"], Value::Null);
    let (_, changes) = rows(&app).await;
    let yen: Vec<_> = changes.iter().filter(|change| change.currency.code() == "JPY").collect();
    assert_eq!(yen.iter().map(|change| change.amount).collect::<Vec<_>>(), [Some(12_000), Some(77), None]);
}

#[tokio::test]
async fn variant_prices_set_refuses_what_is_no_price_and_changes_nothing() {
    let app = TestApp::start().await;
    add_currency(&app, "JPY").await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let id = first_id(&app).await;
    let before = rows(&app).await;
    let price = |currency: &str, amount: &str| json!([{ "currency": currency, "amount": amount }]);
    let twice = json!([{ "currency": "EUR", "amount": "1" }, { "currency": "EUR", "amount": "2" }]);
    for (prices, path, problem) in [
        (json!([]), "input.prices", "OUT_OF_RANGE"),
        (Value::Array(vec![price("EUR", "1")[0].clone(); 21]), "input.prices", "OUT_OF_RANGE"),
        (price("EUR", ""), "input.prices.0.amount", "INVALID_FORMAT"),
        (price("EUR", "1,50"), "input.prices.0.amount", "INVALID_FORMAT"),
        (price("EUR", "1.505"), "input.prices.0.amount", "INVALID_FORMAT"),
        (price("JPY", "1.5"), "input.prices.0.amount", "INVALID_FORMAT"),
        (price("EUR", "-0.01"), "input.prices.0.amount", "OUT_OF_RANGE"),
        (price("EUR", "100000000000.01"), "input.prices.0.amount", "OUT_OF_RANGE"),
        (price("EUR", "92233720368547758.08"), "input.prices.0.amount", "OUT_OF_RANGE"),
        (price("CHF", "1"), "input.prices.0.currency", "UNKNOWN_VALUE"),
        (twice, "input.prices.1.currency", "INCONSISTENT"),
        (
            json!([{ "currency": "EUR", "amount": "9", "compareAt": "9" }]),
            "input.prices.0.compareAt",
            "INCONSISTENT",
        ),
        (json!([{ "currency": "EUR", "amount": "9", "cost": "x" }]), "input.prices.0.cost", "INVALID_FORMAT"),
        (json!([{ "currency": "EUR", "cost": "1" }]), "input.prices.0.amount", "REQUIRED"),
    ] {
        let reply = staff.mutate(VARIANT_PRICES_SET, json!({ "id": id, "prices": prices })).await;
        let error = reply.rejected("InvalidField").at(path);
        assert_eq!(error["problem"], problem, "{prices}");
    }
    let nul = json!({ "id": id, "prices": price("EUR", "1\u{0}") });
    staff.mutate(VARIANT_PRICES_SET, nul).await.failed("BAD_USER_INPUT", "contains a NUL character");
    let unknown = json!({ "id": "BAAAAAAAAAAAAAAAAAAAAAA", "prices": price("EUR", "1") });
    staff.mutate(VARIANT_PRICES_SET, unknown).await.rejected("NotFound").at("input.id");
    let customer = app.customer().await;
    let input = json!({ "id": id, "prices": price("EUR", "1") });
    customer.mutate(VARIANT_PRICES_SET, input).await.failed("FORBIDDEN", "PRODUCTS_EDIT");
    assert_eq!(rows(&app).await, before);
    assert!(app.audited("variantPricesSet").await.is_empty());
}

#[tokio::test]
async fn prior_price_is_that_before_the_present_reduction() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let id = first_id(&app).await;
    for (amount, prior) in [
        ("80", json!({ "amount": "89.00" })),
        ("70", json!({ "amount": "89.00" })),
        ("89", Value::Null),
        ("60", json!({ "amount": "70.00" })),
    ] {
        let prices = json!([{ "currency": "EUR", "amount": amount }]);
        staff.mutate(VARIANT_PRICES_SET, json!({ "id": id, "prices": prices })).await.ok();
        let variants = grinder(&app.anonymous(), None).await["variants"].take();
        assert_eq!(variants[0]["priorPrice"], prior, "after {amount}");
        assert_eq!(variants[1]["priorPrice"], Value::Null);
    }
}

#[tokio::test]
async fn costs_are_for_staff_and_another_currency_has_no_price() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let prices = json!([{ "currency": "EUR", "amount": "89", "cost": "30" }]);
    staff.mutate(VARIANT_PRICES_SET, json!({ "id": first_id(&app).await, "prices": prices })).await.ok();
    assert_eq!(grinder(&staff, None).await["variants"][0]["cost"]["amount"], "30.00");
    for client in [app.anonymous(), app.customer().await] {
        let variant = grinder(&client, None).await["variants"][0].take();
        assert_eq!((&variant["cost"], &variant["price"]["amount"]), (&Value::Null, &json!("89.00")));
    }
    let dollars = grinder(&app.anonymous(), Some("USD")).await;
    assert_eq!(dollars["variants"][0]["price"], json!({ "amount": "98.00", "currency": "USD" }));
    let francs = grinder(&app.anonymous(), Some("CHF")).await;
    assert_eq!((&francs["priceRange"], &francs["variants"][0]["price"]), (&Value::Null, &Value::Null));
}

/// Lists read the prices of all their variants together.
#[tokio::test]
async fn prices_of_a_page_take_one_statement_each() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let page = async |first: u32| {
        let query = format!(
            "{{ products(first: {first}) {{ nodes {{ priceRange {{ min {{ amount }} }} availability
            variants {{ price {{ amount }} priorPrice {{ amount }} availability }} }} }} }}"
        );
        app.counting_statements(client.run(&query)).await.1
    };
    assert_eq!(page(2).await, page(16).await);
}
