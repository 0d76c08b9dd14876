//! What is offered for a cart at a place.

use std::collections::HashSet;

use bodega::domain::{
    address::Place,
    kernel::global_id::decode,
    shipping::{Offer, Parcel, methods_at},
};
use entity::{CategoryId, Currency};
use serde_json::{Value, json};

use super::{category, new_method, new_zone, staff};
use crate::{
    operations::{SHIPPING_METHOD_CREATE, SHIPPING_METHODS_REORDER, SHIPPING_ZONE_UPDATE},
    support::TestApp,
};

async fn offers(app: &TestApp, code: &str, currency: Currency) -> Vec<Offer> {
    let place = Place::of_key(code).unwrap();
    methods_at(app.services().db.connection(), &place, currency).await.unwrap()
}

async fn names(app: &TestApp, code: &str) -> Vec<String> {
    offers(app, code, Currency::EUR).await.into_iter().map(|offer| offer.method.name).collect()
}

#[tokio::test]
async fn shipping_offers_are_those_of_the_most_specific_place() {
    let app = TestApp::empty().await;
    let staff = staff(&app).await;
    let world = new_zone(&staff, "World", &[]).await;
    new_method(&staff, &world, "Ship").await;
    assert!(names(&app, "DE").await.is_empty(), "no place yet");
    staff.mutate(SHIPPING_ZONE_UPDATE, json!({ "id": world, "isEverywhereElse": true })).await.ok();
    let country = new_zone(&staff, "US", &["US", "GB-ENG"]).await;
    new_method(&staff, &country, "Truck").await;
    let part = new_zone(&staff, "California", &["US-CA", "GB"]).await;
    let courier = new_method(&staff, &part, "Courier").await;
    let bike = new_method(&staff, &part, "Bike").await;
    for (code, expected) in [
        ("DE", &["Ship"][..]),
        ("US", &["Truck"]),
        ("US-NY", &["Truck"]),
        ("US-CA", &["Courier", "Bike"]),
        ("GB-ENG", &["Truck"]),
        ("GB-SCT", &["Courier", "Bike"]),
        ("GB", &["Courier", "Bike"]),
    ] {
        assert_eq!(names(&app, code).await, expected, "{code}");
    }
    let order = json!({ "id": part, "methodIds": [bike, courier] });
    staff.mutate(SHIPPING_METHODS_REORDER, order).await.ok();
    assert_eq!(names(&app, "US-CA").await, ["Bike", "Courier"]);
    let none = new_zone(&staff, "None", &["CU"]).await;
    assert!(names(&app, "CU").await.is_empty(), "a zone without methods ships nothing");
    new_method(&staff, &none, "Plane").await;
    assert_eq!(names(&app, "CU").await, ["Plane"]);
}

fn category_id(id: &Value) -> CategoryId {
    CategoryId(decode(id.as_str().unwrap()).unwrap().1)
}

#[tokio::test]
async fn shipping_offers_have_their_prices_and_exclusions_in_one_statement() {
    let app = TestApp::start().await;
    let staff = staff(&app).await;
    let zone = new_zone(&staff, "Own", &["FR"]).await;
    let ids = [category(&app, "desk").await, category(&app, "brewing").await];
    let prices = json!([{ "currency": "USD", "amount": "6" }, { "currency": "EUR", "amount": "4.90", "freeFrom": "50" }]);
    let euros = json!([{ "currency": "EUR", "amount": "2" }]);
    let mut counts = Vec::new();
    for (name, prices, ids, tags) in [
        ("Parcel", &prices, &ids[..], json!(["fragile"])),
        ("Letter", &euros, &[], json!([])),
        ("Bike", &prices, &ids[..1], json!([])),
    ] {
        let input = json!({ "zoneId": zone, "name": name, "prices": prices, "excludedCategoryIds": ids,
            "excludedTags": tags });
        staff.mutate(SHIPPING_METHOD_CREATE, input).await.ok();
        counts.push(app.counting_statements(offers(&app, "FR", Currency::EUR)).await.1);
    }
    assert_eq!(counts, [1, 1, 1]);
    let priced = async |currency, subtotal, categories: &[&Value], tags: &[&str]| {
        let categories: HashSet<_> = categories.iter().map(|id| category_id(id)).collect();
        let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
        let parcel = Parcel { subtotal, weight: 1, categories: &categories, tags: &tags };
        let offers = offers(&app, "FR", currency).await;
        offers.iter().map(|offer| offer.price(&parcel)).collect::<Vec<_>>()
    };
    let (euro, dollar) = (Currency::EUR, Currency::USD);
    assert_eq!(priced(euro, 4_999, &[], &[]).await, [Some(490), Some(200), Some(490)]);
    assert_eq!(priced(euro, 5_000, &[], &[]).await, [Some(0), Some(200), Some(0)]);
    assert_eq!(priced(dollar, 5_000, &[], &["sale"]).await, [Some(600), Some(600)]);
    assert_eq!(priced(euro, 0, &[&ids[1]], &[]).await, [None, Some(200), Some(490)]);
    assert_eq!(priced(euro, 0, &[&ids[0]], &[]).await, [None, Some(200), None]);
    assert_eq!(priced(euro, 0, &[], &["fragile"]).await, [None, Some(200), Some(490)]);
}
