//! Moving categories: order, depth, and no cycle whatever happens at once.

use std::collections::HashMap;

use entity::{CategoryId, Permission::ProductsEdit, category};
use futures_util::future::{join, join_all};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};
use serde_json::{Value, json};

use super::{A_PRODUCT, UNKNOWN, below, create, read, rows};
use crate::{
    operations::{CATEGORY_CREATE, CATEGORY_MOVE},
    race::deadlocks,
    support::{Client, TestApp, texts},
};

/// Four categories at the top: a, b, c, d.
async fn four(client: &Client) -> [Value; 4] {
    let create = async |slug| create(client, slug, None).await;
    [create("a").await, create("b").await, create("c").await, create("d").await]
}

async fn moved(client: &Client, id: &Value, place: Value) -> Value {
    let mut input = place;
    input["id"] = id.clone();
    client.mutate(CATEGORY_MOVE, input).await.ok()["category"].take()
}

/// Positions of siblings differ.
async fn check_positions(app: &TestApp) {
    let mut positions: HashMap<Option<CategoryId>, Vec<i32>> = HashMap::new();
    for row in rows(app).await {
        positions.entry(row.parent_id).or_default().push(row.position);
    }
    for mut positions in positions.into_values() {
        let number = positions.len();
        positions.sort_unstable();
        positions.dedup();
        assert_eq!(positions.len(), number);
    }
}

#[tokio::test]
async fn category_move_orders_siblings() {
    let app = TestApp::empty().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let [a, b, c, d] = four(&staff).await;
    for (id, place, expected) in [
        (&a, json!({}), ["b", "c", "d", "a"]),
        (&a, json!({ "afterId": null }), ["a", "b", "c", "d"]),
        (&d, json!({ "afterId": a }), ["a", "d", "b", "c"]),
        (&b, json!({ "afterId": null }), ["b", "a", "d", "c"]),
        (&c, json!({ "parentId": null, "afterId": b }), ["b", "c", "a", "d"]),
    ] {
        moved(&staff, id, place.clone()).await;
        assert_eq!(below(&app.anonymous(), None).await, expected, "{place}");
    }
    check_positions(&app).await;
    let (before, audited) = (rows(&app).await, app.audited("categoryMove").await.len());
    moved(&staff, &d, json!({})).await;
    moved(&staff, &c, json!({ "afterId": b })).await;
    moved(&staff, &b, json!({ "parentId": null, "afterId": null })).await;
    assert_eq!(rows(&app).await, before, "a category that is there already stays as it is");
    assert_eq!((audited, app.audited("categoryMove").await.len()), (5, 5));
}

/// Between two neighbours there is room for some moves only: then all siblings get new positions.
#[tokio::test]
async fn category_move_goes_on_between_two_neighbours() {
    let app = TestApp::empty().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let [a, _, c, d] = four(&staff).await;
    let mut counts = Vec::new();
    for round in 0..24 {
        let id = if round % 2 == 0 { &c } else { &d };
        let input = json!({ "id": id, "afterId": a });
        let (outcome, statements) = app.counting_statements(staff.mutate(CATEGORY_MOVE, input)).await;
        outcome.ok();
        counts.push(statements);
        let expected = if round % 2 == 0 { ["a", "c"] } else { ["a", "d"] };
        assert_eq!(below(&app.anonymous(), None).await[..2], expected, "round {round}");
        check_positions(&app).await;
    }
    let usual = counts[0];
    assert!(counts.iter().all(|count| [usual, usual + 1].contains(count)), "{counts:?}");
    assert!(counts.contains(&(usual + 1)), "the positions were given anew");
}

#[tokio::test]
async fn category_move_takes_all_below_to_another_parent() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let id = async |slug: &str| read(&staff, slug).await["id"].take();
    let (kitchen, coffee) = (id("kitchen").await, id("coffee-tea").await);
    let first = below(&staff, Some(&kitchen)).await[0].clone();
    let place = json!({ "id": coffee, "parentId": kitchen, "afterId": id(&first).await });
    let (outcome, statements) = app.counting_statements(staff.mutate(CATEGORY_MOVE, place)).await;
    let category = outcome.ok()["category"].take();
    assert_eq!(category, json!({ "id": coffee, "version": 2, "parent": { "slug": "kitchen" } }));
    assert_eq!(below(&staff, Some(&kitchen)).await[..2], [first, "coffee-tea".to_owned()]);
    let brewing = read(&staff, "brewing").await;
    assert_eq!(texts(&brewing["ancestors"], "slug"), ["kitchen", "coffee-tea"]);
    assert_eq!(brewing["version"], 1);
    assert_eq!(read(&staff, "kitchen").await["productCount"], 57);
    let (kind, was, is) = app.audited_changes("categoryMove").await[0].clone();
    assert_eq!((kind.as_str(), &was.unwrap()["parentId"]), ("Category", &Value::Null));
    assert_eq!(is.unwrap()["parentId"], kitchen);

    let desk = json!({ "id": id("desk").await, "parentId": coffee });
    let (outcome, same) = app.counting_statements(staff.mutate(CATEGORY_MOVE, desk)).await;
    outcome.ok();
    assert_eq!(statements, same + 1, "the siblings of the first had no room between them");
    let top = moved(&staff, &coffee, json!({ "parentId": null })).await;
    assert_eq!((&top["parent"], &top["version"]), (&Value::Null, &json!(3)));
}

