//! Lists of products by price and by their place in a collection, and pages that stay exact while products change.

use std::collections::{HashMap, HashSet};

use chrono::{Duration, TimeZone, Utc};
use entity::{Currency, Permission::ProductsEdit, ProductId, product, product_price};
use rand::{RngExt, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::Expr,
};
use serde_json::{Value, json};

use crate::{
    operations::{
        COLLECTION_CREATE, COLLECTION_PRODUCTS_ADD, COLLECTION_PRODUCTS_REORDER, PRODUCTS_PAGE,
        VARIANT_PRICES_SET,
    },
    support::{Client, Reply, TestApp, texts},
};

async fn list(client: &Client, variables: Value) -> Value {
    client.query(PRODUCTS_PAGE, variables).await.data()["products"].take()
}

/// Names of the demo's products in this order.
async fn names(client: &Client, sort: Value) -> Vec<String> {
    let page = list(client, json!({ "sort": sort, "first": 100 })).await;
    texts(&page["nodes"], "name").into_iter().map(str::to_owned).collect()
}

/// The demo's products with their lowest price in EUR, in cents.
async fn prices(client: &Client) -> HashMap<String, i64> {
    let query = "{ products(first: 100) { nodes { name priceRange { min { amount } } } } }";
    let nodes = client.run(query).await.data()["products"]["nodes"].take();
    let price = |node: &Value| {
        let amount = node["priceRange"]["min"]["amount"].as_str().unwrap().replace('.', "");
        (node["name"].as_str().unwrap().to_owned(), amount.parse().unwrap())
    };
    nodes.as_array().unwrap().iter().map(price).collect()
}

#[tokio::test]
async fn products_are_sorted_by_their_lowest_price() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let prices = prices(&client).await;
    let up = names(&client, json!({ "key": "PRICE" })).await;
    let amounts: Vec<_> = up.iter().map(|name| prices[name]).collect();
    assert!(amounts.is_sorted() && amounts.len() == 61, "{amounts:?}");
    assert_eq!(names(&client, json!({ "key": "PRICE", "currency": "eur" })).await, up);
    let down = names(&client, json!({ "key": "PRICE", "direction": "DESC" })).await;
    assert_eq!(down, up.iter().rev().cloned().collect::<Vec<_>>());

    let filter = json!({ "price": { "currency": "EUR", "max": "20" } });
    let page = list(&client, json!({ "filter": filter, "sort": { "key": "PRICE" }, "first": 3 })).await;
    assert_eq!(texts(&page["nodes"], "name"), up[..3]);
    assert_eq!(page["totalCount"], amounts.iter().filter(|amount| **amount <= 2_000).count());
}

/// Products without a price in the currency are not in the list; a list in another currency has other cursors.
#[tokio::test]
async fn products_by_price_have_one_in_the_currency() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let db = app.services().db.connection();
    let row = entity::shop_currency::ActiveModel {
        currency: Set("JPY".parse().unwrap()),
        position: Set(1),
        ..Default::default()
    };
    row.insert(db).await.unwrap();
    let query = "{ products(first: 2) { nodes { name variants { id } } } }";
    let nodes = staff.run(query).await.data()["products"]["nodes"].take();
    for (node, amount) in nodes.as_array().unwrap().iter().zip(["900", "90000000000000"]) {
        let prices = json!([{ "currency": "JPY", "amount": amount }]);
        let outcome = staff
            .mutate(VARIANT_PRICES_SET, json!({ "id": node["variants"][0]["id"], "prices": prices }))
            .await;
        if amount.len() > 10 {
            outcome.rejected("InvalidField");
            let prices = json!([{ "currency": "JPY", "amount": "9000000000" }]);
            let input = json!({ "id": node["variants"][0]["id"], "prices": prices });
            staff.mutate(VARIANT_PRICES_SET, input).await.ok();
        } else {
            outcome.ok();
        }
    }
    let sort = json!({ "key": "PRICE", "currency": "JPY" });
    let first = list(&staff, json!({ "sort": sort, "first": 1 })).await;
    assert_eq!((&first["totalCount"], &first["nodes"][0]["name"]), (&json!(2), &nodes[0]["name"]));
    let after = &first["pageInfo"]["endCursor"];
    let second = list(&staff, json!({ "sort": sort, "first": 1, "after": after })).await;
    assert_eq!(second["nodes"][0]["name"], nodes[1]["name"], "a price beyond 32 bits");
    let last = &second["pageInfo"]["endCursor"];
    let end = list(&staff, json!({ "sort": sort, "after": last })).await;
    assert_eq!(end["nodes"], json!([]));
    for sort in [json!({ "key": "PRICE", "currency": "EUR" }), json!({ "key": "NAME" }), Value::Null] {
        let other = staff.query(PRODUCTS_PAGE, json!({ "sort": sort, "after": after })).await;
        other.failed("BAD_USER_INPUT", "`after` is not a cursor of this list.");
    }
    assert_eq!(names(&staff, json!({ "key": "PRICE", "currency": "CHF" })).await, [""; 0]);
}

