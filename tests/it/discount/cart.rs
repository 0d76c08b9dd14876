//! What a cart gets: kinds, scopes, conditions, currencies, and the mutation that enters codes.

use std::time::Duration;

use entity::{account::Kind, discount, discount_code};
use sea_orm::{EntityTrait, sea_query::Expr};
use serde_json::{Value, json};

use super::{COFFEE, GRINDER, amounts, enter, id_of, new_code, new_discount, pairs, rejected, shop};
use crate::{
    cart::Guest,
    operations::{
        CART_CREATE, CART_DISCOUNT_CODES, CART_DISCOUNT_CODES_SET, CART_DISCOUNTS, CART_LINES_ADD,
        CART_SHIPPING_METHOD_SET, CART_TOTALS, CART_UPDATE, CUSTOMER_TAGS_SET, DISCOUNT_CODES_ADD,
        DISCOUNT_PREVIEW, DISCOUNT_UPDATE,
    },
    support::{Client, TestApp, context},
};

/// A cart of a grinder (89.00) and two packets of coffee (11.90 each): 112.80 EUR.
async fn guest(app: &TestApp) -> Guest {
    let guest = Guest::new(app, "EUR").await;
    guest.add(app, GRINDER, 1).await;
    guest.add(app, COFFEE, 2).await;
    guest
}

/// Ships a cart to Germany by the method with this name.
async fn ship(guest: &Guest, name: &str) {
    let address = guest.input(json!({ "shippingAddress": { "countryCode": "DE" } }));
    guest.client.mutate(CART_UPDATE, address).await.ok();
    let methods = guest.query(CART_TOTALS).await["shippingMethods"].take();
    let method = methods.as_array().unwrap().iter().find(|method| method["method"]["name"] == name).unwrap();
    let input = guest.input(json!({ "shippingMethodId": method["method"]["id"] }));
    guest.client.mutate(CART_SHIPPING_METHOD_SET, input).await.ok();
}

async fn reason(guest: &Guest) -> Option<String> {
    rejected(guest).await.first().map(|(_, reason)| reason.clone())
}

#[tokio::test]
async fn each_kind_takes_off_lines_what_it_says() {
    let (app, staff) = shop().await;
    let guest = guest(&app).await;
    let grinder = id_of(&staff, "product", "hand-grinder").await;
    let euro = |amount: &str| json!([{ "currency": "EUR", "amount": amount }]);
    for (fields, off, shares) in [
        (json!({}), "11.28", ["8.90", "2.38"]),
        (json!({ "kind": "AMOUNT", "amounts": euro("20") }), "20.00", ["15.78", "4.22"]),
        (json!({ "kind": "AMOUNT", "amounts": euro("200") }), "112.80", ["89.00", "23.80"]),
        (json!({ "kind": "FIXED_PRICE", "amounts": euro("10") }), "82.80", ["79.00", "3.80"]),
        (
            json!({ "kind": "FIXED_PRICE", "amounts": euro("50"), "productIds": [grinder] }),
            "39.00",
            ["39.00", "0.00"],
        ),
    ] {
        new_code(&staff, "Now", fields.clone()).await;
        let cart = enter(&guest, &[" now "]).await;
        assert_eq!(cart["discountCodes"], json!(["now"]));
        assert_eq!(cart["appliedDiscounts"][0]["amount"]["amount"], off, "{fields}");
        assert_eq!(cart["appliedDiscounts"][0]["code"], "now");
        assert_eq!(cart["appliedDiscounts"][0]["discount"], Value::Null, "for staff only");
        assert_eq!(cart["totals"]["discount"]["amount"], off);
        assert_eq!(
            (&cart["totals"]["subtotal"]["amount"], &cart["rejectedCodes"]),
            (&json!("112.80"), &json!([]))
        );
        for (line, share) in shares.into_iter().enumerate() {
            let totals = &cart["lines"][line]["totals"];
            assert_eq!(totals["discount"]["amount"], share, "{fields}");
            let single = totals["discounts"].as_array().unwrap();
            let expected = json!({ "name": "Ten", "code": "now", "amount": { "amount": share } });
            assert_eq!(single.first(), Some(&expected).filter(|_| share != "0.00"));
        }
        discount::Entity::delete_many().exec(app.services().db.connection()).await.unwrap();
    }
}

