//! The catalogue: single products, lists with their filters, sorts and pages, and the tree of categories.

use entity::product;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};
use serde_json::{Value, json};

use crate::support::{Client, TestApp, texts};

async fn list(client: &Client, arguments: &str) -> Value {
    let query = format!(
        "{{ products({arguments}) {{ nodes {{ id name }} edges {{ cursor }} totalCount
        pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }}"
    );
    client.run(&query).await.data()["products"].take()
}

#[tokio::test]
async fn a_product_is_found_by_slug_and_by_id() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let query = r#"{ product(slug: "hand-grinder") {
        id slug name description createdAt updatedAt category { slug parent { slug parent { slug } } }
        variants { sku name price { amount currency } availability product { slug } }
    } }"#;
    let product = client.run(query).await.data()["product"].take();
    assert_eq!(product["name"], "Hand Grinder");
    assert_eq!(
        product["category"],
        json!({ "slug": "brewing", "parent": { "slug": "coffee-tea", "parent": null } })
    );
    assert_eq!(product["variants"].as_array().unwrap().len(), 2);
    let black = json!({ "sku": "BRW-GRD-BLK", "name": "Black", "price": { "amount": "89.00", "currency": "EUR" },
        "availability": "IN_STOCK", "product": { "slug": "hand-grinder" } });
    assert_eq!(product["variants"][0], black);
    let created = product["createdAt"].as_str().unwrap();
    assert!(created.ends_with('Z') && created.len() == "2026-11-23T09:30:00.000000Z".len(), "{created}");

    let by_id =
        client.ask("query ($id: ID!) { product(id: $id) { slug } }", json!({ "id": product["id"] })).await;
    assert_eq!(by_id.data()["product"]["slug"], "hand-grinder");
}

#[tokio::test]
async fn what_does_not_exist_is_null() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    for slug in ["nothing", "", "Hand-Grinder", "hand-grinder'--"] {
        let data = client
            .ask("query ($slug: String) { product(slug: $slug) { id } }", json!({ "slug": slug }))
            .await
            .data();
        assert_eq!(data, json!({ "product": null }), "{slug}");
    }
    let id = "AwAAAAAAAAAAAAAAAAAAAAA";
    let data = client.ask("query ($id: ID) { product(id: $id) { id } }", json!({ "id": id })).await.data();
    assert_eq!(data, json!({ "product": null }));
}

#[tokio::test]
async fn a_product_is_asked_for_by_one_thing() {
    let app = TestApp::start().await;
    for arguments in
        ["", r#"(id: "AwAAAAAAAAAAAAAAAAAAAAA", slug: "hand-grinder")"#, "(id: null, slug: null)"]
    {
        let reply = app.anonymous().run(&format!("{{ product{arguments} {{ id }} }}")).await;
        reply.failed("BAD_USER_INPUT", "Give one of `id`, `slug` and `externalId`.");
        assert_eq!(reply.json()["data"], json!({ "product": null }), "the field fails, nothing else");
    }
}

#[tokio::test]
async fn pages_in_both_directions_show_every_product_once() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    for sort in
        ["", "sort: { key: NAME }", "sort: { key: NAME, direction: DESC }", "sort: { key: CREATED_AT }"]
    {
        let all = list(&client, &format!("first: 100 {sort}")).await;
        assert_eq!(all["totalCount"], 61);
        let all = all["nodes"].as_array().unwrap().clone();
        assert_eq!(all.len(), 61);

        let (mut forward, mut cursor) = (Vec::new(), Value::Null);
        loop {
            let page = list(&client, &format!("first: 5 after: {cursor} {sort}")).await;
            assert_eq!(page["pageInfo"]["hasPreviousPage"], !cursor.is_null());
            forward.extend(page["nodes"].as_array().unwrap().clone());
            cursor = page["pageInfo"]["endCursor"].clone();
            assert_eq!(page["edges"].as_array().unwrap().last().unwrap()["cursor"], cursor);
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        assert_eq!(forward, all, "{sort}");

        let (mut backward, mut cursor) = (Vec::new(), Value::Null);
        loop {
            let page = list(&client, &format!("last: 5 before: {cursor} {sort}")).await;
            assert_eq!(page["pageInfo"]["hasNextPage"], !cursor.is_null());
            backward.splice(0..0, page["nodes"].as_array().unwrap().clone());
            cursor = page["pageInfo"]["startCursor"].clone();
            if page["pageInfo"]["hasPreviousPage"] == false {
                break;
            }
        }
        assert_eq!(backward, all, "{sort}");
    }
}

#[tokio::test]
async fn a_page_may_be_bounded_on_both_sides_or_empty() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let all = list(&client, "first: 100").await;
    let cursor = |at: usize| all["edges"][at]["cursor"].clone();
    let between = list(&client, &format!("first: 10 after: {} before: {}", cursor(2), cursor(6))).await;
    assert_eq!(between["nodes"].as_array().unwrap(), &all["nodes"].as_array().unwrap()[3..6]);
    let empty = list(&client, "first: 0").await;
    assert_eq!(empty["nodes"], json!([]));
    let info =
        json!({ "hasNextPage": true, "hasPreviousPage": false, "startCursor": null, "endCursor": null });
    assert_eq!(empty["pageInfo"], info);
    assert_eq!(
        list(&client, "first: null").await["nodes"].as_array().unwrap().len(),
        20,
        "20 without a number"
    );
}

