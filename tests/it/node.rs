//! Objects by their global ids.

use std::collections::BTreeSet;

use entity::{Permission, account::Kind};
use serde_json::{Value, json};

use crate::{
    operations::NODES,
    support::{Client, TestApp},
};

async fn ids(app: &TestApp) -> Vec<Value> {
    let query = "{ products(first: 4) { nodes { id variants { id } category { id } } } }";
    let data = app.anonymous().run(query).await.data();
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
    let nodes = app.anonymous().query(NODES, json!({ "ids": ids })).await.data();
    let expected: Vec<_> =
        ids.iter().zip(types).map(|(id, name)| json!({ "__typename": name, "id": id })).collect();
    assert_eq!(nodes["nodes"], json!(expected));
}

/// Adds the type and id of every object in an answer.
fn collect(answer: &Value, found: &mut BTreeSet<(String, String)>) {
    match answer {
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(fields) => {
            if let (Some(Value::String(name)), Some(Value::String(id))) =
                (fields.get("__typename"), fields.get("id"))
            {
                found.insert((name.clone(), id.clone()));
            }
            fields.values().for_each(|field| collect(field, found));
        }
        _ => {}
    }
}

/// Every id in a response can be refetched by the viewer who got it.
#[tokio::test]
async fn every_id_that_a_viewer_is_given_leads_to_its_object() {
    let app = TestApp::start().await;
    let (customer, admin) = (app.customer().await, app.someone("boss@demo.example", Kind::Admin).await);
    let staff = app.staff_with(Permission::ALL).await;
    app.program_with(&[Permission::CustomersView]).await;
    app.dead_letter(json!({})).await;
    for client in [&customer, &admin, &staff] {
        let create =
            "mutation { addressCreate(input: { name: \"A\", line1: \"B\", city: \"C\", countryCode: \"US\",
            isDefaultShipping: true }) { errors { __typename } } }";
        assert_eq!(client.run(create).await.data()["addressCreate"]["errors"], json!([]));
    }
    let key =
        "mutation { apiKeyCreate(input: { name: \"Key\", permissions: [] }) { errors { __typename } } }";
    assert_eq!(admin.run(key).await.data()["apiKeyCreate"]["errors"], json!([]));
    let class = "mutation { taxClassCreate(input: { name: \"Food\" }) { taxClass { id } } }";
    let class = admin.run(class).await.data()["taxClassCreate"]["taxClass"]["id"].take();
    let rate = "mutation ($class: ID!) { taxRateCreate(input: { taxClassId: $class, name: \"VAT\", percentage: \"7\" }) {
        errors { __typename } } }";
    let rate = admin.ask(rate, json!({ "class": class })).await.data();
    assert_eq!(rate["taxRateCreate"]["errors"], json!([]));
    let zone = "mutation { shippingZoneCreate(input: { name: \"EU\", places: [] }) { zone { id } } }";
    let zone = admin.run(zone).await.data()["shippingZoneCreate"]["zone"]["id"].take();
    let method =
        "mutation ($zone: ID!) { shippingMethodCreate(input: { zoneId: $zone, name: \"x\", prices: [] }) {
        errors { __typename } } }";
    let method = admin.ask(method, json!({ "zone": zone })).await.data();
    assert_eq!(method["shippingMethodCreate"]["errors"], json!([]));
    let gifts = "mutation { collectionCreate(input: { name: \"Gifts\" }) { errors { __typename } } }";
    assert_eq!(admin.run(gifts).await.data()["collectionCreate"]["errors"], json!([]));

    let account = "{ __typename id addresses { __typename id } roles { __typename id }
        defaultShippingAddress { __typename id } }";
    let catalogue =
        "{ shop { __typename id } collections { nodes { __typename id } } products(first: 4) { nodes { __typename id category { __typename id parent { __typename id }
        children { __typename id } } options { __typename id } variants { __typename id product { __typename id } } } } }";
    let own = format!(
        "{{ me {account} cart {{ __typename id lines {{ __typename id }} }} sessions {{ __typename id }} }}"
    );
    let shop = format!(
        "{{ customers {{ nodes {account} }} staffMembers {{ nodes {account} }} roles {{ nodes {{ __typename id }} }}
        apiKeys {{ nodes {{ __typename id createdBy {account} }} }} deadLetters {{ nodes {{ __typename id }} }} taxClasses {{ __typename id }}
        taxSettings {{ __typename id }} taxRates {{ nodes {{ __typename id taxClass {{ __typename id }} }} }}
        discounts {{ nodes {{ __typename id codes {{ nodes {{ __typename id }} }} }} }}
        shippingZones {{ __typename id methods {{ __typename id zone {{ __typename id }} }} }}
        stockMovements {{ nodes {{ __typename id variant {{ __typename id stock {{ __typename id }} }} }} }}
        auditEntries {{ nodes {{ __typename id actor {{ account {account} apiKey {{ __typename id }} }} }} }} }}"
    );
    let mut seen = BTreeSet::new();
    for (client, queries) in [
        (&app.anonymous(), &[catalogue][..]),
        (&customer, &[catalogue, &own]),
        (&staff, &[&own, &shop]),
        (&admin, &[&own, &shop]),
    ] {
        let mut found = BTreeSet::new();
        for query in queries {
            collect(&client.run(query).await.data(), &mut found);
        }
        for (name, id) in found {
            let reply = client.query(NODES, json!({ "ids": [id] })).await.data();
            assert_eq!(reply["nodes"][0], json!({ "__typename": name, "id": id }), "{name}");
            seen.insert(name);
        }
    }
    let types = "{ __type(name: \"Node\") { possibleTypes { name } } }";
    let types = app.anonymous().run(types).await.data()["__type"]["possibleTypes"].take();
    let types = types.as_array().unwrap().iter().map(|of| of["name"].as_str().unwrap().to_owned());
    assert_eq!(seen, types.collect(), "each type was asked for");
}

