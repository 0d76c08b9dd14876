//! `productSet`: a whole product in one call.

use entity::Permission::ProductsEdit;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::{
    operations::{CATALOGUE_PRODUCT, PRODUCT_CREATE, PRODUCT_SET, PRODUCT_SET_ALONE, VARIANT_ARCHIVE},
    product_edit::{global, options, rejects, rows},
    support::{Client, TestApp},
};

fn item(sku: &str, size: &str, colour: &str, amount: &str) -> Value {
    json!({ "sku": sku, "options": options(size, colour), "prices": [{ "currency": "EUR", "amount": amount }] })
}

fn shirt() -> Value {
    json!({ "externalId": "erp-7", "name": "Shirt", "status": "ACTIVE", "tags": ["new"],
        "options": [{ "name": "Size", "values": ["S", "M"] }, { "name": "Colour", "values": ["Red", "Blue"] }],
        "variants": [item("A", "S", "Red", "10"), item("B", "M", "Red", "11"), item("C", "S", "Blue", "12")] })
}

/// Sets the product; returns it, and whether anything changed.
async fn set(staff: &Client, input: &Value) -> (Value, bool) {
    let payload = staff.mutate(PRODUCT_SET, input.clone()).await.ok();
    (payload["product"].clone(), payload["changed"].as_bool().unwrap())
}

fn texts<'a>(list: &'a Value, field: &str) -> Vec<&'a str> {
    list.as_array().unwrap().iter().map(|item| item[field].as_str().unwrap()).collect()
}

#[tokio::test]
async fn product_set_creates_a_product_and_changes_nothing_the_second_time() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let (made, changed) = set(&staff, &shirt()).await;
    assert!(changed);
    assert_eq!((&made["slug"], &made["status"]), (&json!("shirt"), &json!("ACTIVE")));
    assert_eq!(texts(&made["variants"], "name"), ["S / Red", "M / Red", "S / Blue"]);
    assert_eq!(
        (&made["priceRange"]["min"]["amount"], &made["priceRange"]["max"]["amount"]),
        (&json!("10.00"), &json!("12.00"))
    );
    assert_eq!(app.audited("productSet").await.len(), 1);

    let before = rows(&app).await;
    let (again, changed) = set(&staff, &shirt()).await;
    assert!(!changed);
    assert_eq!(again, made);
    assert_eq!(rows(&app).await, before);
    // What is left out stays.
    let (_, changed) = set(&staff, &json!({ "externalId": "erp-7", "name": "Shirt" })).await;
    assert!(!changed);
    let (_, changed) = set(&staff, &json!({ "slug": "shirt", "name": "Shirt" })).await;
    assert!(!changed);
    assert_eq!(rows(&app).await, before);
}

#[tokio::test]
async fn product_set_archives_the_variants_that_are_gone_and_brings_them_back() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let (made, _) = set(&staff, &shirt()).await;
    let mut fewer = shirt();
    fewer["options"] =
        json!([{ "name": "Size", "values": ["S"] }, { "name": "Colour", "values": ["Blue", "Red"] }]);
    fewer["variants"] = json!([item("C", "S", "Blue", "12"), item("A", "S", "Red", "10")]);
    let (product, changed) = set(&staff, &fewer).await;
    assert!(changed);
    assert_eq!(texts(&product["variants"], "sku"), ["C", "A", "B"]);
    assert!(
        product["variants"][2]["archivedAt"].is_string() && product["variants"][1]["archivedAt"].is_null()
    );
    // The value that the archived variant has stays, for staff.
    assert_eq!(texts(&product["options"][0]["values"], "name"), ["S", "M"]);
    let by_id = json!({ "id": made["id"] });
    let seen = app.anonymous().query(CATALOGUE_PRODUCT, by_id).await.data()["product"].take();
    assert_eq!(texts(&seen["options"][0]["values"], "name"), ["S"]);
    assert_eq!(seen["priceRange"]["max"]["amount"], "12.00");
    let before = rows(&app).await;
    assert!(!set(&staff, &fewer).await.1);
    assert_eq!(rows(&app).await, before);

    let (back, _) = set(&staff, &shirt()).await;
    let ids = |product: &Value| {
        texts(&product["variants"], "id").into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(ids(&back), ids(&made));
    assert!(back["variants"].as_array().unwrap().iter().all(|variant| variant["archivedAt"].is_null()));
}

