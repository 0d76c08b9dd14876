//! Which collections and which of their products viewers see.

use std::time::Duration;

use chrono::SecondsFormat;
use entity::{Permission::ProductsEdit, product};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};
use serde_json::{Value, json};

use super::{UNKNOWN, create, products, read, start};
use crate::{
    operations::{COLLECTION_CREATE, COLLECTION_OF, COLLECTIONS},
    support::{Client, texts},
};

#[tokio::test]
async fn collection_is_found_by_id_and_by_slug_with_its_products() {
    let app = start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let mut ids = products(&app, 5).await;
    ids.reverse();
    let id = create(&staff, "gifts", &ids).await;
    let client = app.anonymous();
    let gifts = read(&client, "gifts").await;
    assert_eq!((&gifts["id"], &gifts["isActive"]), (&id, &json!(true)));
    let nodes = gifts["products"]["nodes"].as_array().unwrap();
    assert_eq!(nodes.iter().map(|node| node["id"].clone()).collect::<Vec<_>>(), ids);
    let by_id = client.query(COLLECTION_OF, json!({ "id": id, "first": 100 })).await.data();
    assert_eq!(by_id["collection"], gifts);

    let (mut paged, mut after) = (Vec::new(), Value::Null);
    loop {
        let page = client.query(COLLECTION_OF, json!({ "id": id, "first": 2, "after": after })).await;
        let page = page.data()["collection"]["products"].take();
        assert_eq!(page["totalCount"], 5);
        paged.extend(page["nodes"].as_array().unwrap().iter().map(|node| node["id"].clone()));
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    assert_eq!(paged, ids);
    for nothing in [json!({ "slug": "nothing" }), json!({ "id": UNKNOWN })] {
        assert_eq!(client.query(COLLECTION_OF, nothing).await.data()["collection"], Value::Null);
    }
    client.query(COLLECTION_OF, json!({})).await.failed("BAD_USER_INPUT", "either `id` or `slug`");
}

/// Slugs of the collections that a client finds by every way there is: the list, single ones, those of a product, `node`,
/// and lists of products.
async fn found(client: &Client, ids: &[(&str, Value)], product: &Value) -> Vec<String> {
    let list = client.query(COLLECTIONS, json!({})).await.data()["collections"].take();
    let slugs: Vec<_> = texts(&list["nodes"], "slug").into_iter().map(str::to_owned).collect();
    assert_eq!(list["totalCount"], slugs.len());
    let query = "query ($id: ID!) { product(id: $id) { collections { slug } } }";
    let product = client.ask(query, json!({ "id": product })).await.data()["product"].take();
    assert_eq!(texts(&product["collections"], "slug"), slugs);
    for (slug, id) in ids {
        let expected = slugs.contains(&(*slug).to_owned());
        assert_eq!(read(client, slug).await.is_object(), expected, "{slug}");
        let query = "query ($id: ID!) { node(id: $id) { id } collection(id: $id) { id }
            products(filter: { collection: $id }) { totalCount }
            sorted: products(filter: { collection: $id }, sort: { key: COLLECTION }) { totalCount } }";
        let data = client.ask(query, json!({ "id": id })).await.data();
        assert_eq!(data["node"].is_object(), expected, "{slug}");
        assert_eq!(data["collection"].is_object(), expected, "{slug}");
        let count = u64::from(expected);
        assert_eq!(
            (&data["products"]["totalCount"], &data["sorted"]["totalCount"]),
            (&json!(count), &json!(count))
        );
    }
    slugs
}