#[tokio::test]
async fn free_shipping_takes_off_the_price_of_shipping() {
    let (app, staff) = shop().await;
    let guest = guest(&app).await;
    new_code(&staff, "Ship", json!({ "kind": "FREE_SHIPPING" })).await;
    new_discount(&staff, json!({ "name": "Auto", "kind": "FREE_SHIPPING", "isAutomatic": true })).await;
    enter(&guest, &["SHIP"]).await;
    assert_eq!(amounts(&guest).await, pairs(&[("Ten", "0.00")]), "nothing is shipped yet");
    ship(&guest, "Express").await;
    assert_eq!(amounts(&guest).await, pairs(&[("Ten", "12.90")]), "one is enough");
    let cart = guest.query(CART_DISCOUNTS).await;
    assert_eq!(cart["totals"]["shipping"]["amount"], "12.90");
    assert_eq!(cart["totals"]["total"]["amount"], "112.80");
    let share = json!([{ "name": "Ten", "amount": { "amount": "12.90" } }]);
    assert_eq!(cart["totals"]["shippingTotals"]["discounts"], share);
}

/// A parcel is free from 60.00 after discounts.
#[tokio::test]
async fn free_shipping_counts_the_price_of_shipping_after_other_discounts() {
    let (app, staff) = shop().await;
    let guest = Guest::new(&app, "EUR").await;
    guest.add(&app, COFFEE, 6).await;
    ship(&guest, "Parcel").await;
    assert_eq!(guest.query(CART_DISCOUNTS).await["totals"]["shipping"]["amount"], "0.00");
    new_discount(&staff, json!({ "name": "Half", "percentage": "50", "isAutomatic": true })).await;
    assert_eq!(guest.query(CART_DISCOUNTS).await["totals"]["shipping"]["amount"], "4.90");
    new_discount(&staff, json!({ "name": "Ship", "kind": "FREE_SHIPPING", "isAutomatic": true })).await;
    assert_eq!(amounts(&guest).await, pairs(&[("Half", "35.70"), ("Ship", "4.90")]));
}

#[tokio::test]
async fn scope_is_products_categories_with_those_below_and_collections() {
    let (app, staff) = shop().await;
    let guest = guest(&app).await;
    let (grinder, other) =
        (id_of(&staff, "product", "hand-grinder").await, id_of(&staff, "product", "stoneware-mug").await);
    let category = async |slug| id_of(&staff, "category", slug).await;
    let collection = async |slug| id_of(&staff, "collection", slug).await;
    let (all, brewing, desk) =
        (category("coffee-tea").await, category("brewing").await, category("pots-pans").await);
    let (starter, gifts) = (collection("pour-over-starter").await, collection("gifts-under-30").await);
    let id = new_code(&staff, "X", json!({ "productIds": [other] })).await;
    enter(&guest, &["X"]).await;
    assert_eq!(reason(&guest).await.as_deref(), Some("NOT_FOR_THESE_PRODUCTS"));
    for (products, categories, collections, off) in [
        (json!([grinder, other]), json!([]), json!([]), Some("8.90")),
        (json!([]), json!([all]), json!([]), Some("11.28")),
        (json!([]), json!([brewing]), json!([]), Some("8.90")),
        (json!([]), json!([desk]), json!([]), None),
        (json!([]), json!([]), json!([starter]), Some("8.90")),
        (json!([]), json!([]), json!([gifts]), None),
        (json!([grinder]), json!([all]), json!([starter, gifts]), Some("11.28")),
        (json!([]), json!([]), json!([]), Some("11.28")),
    ] {
        let change = json!({ "id": id, "productIds": products, "categoryIds": categories, "collectionIds": collections });
        staff.mutate(DISCOUNT_UPDATE, change.clone()).await.ok();
        let expected: Vec<_> = off.into_iter().map(|off| ("Ten".to_owned(), off.to_owned())).collect();
        assert_eq!(amounts(&guest).await, expected, "{change}");
    }
}