#[tokio::test]
async fn product_set_swaps_combinations_and_replaces_options() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    set(&staff, &shirt()).await;
    let mut swapped = shirt();
    swapped["variants"] =
        json!([item("A", "M", "Red", "10"), item("B", "S", "Red", "11"), item("C", "S", "Blue", "12")]);
    let (product, _) = set(&staff, &swapped).await;
    assert_eq!(texts(&product["variants"], "name"), ["M / Red", "S / Red", "S / Blue"]);

    let mut one = shirt();
    one["options"] = json!([{ "name": "Print", "values": ["Cat", "Dog"] }]);
    let printed =
        |sku: &str, value: &str| json!({ "sku": sku, "options": [{ "name": "Print", "value": value }] });
    one["variants"] = json!([printed("A", "Cat"), printed("B", "Dog")]);
    let (product, _) = set(&staff, &one).await;
    assert_eq!(texts(&product["options"], "name"), ["Print"]);
    assert_eq!(texts(&product["variants"], "name"), ["Cat", "Dog", "Shirt"]);
    assert_eq!(product["variants"][0]["price"]["amount"], "10.00", "prices that are left out stay");
    assert!(!set(&staff, &one).await.1);
}

#[tokio::test]
async fn product_set_takes_over_a_product_without_external_id_and_keeps_slugs() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let own = staff.mutate(PRODUCT_CREATE, json!({ "name": "Shirt" })).await.ok()["product"]["id"].take();
    let mut input = json!({ "externalId": "erp-7", "slug": "shirt", "name": "Shirt" });
    let (taken_over, changed) = set(&staff, &input).await;
    assert_eq!((&taken_over["id"], changed), (&own, true));
    input["slug"] = json!("red-shirt");
    let (moved, _) = set(&staff, &input).await;
    assert_eq!((&moved["id"], &moved["slug"]), (&own, &json!("red-shirt")));
    let former = staff.query(CATALOGUE_PRODUCT, json!({ "slug": "shirt" })).await.data();
    assert_eq!(former["product"]["slug"], "red-shirt");
    // Another product may not take the slug of one with an external id.
    let other = json!({ "externalId": "erp-8", "slug": "red-shirt", "name": "X" });
    staff.mutate(PRODUCT_SET, other).await.rejected("InvalidField").at("input.slug");
}

#[tokio::test]
async fn product_set_refuses_what_does_not_fit_and_changes_nothing() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let (made, _) = set(&staff, &shirt()).await;
    let foreign = json!({ "externalId": "x", "name": "X", "variants": [{ "sku": "FOREIGN" }] });
    set(&staff, &foreign).await;
    let with = |index: usize, field: &str, value: Value| {
        let mut variants = shirt()["variants"].take();
        variants[index][field] = value;
        variants
    };
    let sizes = |values: Value| json!([{ "name": "Size", "values": values }, { "name": "Colour", "values": ["Red", "Blue"] }]);
    rejects(
        &app,
        &staff,
        PRODUCT_SET,
        &shirt(),
        &[
            ("externalId", Value::Null, "input.externalId", "REQUIRED"),
            ("name", json!(""), "input.name", "REQUIRED"),
            ("slug", json!("A"), "input.slug", "INVALID_FORMAT"),
            ("categoryId", json!(global("Category")), "input.categoryId", "UNKNOWN_VALUE"),
            ("options", sizes(json!([])), "input.options.0.values", "OUT_OF_RANGE"),
            ("options", sizes(json!(["S", ""])), "input.options.0.values", "REQUIRED"),
            ("options", json!([]), "input.variants.0.options.0.name", "UNKNOWN_VALUE"),
            ("options", sizes(json!(["M"])), "input.variants.0.options.0.value", "UNKNOWN_VALUE"),
            ("variants", with(1, "sku", json!("A")), "input.variants.1.sku", "TAKEN"),
            ("variants", with(1, "sku", json!("FOREIGN")), "input.variants.1.sku", "TAKEN"),
            ("variants", with(1, "sku", json!("")), "input.variants.1.sku", "REQUIRED"),
            ("variants", with(2, "weight", json!(-1)), "input.variants.2.weight", "OUT_OF_RANGE"),
            (
                "variants",
                with(2, "taxClassId", json!(global("TaxClass"))),
                "input.variants.2.taxClassId",
                "UNKNOWN_VALUE",
            ),
            (
                "variants",
                with(0, "prices", json!([{ "currency": "JPY", "amount": "1" }])),
                "input.variants.0.prices.0.currency",
                "UNKNOWN_VALUE",
            ),
            (
                "variants",
                with(0, "prices", json!([{ "currency": "EUR", "amount": "x" }])),
                "input.variants.0.prices.0.amount",
                "INVALID_FORMAT",
            ),
        ],
    )
    .await;
    let before = rows(&app).await;
    let mut twins = shirt();
    twins["variants"] = with(1, "options", options("S", "Red"));
    let taken = staff.mutate(PRODUCT_SET, twins).await.rejected("CombinationTaken").at("input.variants");
    assert_eq!(taken["variant"]["sku"], "B");
    let mut none = shirt();
    none["variants"] = json!([]);
    staff.mutate(PRODUCT_SET, none).await.rejected("NoVariants").at("input.status");
    // Without the variants, values that they have cannot be left out, nor an option be added.
    let fewer = json!({ "externalId": "erp-7", "name": "Shirt", "options": sizes(json!(["M"])) });
    let in_use = staff.mutate(PRODUCT_SET, fewer).await.rejected("OptionValueInUse").at("input.options");
    assert_eq!((&in_use["value"], &in_use["variants"]), (&json!("S"), &json!(2)));
    let mut more = sizes(json!(["S", "M"]));
    more.as_array_mut().unwrap().push(json!({ "name": "Fit", "values": ["Slim"] }));
    let more = json!({ "externalId": "erp-7", "name": "Shirt", "options": more });
    staff.mutate(PRODUCT_SET, more).await.rejected("InvalidField").at("input.variants.0.options");
    assert_eq!(rows(&app).await, before);
    app.customer().await.mutate(PRODUCT_SET, shirt()).await.failed("FORBIDDEN", "PRODUCTS_EDIT");
    assert!(made["id"].is_string());
}

