//! Opening carts; adding, changing and removing lines.

use entity::{cart, cart_line, stock_level};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde_json::{Value, json};

use super::{Guest, quantities, skus, variant_id, variant_row};
use crate::{
    operations::{
        CART_CREATE, CART_DELETE, CART_LINES_ADD, CART_LINES_REMOVE, CART_LINES_UPDATE, CART_NOTICES_DISMISS,
    },
    support::{Client, TestApp},
};

const GRINDER: &str = "BRW-GRD-BLK";
const COFFEE: &str = "COF-HUE-250";

/// All rows of carts, as text.
async fn rows(app: &TestApp) -> String {
    let db = app.services().db.connection();
    let carts = cart::Entity::find().all(db).await.unwrap();
    format!("{carts:?} {:?}", cart_line::Entity::find().all(db).await.unwrap())
}

#[tokio::test]
async fn cart_create_opens_a_cart_for_a_guest() {
    let app = TestApp::start().await;
    let lines = json!([{ "variantId": variant_id(&app, GRINDER).await },
        { "variantId": variant_id(&app, COFFEE).await, "quantity": 3 }]);
    let input = json!({ "email": " Ada@Shop.example ", "locale": "de-CH", "lines": lines });
    let created = app.anonymous().mutate(CART_CREATE, input).await.ok();
    let cart = &created["cart"];
    assert_eq!((skus(cart), quantities(cart)), (vec![GRINDER, COFFEE], vec![1, 3]));
    assert_eq!(
        (&cart["version"], &cart["currency"], &cart["quantity"]),
        (&json!(1), &json!("EUR"), &json!(4))
    );
    assert_eq!((&cart["email"], &cart["locale"]), (&json!("ada@shop.example"), &json!("de-CH")));
    assert_eq!(cart["requiresShipping"], true);
    assert_eq!(cart["lines"][0]["unitPrice"]["amount"], "89.00");
    assert_eq!(created["token"].as_str().unwrap().len(), 43);
    let stored = cart::Entity::find().filter(cart::Column::AccountId.is_null());
    let stored = stored.one(app.services().db.connection()).await.unwrap().unwrap();
    assert!(!format!("{stored:?}").contains(created["token"].as_str().unwrap()), "only the hash is stored");
}

#[tokio::test]
async fn cart_of_an_account_is_one() {
    let app = TestApp::start().await;
    let client = app.someone("one@shop.example", entity::account::Kind::Customer).await;
    let lines = json!([{ "variantId": variant_id(&app, GRINDER).await }]);
    let first = client.mutate(CART_CREATE, json!({ "lines": lines })).await.ok();
    assert_eq!((&first["token"], &first["cart"]["email"]), (&Value::Null, &json!("one@shop.example")));
    let second =
        client.mutate(CART_CREATE, json!({ "lines": lines, "email": "two@shop.example" })).await.ok();
    assert_eq!(second["cart"]["id"], first["cart"]["id"]);
    assert_eq!((quantities(&second["cart"]), &second["cart"]["version"]), (vec![2], &json!(2)));
    assert_eq!(second["cart"]["email"], "two@shop.example");
}

#[tokio::test]
async fn cart_create_by_cookie_keeps_the_cart_of_the_cookie() {
    let app = TestApp::start().await;
    let guest = app.anonymous();
    let create = |cookie: Option<String>| {
        let body = json!({ "query": "mutation { cartCreate(input: { transport: COOKIE }) { cart { id version } token } }" });
        let request = guest.post().json(&body);
        match cookie {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        }
    };
    let reply = guest.send(create(None)).await;
    let cookie = reply.header("set-cookie").unwrap().to_owned();
    assert!(
        cookie.starts_with("__Host-bodega-cart=")
            && cookie.contains("Max-Age=7776000; Path=/; Secure; HttpOnly")
    );
    let first = reply.data()["cartCreate"].take();
    assert_eq!(first["token"], Value::Null, "the cookie has it");
    let again = guest.send(create(Some(cookie.split(';').next().unwrap().to_owned()))).await;
    assert_eq!(again.header("set-cookie"), None);
    let second = again.data()["cartCreate"].take();
    assert_eq!((&second["cart"]["id"], &second["cart"]["version"]), (&first["cart"]["id"], &json!(2)));
    let foreign = create(Some(cookie)).header("origin", "https://evil.example");
    guest.send(foreign).await.status(403);
}

