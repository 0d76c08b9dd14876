//! Stock: what staff do to it, who sees its figures, and what orders do to it.

mod change;
mod key;
mod order;
mod read;

use bodega::domain::kernel::global_id::GlobalId;
use entity::{Permission, VariantId, idempotency_key, stock_level, stock_movement, variant};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use crate::support::{Client, Mutation, TestApp};

/// The demo's black grinder, of which 16 pieces are on hand.
const SKU: &str = "BRW-GRD-BLK";

async fn clerk(app: &TestApp) -> Client {
    app.staff_with(&[Permission::InventoryEdit]).await
}

async fn variant(app: &TestApp, sku: &str) -> VariantId {
    let found = variant::Entity::find().filter(variant::Column::Sku.eq(sku));
    found.one(app.services().db.connection()).await.unwrap().unwrap().id
}

/// The first variants by id.
async fn variants(app: &TestApp, count: usize) -> Vec<VariantId> {
    let all = variant::Entity::find().order_by_asc(variant::Column::Id);
    let all = all.all(app.services().db.connection()).await.unwrap();
    assert!(all.len() >= count);
    all.iter().map(|variant| variant.id).take(count).collect()
}

async fn level(app: &TestApp, variant: VariantId) -> stock_level::Model {
    let found = stock_level::Entity::find().filter(stock_level::Column::VariantId.eq(variant));
    found.one(app.services().db.connection()).await.unwrap().unwrap()
}

async fn movements(app: &TestApp, variant: VariantId) -> Vec<stock_movement::Model> {
    let found = stock_movement::Entity::find().filter(stock_movement::Column::VariantId.eq(variant));
    found.order_by_asc(stock_movement::Column::Id).all(app.services().db.connection()).await.unwrap()
}

async fn keys(app: &TestApp) -> u64 {
    idempotency_key::Entity::find().count(app.services().db.connection()).await.unwrap()
}

/// All that a mutation of stock can change.
async fn state(app: &TestApp) -> (Vec<stock_level::Model>, u64, u64) {
    let db = app.services().db.connection();
    let levels = stock_level::Entity::find().order_by_asc(stock_level::Column::Id).all(db).await.unwrap();
    (levels, stock_movement::Entity::find().count(db).await.unwrap(), keys(app).await)
}

/// Calls a mutation of stock. Each of its errors has a message, which is left out here.
async fn call(client: &Client, mutation: Mutation, input: Value) -> Value {
    let reply = client.ask(mutation.text, json!({ "input": input })).await;
    let mut payload = reply.data()[mutation.field].take();
    for error in payload["errors"].as_array_mut().unwrap() {
        assert_ne!(error.as_object_mut().unwrap().remove("message").unwrap(), "");
    }
    payload
}

/// An input for `mutation` that is good but for what `with` replaces.
fn input(mutation: Mutation, variant: VariantId, with: &Value) -> Value {
    let mut input = match mutation.field {
        "stockReceive" => json!({ "quantity": 5, "note": "pallet 7" }),
        "stockAdjust" => json!({ "delta": -2, "reason": "DAMAGE" }),
        "stockSet" => json!({ "onHand": 9 }),
        _ => json!({ "lowStockThreshold": 3 }),
    };
    input["id"] = json!(variant.global_id());
    if mutation.field != "stockPolicySet" {
        input["idempotencyKey"] = json!("key-1");
    }
    for (field, value) in with.as_object().unwrap() {
        input[field] = value.clone();
    }
    input
}

/// Calls a mutation that succeeds.
async fn changed(client: &Client, mutation: Mutation, variant: VariantId, with: Value) -> Value {
    client.mutate(mutation, input(mutation, variant, &with)).await.ok()["stock"].take()
}
