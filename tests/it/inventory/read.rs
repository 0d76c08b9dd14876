//! Who sees stock, its lists, and the command that checks it.

use bodega::domain::kernel::global_id::GlobalId;
use entity::{Permission, ProductId, VariantId, stock_level};
use sea_orm::{ConnectionTrait, EntityTrait, sea_query::Expr};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{SKU, changed, clerk, level, movements, variant, variants};
use crate::{
    cli::{failed, out, run},
    operations::{
        LOW_STOCK, STOCK_ADJUST, STOCK_FIGURES, STOCK_MOVEMENTS, STOCK_POLICY_SET, STOCK_RECEIVE, STOCK_SET,
    },
    support::{Client, TestApp},
};

#[tokio::test]
async fn stock_figures_are_for_staff_with_the_permission_only() {
    let app = TestApp::start().await;
    let variant = variant(&app, SKU).await;
    let ids = [level(&app, variant).await.id.global_id(), movements(&app, variant).await[0].id.global_id()];
    let seen = async |client: &Client| client.query(STOCK_FIGURES, json!({ "ids": ids })).await.data();
    let others = [Permission::ProductsEdit, Permission::OrdersView];
    for client in [app.anonymous(), app.customer().await, app.staff_with(&others).await] {
        let data = seen(&client).await;
        let black = json!({ "sku": SKU, "availability": "IN_STOCK", "stock": null });
        assert_eq!((&data["product"]["variants"][0], &data["nodes"]), (&black, &json!([null, null])));
    }
    let may = [Permission::InventoryEdit];
    for client in [app.staff_with(&may).await, app.program_with(&may).await] {
        let data = seen(&client).await;
        let stock = json!({ "id": ids[0], "onHand": 16, "variant": { "sku": SKU } });
        let black = json!({ "sku": SKU, "availability": "IN_STOCK", "stock": stock });
        assert_eq!(data["product"]["variants"][0], black);
        assert_eq!(data["nodes"], json!([{ "__typename": "StockLevel" }, { "__typename": "StockMovement" }]));
    }
}

#[tokio::test]
async fn stock_of_a_page_of_variants_takes_one_statement() {
    let app = TestApp::start().await;
    let clerk = clerk(&app).await;
    let count = async |query: String| {
        let before = app.statements();
        clerk.run(&query).await.data();
        app.statements() - before
    };
    for first in [1, 16] {
        let without =
            count(format!("{{ products(first: {first}) {{ nodes {{ variants {{ sku }} }} }} }}")).await;
        let with =
            format!("{{ products(first: {first}) {{ nodes {{ variants {{ sku stock {{ onHand }} }} }} }} }}");
        assert_eq!(count(with).await - without, 1);
        let list = count(format!("{{ stockMovements(first: {first}) {{ nodes {{ id }} }} }}")).await;
        let fields = "variant { sku } account { id } apiKey { id }";
        let all = count(format!("{{ stockMovements(first: {first}) {{ nodes {{ id {fields} }} }} }}")).await;
        assert!(all - list <= 3, "{all} after {list}");
    }
}

async fn moved(client: &Client, variables: Value) -> Value {
    client.query(STOCK_MOVEMENTS, variables).await.data()["stockMovements"].take()
}

#[tokio::test]
async fn stock_movements_are_listed_from_the_latest_and_by_variant_and_kind() {
    let app = TestApp::start().await;
    let (clerk, variant) = (clerk(&app).await, variant(&app, SKU).await);
    changed(&clerk, STOCK_RECEIVE, variant, json!({})).await;
    changed(&clerk, STOCK_ADJUST, variant, json!({ "note": "dropped" })).await;
    let all = moved(&clerk, json!({ "first": 2 })).await;
    let told: Vec<_> = all["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            assert_eq!(row["variant"]["sku"], SKU);
            json!([row["kind"], row["onHand"], row["reserved"], row["reason"], row["note"]])
        })
        .collect();
    let expected = json!([["ADJUST", -2, 0, "DAMAGE", "dropped"], ["RECEIVE", 5, 0, null, "pallet 7"]]);
    assert_eq!((json!(told), &all["pageInfo"]["hasNextPage"]), (expected, &json!(true)));
    let id = variant.global_id();
    for (variables, count) in [
        (json!({ "variantId": id }), 3),
        (json!({ "variantId": id, "kind": "RECEIVE" }), 2),
        (json!({ "variantId": id, "kind": "SHIP" }), 0),
        (json!({ "kind": "ADJUST" }), 1),
        (json!({ "variantId": VariantId(Uuid::now_v7()).global_id() }), 0),
    ] {
        assert_eq!(moved(&clerk, variables.clone()).await["totalCount"], count, "{variables}");
    }
    let first = moved(&clerk, json!({ "variantId": id, "first": 2 })).await;
    let after = json!({ "variantId": id, "first": 2, "after": first["pageInfo"]["endCursor"] });
    assert_eq!(moved(&clerk, after).await["nodes"][0]["onHand"], 16);
    let product = json!({ "variantId": ProductId(Uuid::now_v7()).global_id() });
    let reply = clerk.query(STOCK_MOVEMENTS, product).await;
    reply.failed("BAD_USER_INPUT", "`variantId` is the id of a Product");
}

#[tokio::test]
async fn stock_movements_are_append_only() {
    let app = TestApp::start().await;
    let db = app.connect().await;
    for statement in ["UPDATE stock_movement SET on_hand = 1", "DELETE FROM stock_movement"] {
        let error = db.execute_unprepared(statement).await.unwrap_err().to_string();
        assert!(error.contains("stock_movement is append-only"), "{error}");
    }
}