#[tokio::test]
async fn category_move_refuses_cycles_and_unknown_places() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let id = async |slug: &str| read(&staff, slug).await["id"].take();
    let (coffee, brewing, desk) = (id("coffee-tea").await, id("brewing").await, id("desk").await);
    let before = rows(&app).await;
    let attempt = async |place: Value| {
        let mut input = place;
        input["id"] = coffee.clone();
        staff.mutate(CATEGORY_MOVE, input).await
    };
    for parent in [&coffee, &brewing] {
        attempt(json!({ "parentId": parent })).await.rejected("CategoryCycle").at("input.parentId");
    }
    for (place, path) in [
        (json!({ "parentId": UNKNOWN }), "input.parentId"),
        (json!({ "afterId": UNKNOWN }), "input.afterId"),
        (json!({ "afterId": brewing }), "input.afterId"),
        (json!({ "afterId": coffee }), "input.afterId"),
        (json!({ "parentId": desk, "afterId": desk }), "input.afterId"),
    ] {
        let error = attempt(place).await.rejected("InvalidField").at(path);
        assert_eq!(error["problem"], "UNKNOWN_VALUE");
    }
    for field in ["parentId", "afterId"] {
        let mut place = json!({});
        place[field] = json!(A_PRODUCT);
        let message = format!("`input.{field}` is the id of a Product, not of a Category.");
        attempt(place).await.failed("BAD_USER_INPUT", &message);
    }
    let unknown = staff.mutate(CATEGORY_MOVE, json!({ "id": UNKNOWN })).await;
    unknown.rejected("NotFound").at("input.id");
    assert_eq!(rows(&app).await, before);
    assert!(app.audited("categoryMove").await.is_empty());
}

#[tokio::test]
async fn category_tree_has_ten_levels_at_most() {
    let app = TestApp::empty().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let mut path: Vec<Value> = Vec::new();
    for level in 0..10 {
        path.push(create(&staff, &format!("level-{level}"), path.last()).await);
    }
    let deeper = json!({ "name": "deeper", "parentId": path[9] });
    let error = staff.mutate(CATEGORY_CREATE, deeper).await.rejected("InvalidField").at("input.parentId");
    assert_eq!(error["problem"], "OUT_OF_RANGE");
    let top = create(&staff, "top", None).await;
    create(&staff, "below-top", Some(&top)).await;
    let before = rows(&app).await;
    for (parent, fits) in [(&path[8], false), (&path[9], false), (&path[7], true)] {
        let outcome = staff.mutate(CATEGORY_MOVE, json!({ "id": top, "parentId": parent })).await;
        if fits {
            outcome.ok();
        } else {
            let error = outcome.rejected("InvalidField").at("input.parentId");
            assert_eq!(error["problem"], "OUT_OF_RANGE");
            assert_eq!(rows(&app).await, before);
        }
    }
    assert_eq!(texts(&read(&staff, "below-top").await["ancestors"], "slug").len(), 9);
}

/// Each category is below the top: the way up ends.
fn check_tree(rows: &[category::Model]) {
    let parents: HashMap<_, _> = rows.iter().map(|row| (row.id, row.parent_id)).collect();
    for row in rows {
        let (mut at, mut steps) = (Some(row.id), 0);
        while let Some(id) = at {
            at = parents[&id];
            steps += 1;
            assert!(steps <= 10, "a cycle at {}", row.slug);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn category_moves_at_once_make_no_cycle() {
    let app = TestApp::empty().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let [a, b, c, d] = four(&staff).await;
    let go = async |id: &Value, parent: &Value| {
        let outcome = staff.mutate(CATEGORY_MOVE, json!({ "id": id, "parentId": parent })).await;
        if outcome.reply.data()["categoryMove"]["category"].is_null() {
            outcome.rejected("CategoryCycle");
            return false;
        }
        outcome.ok();
        true
    };
    for _ in 0..30 {
        let done = join(go(&a, &b), go(&b, &a)).await;
        assert!(done.0 != done.1, "one of the two comes first: {done:?}");
        check_tree(&rows(&app).await);
        let ring = join_all([go(&a, &b), go(&b, &c), go(&c, &d), go(&d, &a)]).await;
        assert!(ring.contains(&false), "four that make a ring");
        check_tree(&rows(&app).await);
        for id in [&a, &b, &c, &d] {
            moved(&staff, id, json!({ "parentId": null })).await;
        }
    }
    check_positions(&app).await;
    assert_eq!(deadlocks(&app).await, 0);
}

/// The statements end on a tree that was damaged by other means, and so does a request.
#[tokio::test]
async fn category_of_a_damaged_tree_can_be_read() {
    let app = TestApp::empty().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let a = create(&staff, "a", None).await;
    create(&staff, "b", Some(&a)).await;
    let rows = rows(&app).await;
    let b = rows.iter().find(|row| row.slug == "b").unwrap().id;
    let a = rows.into_iter().find(|row| row.slug == "a").unwrap();
    let mut row = a.into_active_model();
    row.parent_id = Set(Some(b));
    row.update(app.services().db.connection()).await.unwrap();
    let category = read(&app.anonymous(), "a").await;
    assert_eq!(category["productCount"], 0);
    let list = app.anonymous().run("{ products { totalCount } }").await.data();
    assert_eq!(list["products"]["totalCount"], 0);
}