#[tokio::test]
async fn many_nodes_cost_one_statement_a_type() {
    let app = TestApp::start().await;
    let mut ids = ids(&app).await;
    ids.push(json!("AwAAAAAAAAAAAAAAAAAAAAA"));
    ids.push(ids[0].clone());
    let before = app.statements();
    let nodes = app.anonymous().query(NODES, json!({ "ids": ids })).await.data();
    assert_eq!(app.statements() - before, 3);
    assert_eq!(nodes["nodes"][12], Value::Null, "what does not exist is null");
    assert_eq!(nodes["nodes"][13], nodes["nodes"][0], "an id may come twice");
}

#[tokio::test]
async fn an_account_is_found_by_its_owner_and_by_staff_who_may_see_customers() {
    let app = TestApp::start().await;
    let (owner, other) = (app.customer().await, app.staff_with(&[Permission::OrdersView]).await);
    let id = owner.id().await;
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

/// As by `Account.addresses`: those of customers, and to be read only.
#[tokio::test]
async fn an_address_is_found_by_its_owner_and_by_staff_who_may_see_customers() {
    let app = TestApp::start().await;
    let (owner, clerk) = (app.customer().await, app.someone("clerk@demo.example", Kind::Staff).await);
    let create =
        "mutation { addressCreate(input: { name: \"A\", line1: \"B\", city: \"C\", countryCode: \"US\" }) {
        address { id } } }";
    let mut addresses = Vec::new();
    for client in [&owner, &clerk] {
        addresses.push(client.run(create).await.data()["addressCreate"]["address"]["id"].take());
    }
    let seen = async |client: &Client| {
        let nodes = client.query(NODES, json!({ "ids": addresses })).await.data()["nodes"].take();
        nodes.as_array().unwrap().iter().map(|node| !node.is_null()).collect::<Vec<_>>()
    };
    let may = [Permission::CustomersView];
    let (staff, program) = (app.staff_with(&may).await, app.program_with(&may).await);
    let admin = app.someone("boss@demo.example", Kind::Admin).await;
    assert_eq!((seen(&owner).await, seen(&clerk).await), (vec![true, false], vec![false, true]));
    for client in [&staff, &program, &admin] {
        assert_eq!(seen(client).await, [true, false], "not those of people who work in the shop");
    }
    for client in [app.staff_with(&[Permission::OrdersView]).await, app.anonymous()] {
        assert_eq!(seen(&client).await, [false, false]);
    }
    for client in [&staff, &admin] {
        let delete = "mutation ($id: ID!) { addressDelete(input: { id: $id }) { errors { __typename } } }";
        let deleted = client.ask(delete, json!({ "id": addresses[0] })).await.data();
        assert_eq!(deleted["addressDelete"]["errors"], json!([{ "__typename": "NotFound" }]));
    }
    assert_eq!(seen(&owner).await, [true, false]);
}

/// One mistake costs one item, and says which.
#[tokio::test]
async fn nodes_give_null_and_an_error_at_its_place_for_what_is_no_id() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let known = ids(&app).await[0].take();
    for junk in ["", "1", "hello", "AwAAAAAAAAAAAAAAAAAAAAB!", "ZwAAAAAAAAAAAAAAAAAAAAA", "Aw"] {
        let reply = client.query(NODES, json!({ "ids": [known, junk, known] })).await;
        reply.failed("BAD_USER_INPUT", "`ids[1]` is not an id");
        assert_eq!(reply.error()["path"], json!(["nodes", 1]), "{junk}");
        let found = json!({ "__typename": "Product", "id": known });
        assert_eq!(reply.json()["data"], json!({ "nodes": [found, null, found] }), "{junk}");
    }
    let reply = client.query(NODES, json!({ "ids": ["x", known, "y"] })).await.json();
    let paths: Vec<_> = reply["errors"].as_array().unwrap().iter().map(|error| &error["path"]).collect();
    assert_eq!(paths, [&json!(["nodes", 0]), &json!(["nodes", 2])]);
}

#[tokio::test]
async fn ids_that_are_none_and_too_many_are_refused() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    for id in ["", "1", "hello", "AwAAAAAAAAAAAAAAAAAAAAB!", "ZwAAAAAAAAAAAAAAAAAAAAA", "Aw"] {
        let reply = client.ask("query ($id: ID!) { node(id: $id) { id } }", json!({ "id": id })).await;
        reply.failed("BAD_USER_INPUT", "`id` is not an id");
        assert_eq!(reply.json()["data"], json!({ "node": null }));
    }
    let category =
        client.run("{ categories { nodes { id } } }").await.data()["categories"]["nodes"][0]["id"].take();
    let product = client.ask("query ($id: ID) { product(id: $id) { id } }", json!({ "id": category })).await;
    product.failed("BAD_USER_INPUT", "`id` is the id of a Category, not of a Product.");
    let many = vec!["AwAAAAAAAAAAAAAAAAAAAAA"; 101];
    client.query(NODES, json!({ "ids": many })).await.failed("BAD_USER_INPUT", "at most 100 ids, not 101");
    assert_eq!(client.query(NODES, json!({ "ids": [] })).await.data(), json!({ "nodes": [] }));
}
