//! Idempotency keys: a request counts once.

use chrono::Duration;
use entity::{IdempotencyKeyId, Permission, idempotency_key};
use futures_util::future::join_all;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait};
use serde_json::json;
use uuid::Uuid;

use super::{SKU, call, changed, clerk, input, keys, level, movements, state, variant};
use crate::{
    operations::{STOCK_ADJUST, STOCK_RECEIVE, STOCK_SET},
    support::TestApp,
};

#[tokio::test]
async fn idempotency_key_makes_a_repeated_request_count_once() {
    let app = TestApp::start().await;
    let (clerk, variant) = (clerk(&app).await, variant(&app, SKU).await);
    for (mutation, after) in [(STOCK_RECEIVE, 21), (STOCK_ADJUST, 19), (STOCK_SET, 9)] {
        for _ in 0..3 {
            assert_eq!(changed(&clerk, mutation, variant, json!({})).await["onHand"], after);
        }
    }
    assert_eq!((keys(&app).await, movements(&app, variant).await.len()), (3, 4));
    changed(&clerk, STOCK_RECEIVE, variant, json!({ "idempotencyKey": "key-2" })).await;
    let replay = changed(&clerk, STOCK_RECEIVE, variant, json!({})).await;
    assert_eq!(replay["onHand"], 14, "a replay tells the present state");
}

#[tokio::test]
async fn idempotency_key_with_another_input_is_refused() {
    let app = TestApp::start().await;
    let (clerk, first) = (clerk(&app).await, variant(&app, SKU).await);
    let other = super::variants(&app, 2).await.into_iter().find(|id| *id != first).unwrap();
    for mutation in [STOCK_RECEIVE, STOCK_ADJUST, STOCK_SET] {
        changed(&clerk, mutation, first, json!({})).await;
    }
    let before = state(&app).await;
    let different = [
        (STOCK_RECEIVE, json!({ "quantity": 6 })),
        (STOCK_RECEIVE, json!({ "note": null })),
        (STOCK_ADJUST, json!({ "delta": -3 })),
        (STOCK_ADJUST, json!({ "reason": "LOSS" })),
        (STOCK_SET, json!({ "onHand": 8 })),
        (STOCK_SET, json!({ "expectedOnHand": 9 })),
    ];
    let different = different.into_iter().map(|(mutation, with)| (mutation, input(mutation, first, &with)));
    let elsewhere = [STOCK_RECEIVE, STOCK_ADJUST, STOCK_SET]
        .map(|mutation| (mutation, input(mutation, other, &json!({}))));
    for (mutation, input) in different.chain(elsewhere) {
        let payload = call(&clerk, mutation, input.clone()).await;
        let error = json!([{ "__typename": "IdempotencyKeyReused", "path": ["input", "idempotencyKey"] }]);
        assert_eq!(payload["errors"], error, "{} {input}", mutation.field);
    }
    assert_eq!(state(&app).await, before);
}

#[tokio::test]
async fn idempotency_key_of_a_refused_request_can_be_used_again() {
    let app = TestApp::start().await;
    let (clerk, variant) = (clerk(&app).await, variant(&app, SKU).await);
    let refused = call(&clerk, STOCK_ADJUST, input(STOCK_ADJUST, variant, &json!({ "delta": -17 }))).await;
    assert_eq!(refused["errors"][0]["problem"], "OUT_OF_RANGE");
    assert_eq!(keys(&app).await, 0);
    assert_eq!(changed(&clerk, STOCK_ADJUST, variant, json!({})).await["onHand"], 14);
}

#[tokio::test]
async fn idempotency_keys_of_different_actors_are_different() {
    let app = TestApp::start().await;
    let variant = variant(&app, SKU).await;
    let may = [Permission::InventoryEdit];
    let clients = [app.staff_with(&may).await, app.staff_with(&may).await, app.program_with(&may).await];
    for (client, after) in clients.iter().zip([21, 26, 31]) {
        assert_eq!(changed(client, STOCK_RECEIVE, variant, json!({})).await["onHand"], after);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn idempotency_key_of_requests_at_the_same_time_has_one_effect() {
    let app = TestApp::start().await;
    let (clerk, variant) = (clerk(&app).await, variant(&app, SKU).await);
    for round in 0..5 {
        let with = json!({ "idempotencyKey": format!("round-{round}") });
        let calls = (0..8).map(|_| changed(&clerk, STOCK_RECEIVE, variant, with.clone()));
        for stock in join_all(calls).await {
            assert_eq!(stock["onHand"], 21 + round * 5);
        }
    }
    assert_eq!((level(&app, variant).await.on_hand, keys(&app).await), (41, 5));
}

#[tokio::test]
async fn idempotency_keys_older_than_30_days_are_removed_by_new_ones() {
    let app = TestApp::start().await;
    let (clerk, variant) = (clerk(&app).await, variant(&app, SKU).await);
    let db = app.services().db.connection();
    for days in [29, 31, 32] {
        let row = idempotency_key::ActiveModel {
            id: Set(IdempotencyKeyId(Uuid::now_v7())),
            scope: Set("somebody".to_owned()),
            mutation: Set("stockReceive".to_owned()),
            key: Set(format!("{days} days")),
            fingerprint: Set(vec![0; 32]),
            effect_id: Set(variant.0),
            at: Set(app.services().clock.now() - Duration::days(days)),
        };
        row.insert(db).await.unwrap();
    }
    changed(&clerk, STOCK_RECEIVE, variant, json!({})).await;
    let mut left: Vec<_> =
        idempotency_key::Entity::find().all(db).await.unwrap().into_iter().map(|row| row.key).collect();
    left.sort_unstable();
    assert_eq!(left, ["29 days", "key-1"]);
}