#[tokio::test]
async fn collection_outside_its_active_period_is_for_editors_of_products() {
    let app = start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let now = app.services().clock.now();
    let time = |hours: i64| (now + chrono::Duration::hours(hours)).to_rfc3339_opts(SecondsFormat::Secs, true);
    let product = products(&app, 1).await.remove(0);
    let mut ids = Vec::new();
    for (slug, from, until) in [
        ("always", None, None),
        ("ended", None, Some(-1)),
        ("later", Some(1), Some(2)),
        ("now", Some(-1), Some(1)),
    ] {
        let input = json!({ "name": slug, "activeFrom": from.map(time), "activeUntil": until.map(time) });
        let id = staff.mutate(COLLECTION_CREATE, input).await.ok()["collection"]["id"].take();
        let add = json!({ "id": id, "productIds": [product] });
        staff.mutate(crate::operations::COLLECTION_PRODUCTS_ADD, add).await.ok();
        ids.push((slug, id));
    }
    assert_eq!(found(&staff, &ids, &product).await, ["always", "ended", "later", "now"]);
    assert_eq!(found(&app.program_with(&[ProductsEdit]).await, &ids, &product).await.len(), 4);
    for client in [app.anonymous(), app.staff_with(&[]).await, app.anonymous().with_token("expired")] {
        assert_eq!(found(&client, &ids, &product).await, ["always", "now"]);
    }
    let active = async |slug| read(&staff, slug).await["isActive"].clone();
    assert_eq!([active("ended").await, active("later").await, active("now").await], [false, false, true]);
    app.clock.advance(Duration::from_secs(90 * 60));
    assert_eq!(found(&app.anonymous(), &ids, &product).await, ["always", "later"]);
}

#[tokio::test]
async fn collection_shows_shoppers_active_products_only() {
    let app = start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let ids = products(&app, 3).await;
    create(&staff, "gifts", &ids).await;
    let db = app.services().db.connection();
    let slug = read(&staff, "gifts").await["products"]["nodes"][1]["slug"].as_str().unwrap().to_owned();
    let mut row = product::Entity::with_slug(&slug).one(db).await.unwrap().unwrap().into_active_model();
    row.status = Set(product::Status::Draft);
    row.update(db).await.unwrap();
    assert_eq!(read(&staff, "gifts").await["products"]["totalCount"], 3);
    let seen = read(&app.anonymous(), "gifts").await["products"].take();
    assert_eq!(seen["totalCount"], 2);
    assert!(!texts(&seen["nodes"], "slug").contains(&&*slug));
}

#[tokio::test]
async fn collections_come_in_pages_by_name() {
    let app = start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    for slug in ["c", "a", "b"] {
        create(&staff, slug, &[]).await;
    }
    let client = app.anonymous();
    let first = client.query(COLLECTIONS, json!({ "first": 2 })).await.data()["collections"].take();
    assert_eq!((texts(&first["nodes"], "slug"), &first["totalCount"]), (vec!["a", "b"], &json!(3)));
    let after = json!({ "first": 2, "after": first["pageInfo"]["endCursor"] });
    let second = client.query(COLLECTIONS, after).await.data()["collections"].take();
    assert_eq!(texts(&second["nodes"], "slug"), ["c"]);
}

#[tokio::test]
async fn collections_of_a_page_take_one_statement() {
    let app = start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let ids = products(&app, 8).await;
    create(&staff, "a", &ids).await;
    create(&staff, "b", &ids[3..]).await;
    let client = app.anonymous();
    for first in [1, 4, 16] {
        for (statements, query) in [
            (
                1,
                format!(
                    "{{ collection(slug: \"a\") {{ name }} collections(first: {first}) {{ nodes {{ id }} }} }}"
                ),
            ),
            (2, format!("{{ products(first: {first}) {{ nodes {{ collections {{ name }} }} }} }}")),
            (
                2,
                format!(
                    "{{ collection(slug: \"a\") {{ products(first: {first}) {{ nodes {{ name }} }} }} }}"
                ),
            ),
        ] {
            let (reply, counted) = app.counting_statements(client.run(&query)).await;
            reply.data();
            assert_eq!(counted, statements + u64::from(query.contains("collections(")), "{query}");
        }
    }
}