#[tokio::test]
async fn cart_lines_add_sums_up_equal_lines_and_keeps_others_apart() {
    let app = TestApp::start().await;
    let guest = Guest::new(&app, "EUR").await;
    let id = variant_id(&app, COFFEE).await;
    let lines = json!([{ "variantId": id, "quantity": 2 }, { "variantId": id, "metadata": { "grind": "fine", "a": "b" } },
        { "variantId": id }, { "variantId": id, "metadata": { "a": "b", "grind": "fine" } }]);
    let added = guest.client.mutate(CART_LINES_ADD, guest.input(json!({ "lines": lines }))).await.ok();
    assert_eq!(quantities(&added["cart"]), [3, 2]);
    assert_eq!(added["cart"]["version"], 2);
    assert_eq!(added["cart"]["lines"][1]["metadata"], json!({ "grind": "fine", "a": "b" }));
    assert_eq!(guest.cart().await, added["cart"]);
}

#[tokio::test]
async fn cart_lines_update_sets_quantities_and_zero_removes() {
    let app = TestApp::start().await;
    let guest = Guest::new(&app, "EUR").await;
    guest.add(&app, GRINDER, 1).await;
    let cart = guest.add(&app, COFFEE, 2).await;
    let ids: Vec<_> = cart["lines"].as_array().unwrap().iter().map(|line| line["id"].clone()).collect();
    let lines = json!([{ "id": ids[0], "quantity": 0 }, { "id": ids[1], "quantity": 5 }]);
    let updated = guest.client.mutate(CART_LINES_UPDATE, guest.input(json!({ "lines": lines }))).await.ok();
    assert_eq!((skus(&updated["cart"]), quantities(&updated["cart"])), (vec![COFFEE], vec![5]));
    let removed =
        guest.client.mutate(CART_LINES_REMOVE, guest.input(json!({ "lineIds": [ids[1]] }))).await.ok();
    assert_eq!((&removed["cart"]["lines"], &removed["cart"]["version"]), (&json!([]), &json!(5)));
}

#[tokio::test]
async fn cart_delete_removes_the_cart() {
    let app = TestApp::start().await;
    let guest = Guest::new(&app, "EUR").await;
    let deleted = guest.client.mutate(CART_DELETE, guest.input(json!({}))).await.ok();
    assert_eq!(deleted["deletedId"], guest.id);
    assert_eq!(guest.cart().await, Value::Null);
    guest.client.mutate(CART_DELETE, guest.input(json!({}))).await.rejected("NotFound").at("input.id");
}

/// A refused input, its error and the path.
type Case = (Value, &'static str, &'static str);

async fn refuses(app: &TestApp, guest: &Guest, mutation: crate::support::Mutation, cases: Vec<Case>) {
    let before = rows(app).await;
    for (fields, error, path) in cases {
        guest.client.mutate(mutation, guest.input(fields)).await.rejected(error).at(path);
    }
    assert!(rows(app).await == before, "nothing changes");
}

#[tokio::test]
async fn cart_lines_add_refuses_what_cannot_be_bought() {
    let app = TestApp::start().await;
    let guest = Guest::new(&app, "EUR").await;
    guest.add(&app, COFFEE, 1).await;
    let (coffee, grinder) = (variant_id(&app, COFFEE).await, variant_id(&app, GRINDER).await);
    let draft = draft_variant(&app).await;
    let line = |id: &Value, quantity: i64| json!({ "lines": [{ "variantId": id, "quantity": quantity }] });
    let metadata = |metadata: Value| json!({ "lines": [{ "variantId": coffee, "metadata": metadata }] });
    let many: Value = (0..101).map(|_| json!({ "variantId": coffee })).collect();
    let full: serde_json::Map<_, _> = (0..51).map(|n| (format!("k{n}"), json!("x"))).collect();
    let cases = vec![
        (json!({ "lines": [] }), "InvalidField", "input.lines"),
        (json!({ "lines": many }), "InvalidField", "input.lines"),
        (line(&coffee, 0), "InvalidField", "input.lines.0.quantity"),
        (line(&coffee, -1), "InvalidField", "input.lines.0.quantity"),
        (line(&coffee, 10_000), "InvalidField", "input.lines.0.quantity"),
        (line(&coffee, 9_999), "InvalidField", "input.lines.0.quantity"),
        (line(&grinder, 17), "InsufficientStock", "input.lines.0.quantity"),
        (line(&draft, 1), "InvalidField", "input.lines.0.variantId"),
        (metadata(json!({ "a b": "x" })), "InvalidField", "input.lines.0.metadata"),
        (metadata(json!({ "a": 1 })), "InvalidField", "input.lines.0.metadata"),
        (metadata(json!({ "a": "x".repeat(1_001) })), "InvalidField", "input.lines.0.metadata"),
        (metadata(full.into()), "InvalidField", "input.lines.0.metadata"),
        (
            json!({ "expectedVersion": 1, "lines": [{ "variantId": coffee }] }),
            "Conflict",
            "input.expectedVersion",
        ),
        (json!({ "token": "x", "lines": [{ "variantId": coffee }] }), "NotFound", "input.id"),
    ];
    refuses(&app, &guest, CART_LINES_ADD, cases).await;
    let wrong = guest.input(json!({ "lines": [{ "variantId": guest.id }] }));
    guest.client.mutate(CART_LINES_ADD, wrong).await.failed("BAD_USER_INPUT", "input.lines[0].variantId");
}