/// A level for which more is reserved than is on hand comes before those that are merely low.
#[tokio::test]
async fn low_stock_begins_with_levels_below_what_is_reserved() {
    let app = TestApp::start().await;
    let clerk = clerk(&app).await;
    let low = async || clerk.query(LOW_STOCK, json!({})).await.data()["lowStock"].take();
    let uncount =
        stock_level::Entity::update_many().col_expr(stock_level::Column::Tracked, Expr::value(false));
    uncount.exec(app.services().db.connection()).await.unwrap();
    assert_eq!(low().await, json!({ "totalCount": 0, "nodes": [] }));
    let [few, none, below, uncounted] = variants(&app, 4).await[..] else { panic!("four variants") };
    for variant in [few, none, below] {
        changed(&clerk, STOCK_POLICY_SET, variant, json!({ "tracked": true })).await;
    }
    changed(&clerk, STOCK_SET, below, json!({ "onHand": 8, "idempotencyKey": "below" })).await;
    changed(&clerk, STOCK_SET, few, json!({ "onHand": 2, "idempotencyKey": "few" })).await;
    changed(&clerk, STOCK_POLICY_SET, few, json!({ "lowStockThreshold": 2 })).await;
    changed(&clerk, STOCK_SET, none, json!({ "onHand": 0, "idempotencyKey": "none" })).await;
    changed(&clerk, STOCK_SET, uncounted, json!({ "onHand": 0, "idempotencyKey": "uncounted" })).await;
    super::order::reserve(&app, Uuid::now_v7(), &[(below, 3)]).await.unwrap();
    let delta = 1 - level(&app, below).await.on_hand;
    let adjust = super::input(STOCK_ADJUST, below, &json!({ "delta": delta }));
    let payload = super::call(&clerk, STOCK_ADJUST, adjust).await;
    assert_eq!(payload["belowReserved"], true);
    assert_eq!(
        (&payload["stock"]["available"], &payload["stock"]["availability"]),
        (&json!(-2), &json!("OUT"))
    );
    let levels = low().await;
    let expected: Vec<_> = [(below, -2), (none, 0), (few, 2)]
        .iter()
        .map(|(variant, available)| (json!(variant.global_id()), json!(available)))
        .collect();
    let nodes = levels["nodes"].as_array().unwrap().iter();
    let found: Vec<_> =
        nodes.map(|node| (node["variant"]["id"].clone(), node["available"].clone())).collect();
    assert_eq!(found, expected);
    let more = changed(&clerk, STOCK_RECEIVE, below, json!({ "quantity": 9 })).await;
    assert_eq!((&more["available"], &more["availability"]), (&json!(7), &json!("IN_STOCK")));
}

#[tokio::test]
async fn check_inventory_finds_and_repairs_levels_that_differ() {
    let app = TestApp::start().await;
    let ids = variants(&app, 3).await;
    changed(&clerk(&app).await, STOCK_SET, ids[2], json!({ "onHand": 8 })).await;
    super::order::reserve(&app, Uuid::now_v7(), &[(ids[2], 2)]).await.unwrap();
    let url = app.config.database.database_url.expose_secret().to_owned();
    let check = async |flags: &[&str]| {
        let args = [&["check", "inventory", "--database-url", &url], flags].concat();
        let args: Vec<String> = args.into_iter().map(str::to_owned).collect();
        let command = move || run(&args.iter().map(String::as_str).collect::<Vec<_>>());
        tokio::task::spawn_blocking(command).await.unwrap()
    };
    assert_eq!(out(&check(&[]).await), "all stock levels are the sum of their movements\n");
    let (first, last) = (level(&app, ids[0]).await, level(&app, ids[2]).await);
    let db = app.connect().await;
    let bent =
        "UPDATE stock_level SET on_hand = on_hand + 7, reserved = 1 WHERE id IN (SELECT id FROM stock_level
        ORDER BY variant_id LIMIT 1)";
    db.execute_unprepared(bent).await.unwrap();
    let lost = "DELETE FROM stock_level WHERE reserved = 2";
    assert_eq!(db.execute_unprepared(lost).await.unwrap().rows_affected(), 1);
    let found = check(&[]).await;
    failed(&found, 1, "2 stock levels differ; --repair corrects them");
    let lines = String::from_utf8(found.stdout).unwrap();
    let skus = app.anonymous();
    let sku = async |variant: VariantId| {
        let query = "query ($id: ID!) { node(id: $id) { ... on Variant { sku } } }";
        skus.ask(query, json!({ "id": variant.global_id() })).await.data()["node"]["sku"].take()
    };
    let (on_hand, of) = (first.on_hand, sku(ids[0]).await.as_str().unwrap().to_owned());
    let line = format!(
        "{of}: on hand {}, by its movements {on_hand}; reserved 1, by its movements 0\n",
        on_hand + 7
    );
    assert!(lines.contains(&line), "{lines}");
    let line = format!(
        "on hand no level, by its movements {}; reserved no level, by its movements 2\n",
        last.on_hand
    );
    assert!(lines.contains(&line), "{lines}");
    assert_eq!(level(&app, ids[0]).await.on_hand, on_hand + 7, "nothing is changed without --repair");

    assert!(out(&check(&["--repair"]).await).ends_with("\nrepaired 2\n"));
    assert_eq!(out(&check(&[]).await), "all stock levels are the sum of their movements\n");
    let (repaired, opened) = (level(&app, ids[0]).await, level(&app, ids[2]).await);
    assert_eq!((repaired.on_hand, repaired.reserved), (first.on_hand, first.reserved));
    assert_eq!((opened.on_hand, opened.reserved), (last.on_hand, last.reserved));
}