#[tokio::test]
async fn products_are_sorted_by_their_place_in_the_collection_that_filters_them() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let page = list(&staff, json!({ "sort": { "key": "NAME" }, "first": 6 })).await;
    let mut ids: Vec<_> = page["nodes"].as_array().unwrap().iter().map(|node| node["id"].clone()).collect();
    ids.rotate_left(2);
    let created = staff.mutate(COLLECTION_CREATE, json!({ "name": "Gifts" })).await.ok();
    let id = &created["collection"]["id"];
    staff.mutate(COLLECTION_PRODUCTS_ADD, json!({ "id": id, "productIds": ids })).await.ok();
    let client = app.anonymous();
    let listed = async |sort: Value| {
        let page = list(&client, json!({ "filter": { "collection": id }, "sort": sort })).await;
        assert_eq!(page["totalCount"], 6);
        let nodes = page["nodes"].as_array().unwrap().iter();
        nodes.map(|node| node["id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(listed(json!({ "key": "COLLECTION" })).await, ids);
    let down = listed(json!({ "key": "COLLECTION", "direction": "DESC" })).await;
    assert_eq!(down, ids.iter().rev().cloned().collect::<Vec<_>>());
    let mut by_name = ids.clone();
    by_name.rotate_right(2);
    assert_eq!(listed(json!({ "key": "NAME" })).await, by_name);
    let filter = json!({ "collection": id, "search": page["nodes"][0]["name"] });
    let found = list(&client, json!({ "filter": filter, "sort": { "key": "COLLECTION" } })).await;
    assert_eq!((&found["totalCount"], &found["nodes"][0]["id"]), (&json!(1), &page["nodes"][0]["id"]));

    let failed = async |variables: Value, message: &str| {
        let reply: Reply = client.query(PRODUCTS_PAGE, variables).await;
        reply.failed("BAD_USER_INPUT", message);
    };
    let message = "`sort.key` may be `COLLECTION` only with `filter.collection`.";
    failed(json!({ "sort": { "key": "COLLECTION" } }), message).await;
    failed(json!({ "sort": { "key": "COLLECTION" }, "filter": { "tag": "a" } }), message).await;
    let message = "`filter.collection` is the id of a Product, not of a Collection.";
    failed(json!({ "filter": { "collection": ids[0] } }), message).await;
}

#[tokio::test]
async fn statements_of_a_list_are_as_many_for_each_sort_and_size() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let page = list(&staff, json!({ "first": 16 })).await;
    let ids: Vec<_> = page["nodes"].as_array().unwrap().iter().map(|node| node["id"].clone()).collect();
    let created = staff.mutate(COLLECTION_CREATE, json!({ "name": "Gifts" })).await.ok();
    let id = &created["collection"]["id"];
    staff.mutate(COLLECTION_PRODUCTS_ADD, json!({ "id": id, "productIds": ids })).await.ok();
    let client = app.anonymous();
    for first in [1, 5, 16] {
        for (statements, sort) in [
            (1, json!({ "key": "NAME" })),
            (1, json!({ "key": "PRICE", "currency": "EUR" })),
            (2, json!({ "key": "PRICE" })),
            (1, json!({ "key": "COLLECTION" })),
        ] {
            let query = "query ($filter: ProductFilter, $sort: ProductSort, $first: Int) {
                products(filter: $filter, sort: $sort, first: $first) { nodes { name } } }";
            let variables = json!({ "filter": { "collection": id }, "sort": sort, "first": first });
            let (reply, counted) = app.counting_statements(client.ask(query, variables)).await;
            assert_eq!(reply.data()["products"]["nodes"].as_array().unwrap().len(), first);
            assert_eq!(counted, statements, "{sort} first: {first}");
        }
    }
}

