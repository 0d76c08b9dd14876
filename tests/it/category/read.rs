//! Single categories, the way to them, and the products below them.

use entity::{Permission::ProductsEdit, product};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};
use serde_json::{Value, json};

use super::{UNKNOWN, create, read};
use crate::{
    operations::CATEGORY_OF,
    support::{TestApp, texts},
};

#[tokio::test]
async fn category_is_found_by_id_and_by_slug() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let brewing = read(&client, "brewing").await;
    assert_eq!(texts(&brewing["ancestors"], "slug"), ["coffee-tea"]);
    assert_eq!((&brewing["name"], &brewing["parent"]["slug"]), (&json!("Brewing"), &json!("coffee-tea")));
    let by_id = client.query(CATEGORY_OF, json!({ "id": brewing["id"] })).await.data();
    assert_eq!(by_id["category"], brewing);
    for nothing in [json!({ "slug": "nothing" }), json!({ "slug": "Brewing" }), json!({ "id": UNKNOWN })] {
        assert_eq!(client.query(CATEGORY_OF, nothing).await.data()["category"], Value::Null);
    }
    for wrong in [json!({}), json!({ "slug": "brewing", "id": UNKNOWN })] {
        client.query(CATEGORY_OF, wrong).await.failed("BAD_USER_INPUT", "either `id` or `slug`");
    }
}

#[tokio::test]
async fn category_counts_the_active_products_in_it_and_below() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let count = async |slug: &str| read(&client, slug).await["productCount"].as_u64().unwrap();
    let (brewing, all) = (count("brewing").await, count("coffee-tea").await);
    assert_eq!(all, 32);
    assert!((1..all).contains(&brewing), "{brewing}");
    let db = app.services().db.connection();
    let grinder = product::Entity::with_slug("hand-grinder").one(db).await.unwrap().unwrap();
    let mut row = grinder.into_active_model();
    row.status = Set(product::Status::Draft);
    row.update(db).await.unwrap();
    for viewer in [&client, &app.staff_with(&[ProductsEdit]).await] {
        assert_eq!(read(viewer, "coffee-tea").await["productCount"], all - 1, "the same for every viewer");
    }
    assert_eq!(count("brewing").await, brewing - 1);
    assert_eq!(count("kitchen").await + count("coffee-tea").await + count("desk").await, 60);
}

#[tokio::test]
async fn ancestors_come_from_the_top() {
    let app = TestApp::empty().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let (mut parent, mut path) = (None, Vec::new());
    for level in 0..10 {
        let slug = format!("level-{level}");
        parent = Some(create(&staff, &slug, parent.as_ref()).await);
        let category = read(&app.anonymous(), &slug).await;
        assert_eq!(texts(&category["ancestors"], "slug"), path);
        assert_eq!(category["productCount"], 0);
        path.push(slug);
    }
}

/// Ways and numbers of a whole page are read together, whatever its size.
#[tokio::test]
async fn ancestors_and_counts_of_a_page_take_one_statement_each() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    for first in [1, 2, 3] {
        for (statements, fields) in [
            (2, "productCount"),
            (2, "ancestors { slug }"),
            (3, "ancestors { slug } productCount"),
            (6, "ancestors { slug } productCount children { ancestors { slug } productCount }"),
        ] {
            let query = format!("{{ categories(first: {first}) {{ nodes {{ {fields} }} }} }}");
            let (reply, counted) = app.counting_statements(client.run(&query)).await;
            reply.data();
            assert_eq!(counted, statements, "{query}");
        }
    }
    let query = "{ products(first: 16) { nodes { category { productCount ancestors { slug } } } } }";
    let (reply, counted) = app.counting_statements(client.run(query)).await;
    reply.data();
    assert_eq!(counted, 4);
}