#[tokio::test]
async fn conditions_are_minimum_number_currency_and_use() {
    let (app, staff) = shop().await;
    let guest = guest(&app).await;
    let id = new_code(&staff, "X", json!({})).await;
    enter(&guest, &["X"]).await;
    let minimum =
        |currency: &str, amount: &str| json!({ "amounts": [{ "currency": currency, "minimum": amount }] });
    for (fields, expected) in [
        (minimum("EUR", "112.80"), None),
        (minimum("EUR", "112.81"), Some("MINIMUM_NOT_REACHED")),
        (minimum("USD", "1"), Some("NOT_IN_CURRENCY")),
        (json!({ "amounts": [], "minimumQuantity": 3 }), None),
        (json!({ "minimumQuantity": 4 }), Some("MINIMUM_NOT_REACHED")),
        (json!({ "minimumQuantity": null, "isActive": false }), Some("UNKNOWN_OR_ENDED")),
        (json!({ "isActive": true, "maxUses": 1 }), None),
    ] {
        let mut change = fields.clone();
        change["id"] = id.clone();
        staff.mutate(DISCOUNT_UPDATE, change).await.ok();
        assert_eq!(reason(&guest).await.as_deref(), expected, "{fields}");
    }
    let db = app.services().db.connection();
    let used =
        |count: i64| discount::Entity::update_many().col_expr(discount::Column::Used, Expr::value(count));
    used(1).exec(db).await.unwrap();
    assert_eq!(reason(&guest).await.as_deref(), Some("USED_UP"));
    used(0).exec(db).await.unwrap();
    let code = discount_code::Entity::update_many()
        .col_expr(discount_code::Column::MaxUses, Expr::value(2))
        .col_expr(discount_code::Column::Used, Expr::value(2_i64));
    code.exec(db).await.unwrap();
    assert_eq!(reason(&guest).await.as_deref(), Some("USED_UP"), "of the code");
    let amount = json!({ "kind": "AMOUNT", "amounts": [{ "currency": "USD", "amount": "5" }] });
    new_code(&staff, "Y", amount).await;
    enter(&guest, &["Y"]).await;
    assert_eq!(reason(&guest).await.as_deref(), Some("NOT_IN_CURRENCY"));
    guest.client.mutate(CART_UPDATE, guest.input(json!({ "currency": "USD" }))).await.ok();
    assert_eq!(amounts(&guest).await, pairs(&[("Ten", "5.00")]));
}

#[tokio::test]
async fn period_begins_and_ends() {
    let (app, staff) = shop().await;
    let guest = guest(&app).await;
    let now = app.services().clock.now();
    let at = |minutes: i64| (now + chrono::TimeDelta::minutes(minutes)).to_rfc3339();
    let fields = json!({ "startsAt": at(10), "endsAt": at(20) });
    new_code(&staff, "X", fields.clone()).await;
    let mut automatic = fields;
    (automatic["isAutomatic"], automatic["name"]) = (json!(true), json!("Auto"));
    new_discount(&staff, automatic).await;
    enter(&guest, &["X"]).await;
    let minute = Duration::from_secs(60);
    assert_eq!((reason(&guest).await.as_deref(), amounts(&guest).await.len()), (Some("UNKNOWN_OR_ENDED"), 0));
    app.clock.advance(15 * minute);
    assert_eq!((reason(&guest).await, amounts(&guest).await.len()), (None, 2));
    app.clock.advance(10 * minute);
    assert_eq!((reason(&guest).await.as_deref(), amounts(&guest).await.len()), (Some("UNKNOWN_OR_ENDED"), 0));
}