/// A shop whose products change while somebody reads page after page.
struct Walk {
    app: TestApp,
    staff: Client,
    rng: ChaCha8Rng,
    collection: Value,
    /// Ids of the products that are there, in no order.
    present: Vec<Value>,
    /// Products that were removed, that got another price (and time of change), or another place in the collection.
    removed: HashSet<String>,
    repriced: HashSet<String>,
    reordered: HashSet<String>,
}

/// Few values, so that many products have the same one.
const VALUES: i64 = 4;

impl Walk {
    async fn begin(seed: u64, products: usize) -> Self {
        let app = TestApp::empty().await;
        let staff = app.staff_with(&[ProductsEdit]).await;
        let created = staff.mutate(COLLECTION_CREATE, json!({ "name": "All" })).await.ok();
        let rng = ChaCha8Rng::seed_from_u64(seed);
        let (removed, repriced, reordered) = Default::default();
        let collection = created["collection"]["id"].clone();
        let mut walk = Self { app, staff, rng, collection, present: vec![], removed, repriced, reordered };
        for _ in 0..products {
            walk.add().await;
        }
        walk
    }

    async fn add(&mut self) {
        let (services, random) = (self.app.services().clone(), self.rng.random_range(0..VALUES));
        let id = ProductId(services.random.id(services.clock.now()));
        let at = Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap() + Duration::hours(random);
        let name = format!("name {}", self.rng.random_range(0..VALUES));
        let row = product::ActiveModel {
            id: Set(id),
            category_id: Set(None),
            slug: Set(format!("slug-{}", id.0)),
            name_key: Set(name.clone()),
            name: Set(name),
            status: Set(product::Status::Active),
            description: Set(String::new()),
            seo_title: Set(None),
            seo_description: Set(None),
            external_id: Set(None),
            metadata: Set(json!({})),
            private_metadata: Set(json!({})),
            version: Set(1),
            created_at: Set(at),
            updated_at: Set(at),
        };
        let min = self.rng.random_range(0..VALUES) * 5_000_000_000;
        let price = product_price::ActiveModel {
            product_id: Set(id),
            currency: Set(Currency::EUR),
            min: Set(min),
            max: Set(min),
        };
        let db = services.db.connection();
        row.insert(db).await.unwrap();
        price.insert(db).await.unwrap();
        let id = json!(bodega::domain::kernel::global_id::GlobalId::global_id(id));
        let input = json!({ "id": self.collection, "productIds": [id] });
        self.staff.mutate(COLLECTION_PRODUCTS_ADD, input).await.ok();
        self.present.push(id);
    }

    fn key(id: &Value) -> ProductId {
        let (_, key) = bodega::domain::kernel::global_id::decode(id.as_str().unwrap()).unwrap();
        ProductId(key)
    }

    fn any(&mut self) -> Value {
        self.present.choose(&mut self.rng).unwrap().clone()
    }

