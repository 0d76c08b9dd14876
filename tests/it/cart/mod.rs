//! Carts: lines, details, rights, totals, notices, merging.

mod details;
mod guide;
mod lines;
mod merge;
mod notices;
mod race;
mod rights;
mod statements;
mod totals;

use entity::variant;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use crate::{
    operations::{CART, CART_CREATE, CART_LINES_ADD},
    support::{Client, TestApp},
};

/// A guest's cart, and the way to it.
pub(crate) struct Guest {
    pub(crate) client: Client,
    pub(crate) id: Value,
    pub(crate) token: Value,
}

impl Guest {
    /// An empty cart in this currency.
    pub(crate) async fn new(app: &TestApp, currency: &str) -> Self {
        let client = app.anonymous();
        let mut created = client.mutate(CART_CREATE, json!({ "currency": currency })).await.ok();
        Self { client, id: created["cart"]["id"].take(), token: created["token"].take() }
    }

    /// An input of a mutation of the cart, with these fields.
    pub(crate) fn input(&self, fields: Value) -> Value {
        let mut input = json!({ "id": self.id, "token": self.token });
        for (key, value) in fields.as_object().unwrap() {
            input[key] = value.clone();
        }
        input
    }

    /// Adds pieces of a variant.
    pub(crate) async fn add(&self, app: &TestApp, sku: &str, quantity: i32) -> Value {
        let lines = json!([{ "variantId": variant_id(app, sku).await, "quantity": quantity }]);
        self.client.mutate(CART_LINES_ADD, self.input(json!({ "lines": lines }))).await.ok()["cart"].take()
    }

    pub(crate) async fn cart(&self) -> Value {
        self.query(CART).await
    }

    pub(crate) async fn query(&self, query: crate::support::Query) -> Value {
        let variables = json!({ "id": self.id, "token": self.token });
        self.client.query(query, variables).await.data()["cart"].take()
    }
}

/// The variant with this SKU.
pub(crate) async fn variant_row(app: &TestApp, sku: &str) -> variant::Model {
    let found = variant::Entity::find().filter(variant::Column::Sku.eq(sku));
    found.one(app.services().db.connection()).await.unwrap().unwrap()
}

pub(crate) async fn variant_id(app: &TestApp, sku: &str) -> Value {
    use bodega::domain::kernel::global_id::GlobalId;
    variant_row(app, sku).await.id.global_id().into()
}

/// Number of pieces of each line, in their order.
pub(crate) fn quantities(cart: &Value) -> Vec<i64> {
    cart["lines"].as_array().unwrap().iter().map(|line| line["quantity"].as_i64().unwrap()).collect()
}

pub(crate) fn skus(cart: &Value) -> Vec<&str> {
    cart["lines"].as_array().unwrap().iter().map(|line| line["sku"].as_str().unwrap()).collect()
}