#[tokio::test]
async fn lists_are_sorted_as_asked() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let up = list(&client, "first: 100, sort: { key: NAME }").await;
    let mut sorted = texts(&up["nodes"], "name");
    sorted.sort_unstable();
    assert_eq!(texts(&up["nodes"], "name"), sorted);
    let down = list(&client, "first: 100, sort: { key: NAME, direction: DESC }").await;
    assert_eq!(texts(&down["nodes"], "name"), sorted.into_iter().rev().collect::<Vec<_>>());
}

#[tokio::test]
async fn filters_choose_and_combine() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let id = client.run("{ categories { nodes { id slug } } }").await.data();
    let cheap = vec!["Chamomile Flowers", "Paper Filters, Pack of 100", "Peppermint"];
    let coffee_tea = id["categories"]["nodes"][1]["id"].clone();
    for (filter, expected) in [
        (r#"search: "LINEN""#.to_owned(), vec!["Linen Apron"]),
        (r#"search: "%""#.to_owned(), vec![]),
        (r#"search: "_""#.to_owned(), vec![]),
        (r#"search: "ÄPFEL""#.to_owned(), vec![]),
        (r#"search: "\\""#.to_owned(), vec![]),
        (r#"search: "Chef's""#.to_owned(), vec!["Carbon Steel Chef's Knife"]),
        (
            format!(
                "category: {coffee_tea}, search: \"E\", availability: [IN_STOCK, LOW], price: {{ currency: \"EUR\", max: \"7\" }}"
            ),
            vec!["Chamomile Flowers", "Paper Filters, Pack of 100"],
        ),
        (
            r#"price: { currency: "EUR", min: "160", max: "170.00" }"#.to_owned(),
            vec!["Carbon Steel Chef's Knife"],
        ),
        (r#"price: { currency: "EUR", max: "6.90" }"#.to_owned(), cheap.clone()),
        (r#"price: { currency: "eur", max: "6.90" }"#.to_owned(), cheap.clone()),
        (
            r#"price: { currency: "USD", min: "180" }"#.to_owned(),
            vec!["Carbon Steel Chef's Knife", "Enamelled Dutch Oven"],
        ),
        (r#"price: { currency: "CHF" }"#.to_owned(), vec![]),
        (r#"availability: [BACKORDER]"#.to_owned(), vec!["Baking Steel", "Monsooned Malabar, India"]),
        (r#"tag: "nothing""#.to_owned(), vec![]),
        (r#"tag: "taiwan""#.to_owned(), vec!["Milk Oolong"]),
        (r#"search: "grd-slv""#.to_owned(), vec!["Hand Grinder"]),
        (
            r#"availability: [OUT]"#.to_owned(),
            vec![
                "Brass Fountain Pen",
                "Carbon Steel Chef's Knife",
                "Enamelled Dutch Oven",
                "French Press",
                "Nyeri AA, Kenya",
                "Peppermint",
                "Stoneware Mug",
                "Washed Tablecloth",
            ],
        ),
    ] {
        let page = list(&client, &format!("sort: {{ key: NAME }} filter: {{ {filter} }}")).await;
        assert_eq!(texts(&page["nodes"], "name"), expected, "{filter}");
        assert_eq!(page["totalCount"], expected.len(), "{filter}");
    }
    let below = list(&client, &format!("filter: {{ category: {coffee_tea} }}")).await;
    assert_eq!(below["totalCount"], 32, "the products of the categories below count");
    assert_eq!(list(&client, "filter: { availability: [IN_STOCK, LOW] }").await["totalCount"], 58);
    assert_eq!(list(&client, "filter: {}").await["totalCount"], 61);
}

#[tokio::test]
async fn categories_form_a_tree() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let query = "{ categories { totalCount nodes { id name description parent { id } children { name parent { name } } } } }";
    let categories = client.run(query).await.data()["categories"].take();
    assert_eq!(categories["totalCount"], 3);
    assert_eq!(texts(&categories["nodes"], "name"), ["Kitchen", "Coffee & Tea", "Desk"]);
    let kitchen = &categories["nodes"][0];
    assert_eq!(texts(&kitchen["children"], "name"), ["Knives & Boards", "Pots & Pans", "Linen", "Tableware"]);
    assert_eq!(kitchen["children"][0]["parent"]["name"], "Kitchen");
    assert_eq!(categories["nodes"][2]["children"], json!([]));

    let query = "query ($parent: ID, $after: String) { categories(parent: $parent, first: 2, after: $after) {
        nodes { name } pageInfo { hasNextPage endCursor } } }";
    let first = client.ask(query, json!({ "parent": kitchen["id"] })).await.data()["categories"].take();
    assert_eq!(texts(&first["nodes"], "name"), ["Knives & Boards", "Pots & Pans"]);
    let rest = json!({ "parent": kitchen["id"], "after": first["pageInfo"]["endCursor"] });
    let second = client.ask(query, rest).await.data()["categories"].take();
    assert_eq!(
        (texts(&second["nodes"], "name"), &second["pageInfo"]["hasNextPage"]),
        (vec!["Linen", "Tableware"], &json!(false))
    );
}

#[tokio::test]
async fn an_empty_shop_has_empty_lists() {
    let app = TestApp::empty().await;
    let client = app.anonymous();
    let page = list(&client, "first: 3").await;
    assert_eq!((&page["nodes"], &page["totalCount"]), (&json!([]), &json!(0)));
    let categories = client.run("{ categories { nodes { id } totalCount } }").await.data();
    assert_eq!(categories["categories"], json!({ "nodes": [], "totalCount": 0 }));
}

/// However many rows a page has, the statements are as many as the levels that it reads.
#[tokio::test]
async fn the_number_of_statements_does_not_grow_with_the_page() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let count = async |query: String| {
        let before = app.statements();
        client.run(&query).await.data();
        app.statements() - before
    };
    for (statements, query) in [
        (1, "{ product(slug: \"hand-grinder\") { id name } }".to_owned()),
        (2, "{ product(slug: \"hand-grinder\") { variants { sku } } }".to_owned()),
        (2, "{ categories { nodes { name children { name } } } }".to_owned()),
        (3, "{ categories { nodes { children { children { name } } } } }".to_owned()),
    ] {
        assert_eq!(count(query.clone()).await, statements, "{query}");
    }
    for first in [1, 2, 16] {
        for (statements, fields) in [
            (1, "nodes { id name } pageInfo { hasNextPage }"),
            (2, "nodes { name variants { sku } }"),
            (2, "nodes { name } totalCount"),
            (5, "nodes { variants { sku product { name } } category { name children { name } } }"),
        ] {
            let query = format!("{{ products(first: {first}) {{ {fields} }} }}");
            let sorted = query.replace("first:", "sort: { key: NAME } first:");
            assert_eq!(count(query.clone()).await, statements, "{query}");
            assert_eq!(count(sorted.clone()).await, statements, "{sorted}");
        }
    }
}

/// Letters that the database does not fold still equal themselves.
#[tokio::test]
async fn a_name_with_other_letters_is_found_by_its_own_text() {
    let app = TestApp::start().await;
    let db = app.services().db.connection();
    let product = product::Entity::with_slug("linen-apron").one(db).await.unwrap().unwrap();
    let mut product = product.into_active_model();
    product.name = Set("\u{c4}pfel 100% _ \\ 'Pfanne'".to_owned());
    product.update(db).await.unwrap();
    for search in ["\u{c4}pfel", "PFEL 100% _", "% _ \\ 'pf", "\\"] {
        let query = "query ($search: String) { products(filter: { search: $search }) { totalCount } }";
        let data = app.anonymous().ask(query, json!({ "search": search })).await.data();
        assert_eq!(data["products"]["totalCount"], 1, "{search}");
    }
}