    /// Removes one product and adds one, reprices one, and moves one within the collection.
    async fn change(&mut self) {
        let db = self.app.services().db.connection().clone();
        let at = self.rng.random_range(0..self.present.len());
        let gone = self.present.swap_remove(at);
        product::Entity::delete_by_id(Self::key(&gone)).exec(&db).await.unwrap();
        self.removed.insert(gone.as_str().unwrap().to_owned());
        self.add().await;

        let repriced = self.any();
        let min = self.rng.random_range(0..VALUES) * 5_000_000_000;
        product_price::Entity::update_many()
            .col_expr(product_price::Column::Min, Expr::val(min))
            .filter(product_price::Column::ProductId.eq(Self::key(&repriced)))
            .exec(&db)
            .await
            .unwrap();
        let row = product::Entity::find_by_id(Self::key(&repriced)).one(&db).await.unwrap().unwrap();
        let mut row = row.into_active_model();
        let hours = self.rng.random_range(0..VALUES);
        row.updated_at = Set(Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap() + Duration::hours(hours));
        row.update(&db).await.unwrap();
        self.repriced.insert(repriced.as_str().unwrap().to_owned());

        let (moved, after) = (self.any(), self.any());
        let after = Some(after).filter(|after| *after != moved);
        let input = json!({ "id": self.collection, "productIds": [moved], "afterId": after });
        self.staff.mutate(COLLECTION_PRODUCTS_REORDER, input).await.ok();
        self.reordered.insert(moved.as_str().unwrap().to_owned());
    }

    /// Reads all pages in one direction, with changes between them, and tells how often each product came.
    async fn read(&mut self, sort: &Value, forward: bool) -> HashMap<String, usize> {
        let (mut seen, mut cursor) = (HashMap::new(), Value::Null);
        loop {
            let mut variables = json!({ "sort": sort, "filter": { "collection": self.collection } });
            let (number, from) = if forward { ("first", "after") } else { ("last", "before") };
            (variables[number], variables[from]) = (json!(self.rng.random_range(1..9)), cursor);
            let page = list(&self.app.anonymous(), variables).await;
            for node in page["nodes"].as_array().unwrap() {
                *seen.entry(node["id"].as_str().unwrap().to_owned()).or_insert(0) += 1;
            }
            let (more, end) =
                if forward { ("hasNextPage", "endCursor") } else { ("hasPreviousPage", "startCursor") };
            if page["pageInfo"][more] == false {
                return seen;
            }
            cursor = page["pageInfo"][end].clone();
            self.change().await;
        }
    }

    /// Each product that kept its value comes once if it was there all the time, and never twice.
    async fn check(&mut self, key: &str, direction: &str, forward: bool) {
        let before = self.present.clone();
        for changes in [&mut self.removed, &mut self.repriced, &mut self.reordered] {
            changes.clear();
        }
        let sort = json!({ "key": key, "direction": direction });
        let seen = self.read(&sort, forward).await;
        let changed = match key {
            "PRICE" | "UPDATED_AT" => &self.repriced,
            "COLLECTION" => &self.reordered,
            _ => &HashSet::new(),
        };
        assert!(!self.removed.is_empty(), "several pages were read");
        for id in before.iter().map(|id| id.as_str().unwrap()) {
            if !self.removed.contains(id) && !changed.contains(id) {
                assert_eq!(seen.get(id), Some(&1), "{key} {direction} forward: {forward}, {id}");
            }
        }
        for (id, times) in seen {
            assert!(times == 1 || changed.contains(&id), "{key} {direction} forward: {forward}, {id}");
        }
    }
}

#[tokio::test]
async fn pages_stay_exact_while_products_come_go_and_change() {
    for seed in 0..2 {
        let mut walk = Walk::begin(seed, 40).await;
        for key in ["CREATED_AT", "UPDATED_AT", "NAME", "PRICE", "COLLECTION"] {
            for direction in ["ASC", "DESC"] {
                for forward in [true, false] {
                    walk.check(key, direction, forward).await;
                }
            }
        }
    }
}
