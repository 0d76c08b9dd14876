//! Objects by their global ids.

use entity::Permission;
use serde_json::{Value, json};

use crate::support::TestApp;

const NODES: &str = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }";

async fn ids(app: &TestApp) -> Vec<Value> {
    let query = "{ products(first: 4) { nodes { id variants { id } category { id } } } }";
    let data = app.anonymous().query(query).await.data();
    let products = data["products"]["nodes"].as_array().unwrap().iter();
    products
        .flat_map(|product| {
            [&product["id"], &product["variants"][0]["id"], &product["category"]["id"]].map(Value::clone)
        })
        .collect()
}

#[tokio::test]
async fn every_object_is_found_again_by_its_id() {
    let app = TestApp::start().await;
    let ids = ids(&app).await;
    let types: Vec<_> = ["Product", "Variant", "Category"].into_iter().cycle().take(ids.len()).collect();
    for (id, name) in ids.iter().zip(&types) {
        let node = app
            .anonymous()
            .ask("query ($id: ID!) { node(id: $id) { __typename id } }", json!({ "id": id }))
            .await;
        assert_eq!(node.data()["node"], json!({ "__typename": name, "id": id }));
    }
    let nodes = app.anonymous().ask(NODES, json!({ "ids": ids })).await.data();
    let expected: Vec<_> =
        ids.iter().zip(types).map(|(id, name)| json!({ "__typename": name, "id": id })).collect();
    assert_eq!(nodes["nodes"], json!(expected));
}

#[tokio::test]
async fn many_nodes_cost_one_statement_a_type() {
    let app = TestApp::start().await;
    let mut ids = ids(&app).await;
    ids.push(json!("AwAAAAAAAAAAAAAAAAAAAAA"));
    ids.push(ids[0].clone());
    let before = app.statements();
    let nodes = app.anonymous().ask(NODES, json!({ "ids": ids })).await.data();
    assert_eq!(app.statements() - before, 3);
    assert_eq!(nodes["nodes"][12], Value::Null, "what does not exist is null");
    assert_eq!(nodes["nodes"][13], nodes["nodes"][0], "an id may come twice");
}

#[tokio::test]
async fn an_account_is_found_by_its_owner_and_by_staff_who_may_see_customers() {
    let app = TestApp::start().await;
    let (owner, other) = (app.customer().await, app.staff_with(&[Permission::OrdersView]).await);
    let id = owner.query("{ me { id } }").await.data()["me"]["id"].take();
    let node = json!({ "id": id });
    let query = "query ($id: ID!) { node(id: $id) { ... on Account { email } } }";
    assert_eq!(owner.ask(query, node.clone()).await.data()["node"]["email"], "customer@demo.example");
    assert_eq!(
        app.staff().await.ask(query, node.clone()).await.data()["node"]["email"],
        "customer@demo.example"
    );
    assert_eq!(other.ask(query, node.clone()).await.data()["node"], Value::Null);
    assert_eq!(app.anonymous().ask(query, node).await.data()["node"], Value::Null);
}

#[tokio::test]
async fn ids_that_are_none_and_too_many_are_refused() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    for id in ["", "1", "hello", "AwAAAAAAAAAAAAAAAAAAAAB!", "ZwAAAAAAAAAAAAAAAAAAAAA", "Aw"] {
        let reply = client.ask("query ($id: ID!) { node(id: $id) { id } }", json!({ "id": id })).await;
        reply.refused("BAD_USER_INPUT", "`id` is not an id");
        assert_eq!(reply.json()["data"], json!({ "node": null }));
        client.ask(NODES, json!({ "ids": [id] })).await.refused("BAD_USER_INPUT", "`ids` is not an id");
    }
    let category =
        client.query("{ categories { nodes { id } } }").await.data()["categories"]["nodes"][0]["id"].take();
    let product = client.ask("query ($id: ID) { product(id: $id) { id } }", json!({ "id": category })).await;
    product.refused("BAD_USER_INPUT", "`id` is the id of a Category, not of a Product.");
    let many = vec!["AwAAAAAAAAAAAAAAAAAAAAA"; 101];
    client.ask(NODES, json!({ "ids": many })).await.refused("BAD_USER_INPUT", "at most 100 ids, not 101");
    assert_eq!(client.ask(NODES, json!({ "ids": [] })).await.data(), json!({ "nodes": [] }));
}