#[tokio::test]
async fn product_set_has_the_same_number_of_statements_for_any_number_of_variants() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let mut counts = Vec::new();
    for number in [2, 50] {
        let values: Vec<_> = (0..number).map(|value| value.to_string()).collect();
        let variant = |value: &String| {
            json!({ "sku": format!("{number}-{value}"), "options": [{ "name": "N", "value": value }],
            "prices": [{ "currency": "EUR", "amount": "5" }] })
        };
        let mut input = json!({ "externalId": number.to_string(), "name": "N", "slug": format!("n-{number}"),
            "options": [{ "name": "N", "values": values }], "variants": values.iter().map(variant).collect::<Vec<_>>() });
        let (made, created) = app.counting_statements(staff.mutate(PRODUCT_SET_ALONE, input.clone())).await;
        assert_eq!(made.ok()["changed"], true);
        let (same, unchanged) = app.counting_statements(staff.mutate(PRODUCT_SET_ALONE, input.clone())).await;
        assert_eq!(same.ok()["changed"], false);
        for variant in input["variants"].as_array_mut().unwrap() {
            variant["prices"][0]["amount"] = json!("6");
        }
        let (repriced, changed) = app.counting_statements(staff.mutate(PRODUCT_SET_ALONE, input)).await;
        assert_eq!(repriced.ok()["changed"], true);
        counts.push((created, unchanged, changed));
    }
    assert_eq!(counts[0], counts[1]);
}

#[tokio::test]
async fn product_set_removes_a_thousand_prices_at_once() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let values: Vec<_> = (0..1000).map(|value| (value / 100, value % 100)).collect();
    let digits: Vec<_> = (0..100).map(|digit| digit.to_string()).collect();
    let options = json!([{ "name": "A", "values": digits[..10] }, { "name": "B", "values": digits }]);
    let set_all = async |price: Value| {
        let variant = |(a, b): &(i32, i32)| {
            json!({ "sku": format!("{a}-{b}"), "prices": [price],
            "options": [{ "name": "A", "value": a.to_string() }, { "name": "B", "value": b.to_string() }] })
        };
        let variants: Vec<_> = values.iter().map(variant).collect();
        let input = json!({ "externalId": "big", "name": "Big", "options": options, "variants": variants });
        staff.mutate(PRODUCT_SET_ALONE, input).await.ok()["changed"].take()
    };
    assert_eq!(set_all(json!({ "currency": "EUR", "amount": "5" })).await, true);
    assert_eq!(set_all(json!({ "currency": "EUR" })).await, true);
    assert_eq!(set_all(json!({ "currency": "EUR" })).await, false);
    let too_many =
        json!({ "externalId": "big", "name": "Big", "variants": vec![json!({ "sku": "x" }); 1001] });
    let refused = staff.mutate(PRODUCT_SET_ALONE, too_many).await;
    assert_eq!(refused.rejected("InvalidField").at("input.variants")["problem"], "OUT_OF_RANGE");
}

#[tokio::test]
async fn product_set_makes_one_product_when_many_call_at_once() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let calls = join_all((0..8).map(|_| staff.mutate(PRODUCT_SET, shirt()))).await;
    let payloads: Vec<_> = calls.iter().map(|call| call.ok()).collect();
    assert_eq!(payloads.iter().filter(|payload| payload["changed"] == true).count(), 1);
    assert!(payloads.iter().all(|payload| payload["product"]["id"] == payloads[0]["product"]["id"]));
    let archived =
        staff.mutate(VARIANT_ARCHIVE, json!({ "id": payloads[0]["product"]["variants"][0]["id"] })).await;
    archived.ok();
}