#[tokio::test]
async fn tag_is_that_of_the_customer() {
    let (app, staff) = shop().await;
    new_discount(&staff, json!({ "isAutomatic": true, "customerTag": "vip" })).await;
    new_code(&staff, "X", json!({ "customerTag": "vip", "name": "Code" })).await;
    let guest = guest(&app).await;
    enter(&guest, &["X"]).await;
    assert_eq!(
        (reason(&guest).await.as_deref(), amounts(&guest).await.len()),
        (Some("NOT_FOR_THIS_CUSTOMER"), 0)
    );
    let customer = app.someone("vip@shop.example", Kind::Customer).await;
    let lines = json!([{ "variantId": crate::cart::variant_id(&app, GRINDER).await }]);
    let cart = customer.mutate(CART_CREATE, json!({ "lines": lines })).await.ok()["cart"].take();
    let set = async |codes: Value| {
        let input = json!({ "id": cart["id"], "codes": codes });
        customer.mutate(CART_DISCOUNT_CODES_SET, input).await.ok()["cart"].take()
    };
    assert_eq!(set(json!(["x"])).await["appliedDiscounts"], json!([]));
    let tags = json!({ "id": customer.id().await, "tags": ["vip", "press"] });
    staff.mutate(CUSTOMER_TAGS_SET, tags).await.ok();
    assert_eq!(set(json!(["x"])).await["appliedDiscounts"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn codes_that_are_unknown_and_that_have_ended_get_one_answer() {
    let (app, staff) = shop().await;
    let guest = guest(&app).await;
    new_code(
        &staff,
        "ENDED",
        json!({ "startsAt": "2020-01-01T00:00:00Z", "endsAt": "2020-01-02T00:00:00Z" }),
    )
    .await;
    new_code(&staff, "SOON", json!({ "startsAt": "2099-01-01T00:00:00Z" })).await;
    new_code(&staff, "OFF", json!({ "isActive": false })).await;
    let cart = enter(&guest, &["ended", "soon", "off", "unknown"]).await;
    let expected: Vec<_> = ["ended", "soon", "off", "unknown"]
        .map(|code| json!({ "code": code, "reason": "UNKNOWN_OR_ENDED" }))
        .into();
    assert_eq!(cart["rejectedCodes"], json!(expected));
    assert_eq!(enter(&guest, &[]).await["discountCodes"], json!([]));
}

#[tokio::test]
async fn codes_of_a_cart_are_refused_and_change_nothing() {
    let (app, _) = shop().await;
    let guest = guest(&app).await;
    let before = guest.query(CART_DISCOUNTS).await;
    for (codes, at, problem) in [
        (json!(vec!["a"; 11]), "codes", "OUT_OF_RANGE"),
        (json!(["a", ""]), "codes.1", "REQUIRED"),
        (json!(["x".repeat(51)]), "codes.0", "TOO_LONG"),
        (json!(["a\nb"]), "codes.0", "FORBIDDEN_CHARACTER"),
    ] {
        let input = guest.input(json!({ "codes": codes }));
        let error = guest.client.mutate(CART_DISCOUNT_CODES_SET, input).await.rejected("InvalidField");
        assert_eq!(error.at(&format!("input.{at}"))["problem"], problem, "{codes}");
    }
    let stranger = json!({ "id": guest.id, "codes": ["a"] });
    app.anonymous().mutate(CART_DISCOUNT_CODES_SET, stranger).await.rejected("NotFound").at("input.id");
    let stale = guest.input(json!({ "codes": ["a"], "expectedVersion": 1 }));
    guest
        .client
        .mutate(CART_DISCOUNT_CODES_SET, stale)
        .await
        .rejected("Conflict")
        .at("input.expectedVersion");
    assert_eq!(guest.query(CART_DISCOUNTS).await, before);
    let twice = enter(&guest, &["a", " A", "b"]).await;
    assert_eq!(twice["discountCodes"], json!(["a", "b"]), "each once");
}

/// Of an account, since requests from this machine are not counted per network.
#[tokio::test]
async fn unknown_codes_are_throttled_and_known_ones_are_not() {
    let (app, staff) = shop().await;
    new_code(&staff, "Known", json!({})).await;
    let customer = app.customer().await;
    let id = customer.query(CART_DISCOUNT_CODES, json!({})).await.data()["cart"]["id"].take();
    let set = async |codes: Value| {
        customer.mutate(CART_DISCOUNT_CODES_SET, json!({ "id": id, "codes": codes })).await
    };
    for codes in [json!(["known"]), json!(["known", "guess"])] {
        for _ in 0..15 {
            set(codes.clone()).await.ok();
        }
    }
    // One failure is forgiven in two minutes, which a slow machine may need.
    let mut calls = 0;
    let (before, limited) = loop {
        let before = customer.query(CART_DISCOUNTS, json!({})).await.data();
        let outcome = set(json!([format!("{calls}a"), format!("{calls}b"), format!("{calls}c")])).await;
        if !outcome.is_ok() {
            break (before, outcome);
        }
        calls += 1;
        assert!(calls < 20, "10 guesses are free");
    };
    assert!(calls >= 3, "{calls}");
    assert!(limited.rejected("RateLimited")[0]["retryAfter"].as_u64().unwrap() > 0);
    assert_eq!(customer.query(CART_DISCOUNTS, json!({})).await.data(), before);
    set(json!([])).await.ok();
    app.clock.advance(Duration::from_secs(3_600));
    set(json!(["guess-z"])).await.ok();
}

#[tokio::test]
async fn unknown_codes_are_counted_where_requests_are() {
    let app = TestApp::empty().await;
    for (address, free) in [("127.0.0.1", 30), ("192.0.2.1", 20), ("192.0.2.2", 20)] {
        let ctx = context(app.services(), address, None);
        let mut allowed = 0;
        for _ in 0..30 {
            let keys = ctx.services().throttle.discount_code_keys(ctx.counted_caller(), None);
            allowed += u32::from(ctx.throttle_always(keys).await.is_ok());
        }
        assert_eq!(allowed, free, "{address}");
    }
}

async fn full(app: &TestApp, staff: &Client, lines: usize) -> (Client, Value, Value) {
    let client = app.someone(&format!("many{lines}@shop.example"), Kind::Customer).await;
    let id = crate::cart::variant_id(app, COFFEE).await;
    let line = |n: usize| json!({ "variantId": id, "metadata": { "n": n.to_string() } });
    let all: Value = (0..lines).map(line).collect();
    let cart = client.mutate(CART_CREATE, json!({ "lines": all })).await.ok()["cart"].take();
    let address = json!({ "id": cart["id"], "shippingAddress": { "countryCode": "DE" } });
    client.mutate(CART_UPDATE, address).await.ok();
    let methods = client.query(CART_TOTALS, json!({})).await.data()["cart"]["shippingMethods"].take();
    let method = json!({ "id": cart["id"], "shippingMethodId": methods[0]["method"]["id"] });
    client.mutate(CART_SHIPPING_METHOD_SET, method).await.ok();
    let category = id_of(staff, "category", "coffee-tea").await;
    let collection = id_of(staff, "collection", "pour-over-starter").await;
    let product = id_of(staff, "product", "huehuetenango-guatemala").await;
    let mut codes = vec![];
    for number in 0..lines.min(9) {
        codes.push(format!("{lines}-{number}"));
        let targets = json!({ "categoryIds": [category], "collectionIds": [collection], "productIds": [product],
            "amounts": [{ "currency": "EUR", "minimum": "1" }, { "currency": "USD", "minimum": "1" }] });
        new_code(staff, &codes[number], targets).await;
    }
    codes.push("none".to_owned());
    let input = json!({ "id": cart["id"], "codes": codes });
    client.mutate(CART_DISCOUNT_CODES_SET, input.clone()).await.ok();
    (client, cart, input)
}

#[tokio::test]
async fn statements_of_a_cart_with_discounts_are_constant() {
    let (app, staff) = shop().await;
    let (mut reads, mut changes, mut sets) = (vec![], vec![], vec![]);
    let query = "{ cart { version appliedDiscounts { amount { amount } } rejectedCodes { code } notices { __typename }
        totals { total { amount } } lines { totals { discounts { name } } } shippingMethods { price { amount } } } }";
    let add = "mutation ($input: CartLinesAddInput!) { cartLinesAdd(input: $input) { cart { version
        appliedDiscounts { amount { amount } } rejectedCodes { code } notices { __typename }
        totals { total { amount } } lines { totals { discounts { name } } } } errors { __typename } } }";
    for lines in [1, 20] {
        let (client, cart, codes) = full(&app, &staff, lines).await;
        let (reply, statements) = app.counting_statements(client.run(query)).await;
        let applied = reply.data()["cart"]["appliedDiscounts"].as_array().unwrap().len();
        assert_eq!(applied, lines.min(9));
        reads.push(statements);
        let line = json!([{ "variantId": crate::cart::variant_id(&app, GRINDER).await }]);
        let input = json!({ "id": cart["id"], "lines": line });
        client.mutate(CART_LINES_ADD, input.clone()).await.ok();
        let (reply, statements) = app.counting_statements(client.ask(add, json!({ "input": input }))).await;
        assert_eq!(reply.data()["cartLinesAdd"]["errors"], json!([]));
        changes.push(statements);
        let (set, statements) = app.counting_statements(client.mutate(CART_DISCOUNT_CODES_SET, codes)).await;
        set.ok();
        sets.push(statements);
    }
    assert!(
        reads[0] == reads[1] && changes[0] == changes[1] && sets[0] == sets[1],
        "{reads:?} {changes:?} {sets:?}"
    );
    assert!(reads[1] <= 8 && changes[1] <= 12, "{reads:?} {changes:?}");
}

