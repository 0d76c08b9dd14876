//! Collections: reading and changing them, their products, and what is refused.

mod edit;
mod products;
mod read;

use entity::{collection, collection_product};
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::{Value, json};

use crate::{
    operations::{COLLECTION_CREATE, COLLECTION_OF, COLLECTION_PRODUCTS_ADD},
    support::{Client, TestApp},
};

/// The id of no collection.
const UNKNOWN: &str = "DQAAAAAAAAAAAAAAAAAAAAA";
/// The id of no product.
const NO_PRODUCT: &str = "AwAAAAAAAAAAAAAAAAAAAAA";

/// The demo shop without its collections.
async fn start() -> TestApp {
    let app = TestApp::start().await;
    collection::Entity::delete_many().exec(app.services().db.connection()).await.unwrap();
    app
}

/// A new collection of this name, which is its slug too, with products.
async fn create(client: &Client, slug: &str, products: &[Value]) -> Value {
    let created = client.mutate(COLLECTION_CREATE, json!({ "name": slug, "slug": slug })).await.ok();
    let id = created["collection"]["id"].clone();
    if !products.is_empty() {
        let input = json!({ "id": id, "productIds": products });
        client.mutate(COLLECTION_PRODUCTS_ADD, input).await.ok();
    }
    id
}

/// The collection with this slug, with all its products.
async fn read(client: &Client, slug: &str) -> Value {
    client.query(COLLECTION_OF, json!({ "slug": slug, "first": 100 })).await.data()["collection"].take()
}

/// Ids of products, by name.
async fn products(app: &TestApp, number: usize) -> Vec<Value> {
    let query = "{ products(first: 100, sort: { key: NAME }) { nodes { id } } }";
    let nodes = app.anonymous().run(query).await.data()["products"]["nodes"].take();
    nodes.as_array().unwrap()[..number].iter().map(|node| node["id"].clone()).collect()
}

async fn rows(app: &TestApp) -> (Vec<collection::Model>, Vec<collection_product::Model>) {
    use collection_product::Column::{CollectionId, ProductId};
    let db = app.services().db.connection();
    let members = collection_product::Entity::find().order_by_asc(CollectionId).order_by_asc(ProductId);
    let collections = collection::Entity::find().order_by_asc(collection::Column::Id);
    (collections.all(db).await.unwrap(), members.all(db).await.unwrap())
}
