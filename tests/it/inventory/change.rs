//! What staff do to stock, and what is refused.

use entity::{
    VariantId, audit_entry,
    stock_movement::{Kind, Reason},
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{SKU, call, changed, clerk, input, level, movements, state, variant};
use crate::{
    operations::{STOCK_ADJUST, STOCK_MOVEMENTS, STOCK_POLICY_SET, STOCK_RECEIVE, STOCK_SET},
    support::{Client, Mutation, TestApp},
};

#[tokio::test]
async fn stock_receive_adjust_and_set_change_the_level_and_record_why() {
    let app = TestApp::start().await;
    let (clerk, variant) = (clerk(&app).await, variant(&app, SKU).await);
    let stock = changed(&clerk, STOCK_RECEIVE, variant, json!({})).await;
    let expected = json!({ "onHand": 21, "reserved": 0, "available": 21, "tracked": true, "backorderLimit": 0,
        "lowStockThreshold": 5, "availability": "IN_STOCK" });
    assert_eq!(stock, expected);
    assert_eq!(changed(&clerk, STOCK_ADJUST, variant, json!({})).await["onHand"], 19);
    assert_eq!(changed(&clerk, STOCK_SET, variant, json!({ "expectedOnHand": 19 })).await["onHand"], 9);
    let rows = movements(&app, variant).await;
    let told: Vec<_> =
        rows.iter().map(|row| (row.kind, row.on_hand, row.reason, row.note.as_deref())).collect();
    let expected = [
        (Kind::Receive, 16, None, None),
        (Kind::Receive, 5, None, Some("pallet 7")),
        (Kind::Adjust, -2, Some(Reason::Damage), None),
        (Kind::Adjust, -10, Some(Reason::Count), None),
    ];
    assert_eq!(told, expected);
    let me = clerk.id().await;
    let movements = clerk.query(STOCK_MOVEMENTS, json!({ "first": 1 })).await.data();
    let last = &movements["stockMovements"]["nodes"][0];
    assert_eq!(
        (&last["account"]["id"], &last["apiKey"], &last["variant"]["sku"]),
        (&me, &Value::Null, &json!(SKU))
    );
    assert_eq!(level(&app, variant).await.on_hand, 9);
}

/// A count may find nothing to correct. Its request counts all the same.
#[tokio::test]
async fn stock_set_to_the_present_number_records_no_movement() {
    let app = TestApp::start().await;
    let (clerk, variant) = (clerk(&app).await, variant(&app, SKU).await);
    let before = level(&app, variant).await;
    for _ in 0..2 {
        assert_eq!(changed(&clerk, STOCK_SET, variant, json!({ "onHand": 16 })).await["onHand"], 16);
    }
    assert_eq!((level(&app, variant).await, movements(&app, variant).await.len()), (before, 1));
    let other = call(&clerk, STOCK_SET, input(STOCK_SET, variant, &json!({ "onHand": 15 }))).await;
    assert_eq!(other["errors"][0]["__typename"], "IdempotencyKeyReused");
}

#[tokio::test]
async fn stock_set_tells_the_present_stock_when_another_is_expected() {
    let app = TestApp::start().await;
    let (clerk, variant) = (clerk(&app).await, variant(&app, SKU).await);
    let before = state(&app).await;
    for expected in [15, 17, -1, i32::MAX] {
        let with = json!({ "expectedOnHand": expected });
        let payload = call(&clerk, STOCK_SET, input(STOCK_SET, variant, &with)).await;
        let conflict = json!([{ "__typename": "StockConflict", "path": ["input", "expectedOnHand"],
            "stock": { "onHand": 16 } }]);
        assert_eq!((&payload["errors"], &payload["stock"]), (&conflict, &Value::Null));
    }
    assert_eq!(state(&app).await, before);
    changed(&clerk, STOCK_SET, variant, json!({ "expectedOnHand": 16 })).await;
}

#[tokio::test]
async fn stock_changes_that_are_refused_change_nothing() {
    let app = TestApp::start().await;
    let (clerk, variant) = (clerk(&app).await, variant(&app, SKU).await);
    let before = state(&app).await;
    let (long_key, long_note) = ("k".repeat(101), "n".repeat(201));
    for (with, problem) in [
        (json!({ "idempotencyKey": "" }), "REQUIRED"),
        (json!({ "idempotencyKey": "  " }), "REQUIRED"),
        (json!({ "idempotencyKey": long_key }), "TOO_LONG"),
        (json!({ "idempotencyKey": "a\u{7}b" }), "FORBIDDEN_CHARACTER"),
        (json!({ "note": long_note }), "TOO_LONG"),
        (json!({ "note": "a\nb" }), "FORBIDDEN_CHARACTER"),
        (json!({ "note": "\u{200b}" }), "FORBIDDEN_CHARACTER"),
    ] {
        let field = with.as_object().unwrap().keys().next().unwrap().clone();
        for mutation in [STOCK_RECEIVE, STOCK_ADJUST, STOCK_SET] {
            rejected(&clerk, mutation, variant, &with, &field, problem).await;
        }
    }
    for (mutation, field, values) in [
        (STOCK_RECEIVE, "quantity", &[0, -1, 1_000_000_001, i32::MIN, 999_999_985][..]),
        (STOCK_ADJUST, "delta", &[0, -17, -1_000_000_001, 1_000_000_001, i32::MIN, 999_999_985]),
        (STOCK_SET, "onHand", &[-1, 1_000_000_001, i32::MAX]),
        (STOCK_POLICY_SET, "backorderLimit", &[-1, 1_000_000_001]),
        (STOCK_POLICY_SET, "lowStockThreshold", &[-1, 1_000_000_001]),
    ] {
        for value in values {
            rejected(&clerk, mutation, variant, &json!({ field: value }), field, "OUT_OF_RANGE").await;
        }
    }
    let product = app.anonymous().run("{ product(slug: \"hand-grinder\") { id } }").await.data();
    for mutation in [STOCK_RECEIVE, STOCK_ADJUST, STOCK_SET, STOCK_POLICY_SET] {
        let unknown = VariantId(Uuid::now_v7());
        let payload = call(&clerk, mutation, input(mutation, unknown, &json!({}))).await;
        assert_eq!(
            (&payload["errors"][0]["__typename"], &payload["stock"]),
            (&json!("NotFound"), &Value::Null)
        );
        assert_eq!(payload["errors"][0]["path"], json!(["input", "id"]));
        let foreign = input(mutation, variant, &json!({ "id": product["product"]["id"] }));
        let message = "`input.id` is the id of a Product, not of a Variant.";
        clerk.mutate(mutation, foreign).await.failed("BAD_USER_INPUT", message);
    }
    assert_eq!(state(&app).await, before);
    for (mutation, with) in [
        (
            STOCK_RECEIVE,
            json!({ "quantity": 999_999_984, "idempotencyKey": "k".repeat(100), "note": "n".repeat(200) }),
        ),
        (STOCK_ADJUST, json!({ "delta": -1_000_000_000 })),
        (STOCK_SET, json!({ "onHand": 1_000_000_000 })),
        (STOCK_POLICY_SET, json!({ "backorderLimit": 1_000_000_000, "lowStockThreshold": 1_000_000_000 })),
    ] {
        changed(&clerk, mutation, variant, with).await;
    }
}

async fn rejected(
    client: &Client,
    mutation: Mutation,
    variant: VariantId,
    with: &Value,
    field: &str,
    problem: &str,
) {
    let payload = call(client, mutation, input(mutation, variant, with)).await;
    let error = json!([{ "__typename": "InvalidField", "path": ["input", field], "problem": problem }]);
    assert_eq!((&payload["errors"], &payload["stock"]), (&error, &Value::Null), "{} {with}", mutation.field);
}

#[tokio::test]
async fn stock_policy_set_changes_what_it_names_and_is_audited() {
    let app = TestApp::start().await;
    let (clerk, variant) = (clerk(&app).await, variant(&app, SKU).await);
    let audited = async || {
        let entries = audit_entry::Entity::find().filter(audit_entry::Column::Action.eq("stockPolicySet"));
        entries.count(app.services().db.connection()).await.unwrap()
    };
    for (with, field, value, availability, entries) in [
        (json!({ "lowStockThreshold": 16 }), "lowStockThreshold", json!(16), "LOW", 1),
        (json!({ "lowStockThreshold": null, "backorderLimit": 4 }), "lowStockThreshold", json!(16), "LOW", 2),
        (json!({ "lowStockThreshold": 15 }), "backorderLimit", json!(4), "IN_STOCK", 3),
        (json!({ "lowStockThreshold": 15 }), "backorderLimit", json!(4), "IN_STOCK", 3),
        (json!({ "lowStockThreshold": null, "tracked": false }), "tracked", json!(false), "IN_STOCK", 4),
    ] {
        let stock = changed(&clerk, STOCK_POLICY_SET, variant, with.clone()).await;
        assert_eq!((&stock[field], &stock["availability"]), (&value, &json!(availability)), "{with}");
        assert_eq!(audited().await, entries, "{with}");
    }
    assert_eq!(movements(&app, variant).await.len(), 1, "no pieces were moved");
}

#[tokio::test]
async fn stock_changes_take_as_many_statements_whatever_they_change() {
    let app = TestApp::start().await;
    let (clerk, variant) = (clerk(&app).await, variant(&app, SKU).await);
    let login = {
        let before = app.statements();
        clerk.id().await;
        app.statements() - before
    };
    for (mutation, with, statements) in [
        (STOCK_RECEIVE, json!({}), 5),
        (STOCK_RECEIVE, json!({}), 3),
        (STOCK_ADJUST, json!({}), 5),
        (STOCK_SET, json!({}), 5),
        (STOCK_SET, json!({ "idempotencyKey": "same" }), 3),
        (STOCK_POLICY_SET, json!({}), 3),
        (STOCK_POLICY_SET, json!({}), 1),
    ] {
        let before = app.statements();
        changed(&clerk, mutation, variant, with.clone()).await;
        assert_eq!(app.statements() - before - login, statements, "{} {with}", mutation.field);
    }
}
