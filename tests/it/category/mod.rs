//! The tree of categories: reading it, changing it, and what is refused.

mod edit;
mod read;
mod tree;

use entity::category;
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::{Value, json};

use crate::{
    operations::{CATEGORIES_BELOW, CATEGORY_CREATE, CATEGORY_OF},
    support::{Client, TestApp, texts},
};

/// The id of no category.
const UNKNOWN: &str = "AgAAAAAAAAAAAAAAAAAAAAA";
/// The id of a product.
const A_PRODUCT: &str = "AwAAAAAAAAAAAAAAAAAAAAA";

/// A new category of this name, which is its slug too.
async fn create(client: &Client, slug: &str, parent: Option<&Value>) -> Value {
    let input = json!({ "name": slug, "slug": slug, "parentId": parent });
    client.mutate(CATEGORY_CREATE, input).await.ok()["category"]["id"].take()
}

async fn read(client: &Client, slug: &str) -> Value {
    client.query(CATEGORY_OF, json!({ "slug": slug })).await.data()["category"].take()
}

/// The slugs below a category, or at the top, in their order.
async fn below(client: &Client, parent: Option<&Value>) -> Vec<String> {
    let page = client.query(CATEGORIES_BELOW, json!({ "parent": parent })).await.data();
    texts(&page["categories"]["nodes"], "slug").into_iter().map(str::to_owned).collect()
}

async fn rows(app: &TestApp) -> Vec<category::Model> {
    let by_id = category::Entity::find().order_by_asc(category::Column::Id);
    by_id.all(app.services().db.connection()).await.unwrap()
}
