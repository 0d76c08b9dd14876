//! Rows of the catalogue, and the objects that they need. All its mutations require `PRODUCTS_EDIT`.

use entity::tax_class;
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use super::{Data, EVERYBODY, Nothing, RIGHT, Row};
use crate::support::{Client, TestApp};

pub(super) const QUERIES: &[Row] = &[
    ("category", "category(slug: \"desk\") { id }", EVERYBODY),
    (
        "collection",
        "collection(id: $collection) { id }",
        [Nothing, Nothing, Nothing, Nothing, Data, Data, Data],
    ),
    ("collections", "collections(first: 1) { nodes { id } }", EVERYBODY),
    ("taxClasses", "taxClasses { id }", RIGHT),
];

pub(super) const MUTATIONS: &[Row] = &[
    ("categoryCreate", "categoryCreate(input: { name: \"\" }) { errors { __typename } }", RIGHT),
    ("categoryDelete", "categoryDelete(input: { id: $category }) { errors { __typename } }", RIGHT),
    ("categoryMove", "categoryMove(input: { id: $category }) { errors { __typename } }", RIGHT),
    ("categoryUpdate", "categoryUpdate(input: { id: $category }) { errors { __typename } }", RIGHT),
    ("collectionCreate", "collectionCreate(input: { name: \"\" }) { errors { __typename } }", RIGHT),
    ("collectionDelete", "collectionDelete(input: { id: $collection }) { errors { __typename } }", RIGHT),
    (
        "collectionProductsAdd",
        "collectionProductsAdd(input: { id: $collection, productIds: [] }) { errors { __typename } }",
        RIGHT,
    ),
    (
        "collectionProductsRemove",
        "collectionProductsRemove(input: { id: $collection, productIds: [] }) { errors { __typename } }",
        RIGHT,
    ),
    (
        "collectionProductsReorder",
        "collectionProductsReorder(input: { id: $collection, productIds: [] }) { errors { __typename } }",
        RIGHT,
    ),
    ("collectionUpdate", "collectionUpdate(input: { id: $collection }) { errors { __typename } }", RIGHT),
    ("taxClassCreate", "taxClassCreate(input: { name: \"\" }) { errors { __typename } }", RIGHT),
    ("taxClassDelete", "taxClassDelete(input: { id: $taxClass }) { errors { __typename } }", RIGHT),
    (
        "taxClassUpdate",
        "taxClassUpdate(input: { id: $taxClass, name: \"x\" }) { errors { __typename } }",
        RIGHT,
    ),
];

/// A category with products.
pub(super) async fn any_category(app: &TestApp) -> Value {
    app.anonymous().run("{ category(slug: \"brewing\") { id } }").await.data()["category"]["id"].take()
}

/// A new collection whose active period has ended.
pub(super) async fn ended_collection(admin: &Client) -> Value {
    let create = "mutation ($slug: String!) { collectionCreate(input: { name: \"x\", slug: $slug,
        activeUntil: \"2020-01-01T00:00:00Z\" }) { collection { id } } }";
    let reply = admin.ask(create, json!({ "slug": uuid::Uuid::now_v7() })).await;
    reply.data()["collectionCreate"]["collection"]["id"].take()
}

/// A tax class, after those that there were are gone.
pub(super) async fn new_tax_class(app: &TestApp, admin: &Client) -> Value {
    tax_class::Entity::delete_many().exec(app.services().db.connection()).await.unwrap();
    let create = "mutation { taxClassCreate(input: { name: \"y\" }) { taxClass { id } } }";
    admin.run(create).await.data()["taxClassCreate"]["taxClass"]["id"].take()
}
