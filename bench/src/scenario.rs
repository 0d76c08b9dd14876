//! What is asked of both servers: the same rows, as GraphQL and as plain JSON.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::{
    Fallible,
    load::{Connection, Load, get, graphql},
    server::Server,
    shop,
};

const PRODUCT: &str = "query Product($id: ID!) { product(id: $id) { id slug name description createdAt } }";

const PAGE: &str = "query Products($first: Int!, $after: String) { products(first: $first, after: $after) \
    { nodes { id slug name variants { id sku name price(currency: \"EUR\") { amount currency } availability } } \
    pageInfo { hasNextPage endCursor } } }";

/// How many products a page has.
const PAGE_SIZE: usize = 20;

/// The same question to both servers.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) ours: Arc<Load>,
    pub(crate) floor: Arc<Load>,
    /// CPU seconds that 1000 requests to ours may cost, PostgreSQL's included.
    pub(crate) budget: f64,
    /// Where ours has what the floor's answer is.
    pointer: &'static str,
}

/// All scenarios, for the shop that `ours` serves.
pub(crate) async fn all(ours: &Server, floor: &Server) -> Fallible<[Scenario; 2]> {
    let products = shop::catalogue(ours.address).await?;
    // Behind the others there is no full page.
    let starts = &products[..products.len() - PAGE_SIZE];
    let load =
        |server: &Server, begins, requests| Arc::new(Load { address: server.address, begins, requests });
    let product = Scenario {
        name: "product by id",
        ours: load(
            ours,
            r#"{"data":{"product":{"id":"#,
            products.iter().map(|product| graphql(PRODUCT, &json!({ "id": product.id }))).collect(),
        ),
        floor: load(
            floor,
            r#"{"id":"#,
            products.iter().map(|product| get(&format!("/product/{}", product.key))).collect(),
        ),
        budget: 0.05,
        pointer: "/data/product",
    };
    let page = Scenario {
        name: "page of 20 with variants",
        ours: load(
            ours,
            r#"{"data":{"products":{"nodes":[{"id":"#,
            starts
                .iter()
                .map(|start| graphql(PAGE, &json!({ "first": PAGE_SIZE, "after": start.cursor })))
                .collect(),
        ),
        floor: load(
            floor,
            r#"{"nodes":[{"id":"#,
            starts
                .iter()
                .map(|start| {
                    get(&format!("/products?first={PAGE_SIZE}&time={}&id={}", start.created_at, start.key))
                })
                .collect(),
        ),
        budget: 0.25,
        pointer: "/data/products",
    };
    Ok([product, page])
}

impl Scenario {
    /// Compares the first answers of both servers: no errors, and the same data but for the form of ids.
    pub(crate) async fn check(&self) -> Fallible<()> {
        let (ours, floor) = (first(&self.ours).await?, first(&self.floor).await?);
        let data = ours.pointer(self.pointer).cloned().unwrap_or_default();
        if ours.get("errors").is_some() || data.is_null() || without_ids(data) != without_ids(floor.clone()) {
            return Err(format!("{}: ours answers\n{ours}\nand the floor\n{floor}", self.name).into());
        }
        Ok(())
    }
}

async fn first(load: &Load) -> Fallible<Value> {
    let request = load.requests.first().ok_or("no requests")?;
    Ok(serde_json::from_slice(Connection::open(load.address).await?.exchange(request).await?)?)
}

fn without_ids(mut value: Value) -> Value {
    match &mut value {
        Value::Object(fields) => {
            fields.retain(|name, _| name != "id" && name != "endCursor");
            fields.values_mut().for_each(|value| *value = without_ids(value.take()));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = without_ids(item.take())),
        _ => {}
    }
    value
}