#[tokio::test]
async fn preview_prices_a_cart_as_if_a_discount_were_active() {
    let (app, staff) = shop().await;
    let guest = guest(&app).await;
    new_code(&staff, "X", json!({ "name": "Code" })).await;
    enter(&guest, &["X"]).await;
    let fields =
        json!({ "name": "Half", "percentage": "50", "isActive": false, "startsAt": "2099-01-01T00:00:00Z" });
    let id = new_discount(&staff, fields).await;
    let before = guest.query(CART_DISCOUNTS).await;
    let preview = staff.query(DISCOUNT_PREVIEW, json!({ "id": id, "cartId": guest.id })).await.data();
    let preview = &preview["discountPreview"];
    assert_eq!(preview["totals"]["discount"]["amount"], "62.04", "56.40 and 10 % of the rest");
    let expected = json!([{ "name": "Half", "code": null, "amount": { "amount": "56.40" } },
        { "name": "Code", "code": "X", "amount": { "amount": "5.64" } }]);
    assert_eq!(preview["appliedDiscounts"], expected);
    assert_eq!(guest.query(CART_DISCOUNTS).await, before, "the cart stays as it is");
    for (id, cart) in [(json!(super::NO_DISCOUNT), &guest.id), (id, &json!("FQAAAAAAAAAAAAAAAAAAAAA"))] {
        let none = staff.query(DISCOUNT_PREVIEW, json!({ "id": id, "cartId": cart })).await.data();
        assert_eq!(none["discountPreview"], Value::Null);
    }
}

#[tokio::test]
async fn demo_shop_has_a_code_and_free_shipping() {
    let app = TestApp::start().await;
    let guest = guest(&app).await;
    ship(&guest, "Express").await;
    enter(&guest, &["welcome10"]).await;
    let expected = pairs(&[("Free shipping from 80 EUR", "12.90"), ("Welcome", "11.28")]);
    assert_eq!(amounts(&guest).await, expected);
    let staff = super::staff(&app).await;
    let input = json!({ "discountId": super::NO_DISCOUNT, "codes": [{ "code": "WELCOME10" }] });
    staff.mutate(DISCOUNT_CODES_ADD, input).await.rejected("NotFound");
}