/// The id of a variant that only staff see.
async fn draft_variant(app: &TestApp) -> Value {
    use bodega::domain::kernel::global_id::GlobalId;
    use entity::{product, variant};
    let db = app.services().db.connection();
    let draft = product::Entity::find().filter(product::Column::Status.eq(product::Status::Draft));
    let draft = draft.one(db).await.unwrap().unwrap();
    let found = variant::Entity::find().filter(variant::Column::ProductId.eq(draft.id));
    found.one(db).await.unwrap().unwrap().id.global_id().into()
}

#[tokio::test]
async fn insufficient_stock_counts_all_lines_of_a_variant() {
    let app = TestApp::start().await;
    let guest = Guest::new(&app, "EUR").await;
    let id = variant_id(&app, GRINDER).await;
    let lines = json!([{ "variantId": id, "quantity": 10 }, { "variantId": id, "quantity": 10, "metadata": { "a": "b" } }]);
    let refused = guest.client.mutate(CART_LINES_ADD, guest.input(json!({ "lines": lines }))).await;
    let error = refused.rejected("InsufficientStock").at("input.lines.0.quantity");
    assert_eq!((&error["requested"], &error["available"]), (&json!(20), &json!(16)));
    assert_eq!((&error["variant"]["sku"], &error["line"]), (&json!(GRINDER), &Value::Null));
    assert_eq!(error["message"], "Only 16 pieces can be had.");
    assert_eq!(guest.cart().await["lines"], json!([]));
}

#[tokio::test]
async fn variants_without_limit_or_with_backorders_can_be_had() {
    let app = TestApp::start().await;
    let guest = Guest::new(&app, "EUR").await;
    let db = app.services().db.connection();
    let variant = variant_row(&app, GRINDER).await.id;
    let of_variant = || stock_level::Column::VariantId.eq(variant);
    let set =
        |column, value: Expr| stock_level::Entity::update_many().col_expr(column, value).filter(of_variant());
    set(stock_level::Column::BackorderLimit, Expr::value(4)).exec(db).await.unwrap();
    guest.add(&app, GRINDER, 20).await;
    set(stock_level::Column::Tracked, Expr::value(false)).exec(db).await.unwrap();
    assert_eq!(quantities(&guest.add(&app, GRINDER, 9_979).await), [9_999]);
}

#[tokio::test]
async fn cart_lines_update_refuses_wrong_lines_and_quantities() {
    let app = TestApp::start().await;
    let guest = Guest::new(&app, "EUR").await;
    let other = Guest::new(&app, "EUR").await;
    let cart = guest.add(&app, GRINDER, 2).await;
    let foreign = other.add(&app, GRINDER, 2).await["lines"][0]["id"].take();
    let id = &cart["lines"][0]["id"];
    let lines = |lines: Value| json!({ "lines": lines });
    let cases = vec![
        (lines(json!([])), "InvalidField", "input.lines"),
        (lines(json!([{ "id": id, "quantity": -1 }])), "InvalidField", "input.lines.0.quantity"),
        (lines(json!([{ "id": id, "quantity": 10_000 }])), "InvalidField", "input.lines.0.quantity"),
        (lines(json!([{ "id": id, "quantity": 17 }])), "InsufficientStock", "input.lines.0.quantity"),
        (lines(json!([{ "id": foreign, "quantity": 1 }])), "InvalidField", "input.lines.0.id"),
        (
            lines(json!([{ "id": id, "quantity": 1 }, { "id": id, "quantity": 2 }])),
            "InvalidField",
            "input.lines.1.id",
        ),
    ];
    refuses(&app, &guest, CART_LINES_UPDATE, cases).await;
    let cases = vec![
        (json!({ "lineIds": [] }), "InvalidField", "input.lineIds"),
        (json!({ "lineIds": [id, foreign] }), "InvalidField", "input.lineIds.1"),
        (json!({ "lineIds": [id], "expectedVersion": 7 }), "Conflict", "input.expectedVersion"),
    ];
    refuses(&app, &guest, CART_LINES_REMOVE, cases).await;
    refuses(
        &app,
        &guest,
        CART_NOTICES_DISMISS,
        vec![(json!({ "expectedVersion": 7 }), "Conflict", "input.expectedVersion")],
    )
    .await;
}

#[tokio::test]
async fn cart_holds_a_hundred_lines() {
    let app = TestApp::start().await;
    let guest = Guest::new(&app, "EUR").await;
    let id = variant_id(&app, COFFEE).await;
    let line = |n: usize| json!({ "variantId": id, "metadata": { "n": n.to_string() } });
    let lines: Value = (0..100).map(line).collect();
    let cart = guest.client.mutate(CART_LINES_ADD, guest.input(json!({ "lines": lines }))).await.ok();
    let order: Vec<_> =
        cart["cart"]["lines"].as_array().unwrap().iter().map(|line| &line["metadata"]["n"]).collect();
    assert!(
        order.iter().enumerate().all(|(n, shown)| **shown == json!(n.to_string())),
        "in the order of the input"
    );
    let more = guest.input(json!({ "lines": [line(100)] }));
    guest.client.mutate(CART_LINES_ADD, more).await.rejected("InvalidField").at("input.lines");
    let same = guest.input(json!({ "lines": [line(7)] }));
    assert!(guest.client.mutate(CART_LINES_ADD, same).await.is_ok());
}

#[tokio::test]
async fn max_per_order_bounds_a_variant() {
    let app = TestApp::start().await;
    let guest = Guest::new(&app, "EUR").await;
    limit(&app, COFFEE, 3).await;
    guest.add(&app, COFFEE, 3).await;
    let lines = json!([{ "variantId": variant_id(&app, COFFEE).await }]);
    let refused = guest.client.mutate(CART_LINES_ADD, guest.input(json!({ "lines": lines }))).await;
    let error = refused.rejected("InvalidField").at("input.lines.0.quantity");
    assert_eq!(
        error["message"],
        "The cart would have 4 pieces of this variant. At most 3 can be bought at once."
    );
}

/// Limits the pieces of a variant in one order.
pub(super) async fn limit(app: &TestApp, sku: &str, pieces: i32) {
    use entity::variant;
    variant::Entity::update_many()
        .col_expr(variant::Column::MaxPerOrder, Expr::value(pieces))
        .filter(variant::Column::Sku.eq(sku))
        .exec(app.services().db.connection())
        .await
        .unwrap();
}

#[tokio::test]
async fn variants_without_price_in_the_currency_are_not_sold() {
    let app = TestApp::start().await;
    let guest = Guest::new(&app, "USD").await;
    entity::variant_price::Entity::delete_by_id((variant_row(&app, COFFEE).await.id, entity::Currency::USD))
        .exec(app.services().db.connection())
        .await
        .unwrap();
    let lines = json!([{ "variantId": variant_id(&app, GRINDER).await }, { "variantId": variant_id(&app, COFFEE).await }]);
    let refused = guest.client.mutate(CART_LINES_ADD, guest.input(json!({ "lines": lines }))).await;
    let error = refused.rejected("NotSoldInCurrency").at("input.lines.1.variantId");
    assert_eq!(error["variant"]["sku"], COFFEE);
    assert_eq!(guest.cart().await["lines"], json!([]));
}

#[tokio::test]
async fn cart_create_refuses_wrong_details() {
    let app = TestApp::start().await;
    let before = rows(&app).await;
    let client: Client = app.anonymous();
    for (fields, path) in [
        (json!({ "email": "x" }), "input.email"),
        (json!({ "locale": "deutsch!" }), "input.locale"),
        (json!({ "currency": "CHF" }), "input.currency"),
        (
            json!({ "lines": [{ "variantId": variant_id(&app, COFFEE).await, "quantity": 0 }] }),
            "input.lines.0.quantity",
        ),
    ] {
        client.mutate(CART_CREATE, fields).await.rejected("InvalidField").at(path);
    }
    assert!(rows(&app).await == before);
}
