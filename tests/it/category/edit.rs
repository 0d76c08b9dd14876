//! Creating, changing and deleting categories.

use entity::{Permission::ProductsEdit, product};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use super::{A_PRODUCT, UNKNOWN, below, create, read, rows};
use crate::{
    operations::{CATEGORY_CREATE, CATEGORY_DELETE, CATEGORY_MOVE, CATEGORY_UPDATE},
    support::{Client, TestApp},
};

#[tokio::test]
async fn category_create_adds_the_last_child() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let input = json!({ "name": " Crème Brûlée ", "description": "# Sweet\n" });
    let (created, statements) = app.counting_statements(staff.mutate(CATEGORY_CREATE, input)).await;
    let category = created.ok()["category"].take();
    let expected = json!({ "id": category["id"], "name": "Crème Brûlée", "slug": "creme-brulee",
        "description": "# Sweet\n", "version": 1, "ancestors": [] });
    assert_eq!(category, expected);
    assert_eq!(below(&app.anonymous(), None).await, ["kitchen", "coffee-tea", "desk", "creme-brulee"]);
    assert!(read(&staff, "creme-brulee").await["descriptionHtml"].as_str().unwrap().contains("<h1>"));
    let input = json!({ "name": "Forks", "parentId": category["id"] });
    let (child, in_tree) = app.counting_statements(staff.mutate(CATEGORY_CREATE, input)).await;
    assert_eq!(child.ok()["category"]["ancestors"], json!([{ "slug": "creme-brulee" }]));
    for parent in ["kitchen", "desk"] {
        let input = json!({ "name": format!("In {parent}"), "parentId": read(&staff, parent).await["id"] });
        let (created, same) = app.counting_statements(staff.mutate(CATEGORY_CREATE, input)).await;
        created.ok();
        assert_eq!(same, in_tree, "however many siblings there are");
    }
    assert_eq!(in_tree, statements + 1, "the way to the parent");
    let audited = &app.audited_changes("categoryCreate").await[0];
    let after = json!({ "name": "Crème Brûlée", "slug": "creme-brulee", "description": "# Sweet\n",
        "parentId": null });
    assert_eq!(audited, &("Category".to_owned(), None, Some(after)));
}

/// Texts that neither a new category nor a changed one may have.
const WRONG_TEXTS: &[(&str, &str, &str)] = &[
    ("name", "", "REQUIRED"),
    ("name", " \u{3000}", "REQUIRED"),
    ("name", "a\nb", "FORBIDDEN_CHARACTER"),
    ("name", "a\u{1b}b", "FORBIDDEN_CHARACTER"),
    ("name", "\u{200b}", "FORBIDDEN_CHARACTER"),
    ("slug", "", "INVALID_FORMAT"),
    ("slug", "Desk", "INVALID_FORMAT"),
    ("slug", "a--b", "INVALID_FORMAT"),
    ("slug", "a\u{7}", "INVALID_FORMAT"),
    ("slug", "desk", "TAKEN"),
    ("description", "a\u{7}b", "FORBIDDEN_CHARACTER"),
    ("description", "a\u{202e}b", "FORBIDDEN_CHARACTER"),
];

#[tokio::test]
async fn category_create_and_update_refuse_wrong_texts_and_change_nothing() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let id = read(&staff, "kitchen").await["id"].take();
    let before = rows(&app).await;
    let long = [("name", "x".repeat(201)), ("description", "x".repeat(20_001))];
    let long = long.iter().map(|(field, text)| (*field, text.as_str(), "TOO_LONG"));
    let slug = "x".repeat(101);
    let wrong = WRONG_TEXTS.iter().copied().chain(long).chain([("slug", &*slug, "INVALID_FORMAT")]);
    for (field, text, problem) in wrong {
        let mut input = json!({ "name": "Fine" });
        input[field] = json!(text);
        let created = staff.mutate(CATEGORY_CREATE, input).await;
        let path = format!("input.{field}");
        assert_eq!(created.rejected("InvalidField").at(&path)["problem"], problem, "{field} {text:?}");
        let mut input = json!({ "id": id });
        input[field] = json!(text);
        let updated = staff.mutate(CATEGORY_UPDATE, input).await;
        assert_eq!(updated.rejected("InvalidField").at(&path)["problem"], problem, "{field} {text:?}");
    }
    for (input, path, problem) in [
        (json!({ "name": "日本" }), "input.slug", "REQUIRED"),
        (json!({ "name": "Desk" }), "input.slug", "TAKEN"),
        (json!({ "name": "a", "parentId": UNKNOWN }), "input.parentId", "UNKNOWN_VALUE"),
    ] {
        let error = staff.mutate(CATEGORY_CREATE, input).await.rejected("InvalidField").at(path);
        assert_eq!(error["problem"], problem);
    }
    for field in ["name", "slug", "description"] {
        let mut input = json!({ "name": "Fine" });
        input[field] = json!("a\0");
        staff.mutate(CATEGORY_CREATE, input).await.failed("BAD_USER_INPUT", "contains a NUL character");
    }
    let foreign = staff.mutate(CATEGORY_CREATE, json!({ "name": "a", "parentId": A_PRODUCT })).await;
    foreign.failed("BAD_USER_INPUT", "`input.parentId` is the id of a Product, not of a Category.");
    let unknown = staff.mutate(CATEGORY_UPDATE, json!({ "id": UNKNOWN, "name": "x" })).await;
    assert_eq!(unknown.rejected("NotFound").at("input.id")["id"], UNKNOWN);
    let clerk = app.staff_with(&[]).await;
    clerk.mutate(CATEGORY_CREATE, json!({ "name": "x" })).await.failed("FORBIDDEN", "PRODUCTS_EDIT");
    assert_eq!(rows(&app).await, before);
    assert!(app.audited("categoryCreate").await.is_empty());
    assert!(app.audited("categoryUpdate").await.is_empty());
}

#[tokio::test]
async fn category_update_changes_texts_and_counts_versions() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let id = read(&staff, "desk").await["id"].take();
    let update = async |change: Value| {
        let mut input = change;
        input["id"] = id.clone();
        staff.mutate(CATEGORY_UPDATE, input).await
    };
    let first = json!({ "version": 1, "name": "Study", "slug": "study" });
    let (changed, statements) = app.counting_statements(update(first)).await;
    let changed = changed.ok()["category"].take();
    assert_eq!((&changed["name"], &changed["slug"]), (&json!("Study"), &json!("study")));
    assert_eq!(changed["version"], 2);
    let (same, fewer) = app.counting_statements(update(json!({ "name": "Study", "version": 2 }))).await;
    assert_eq!(same.ok()["category"]["version"], 2, "what is there already changes nothing");
    assert_eq!(statements, fewer + 2);
    assert_eq!(read(&staff, "desk").await, Value::Null);
    update(json!({ "description": "" })).await.ok();
    update(json!({ "slug": "desk", "name": null })).await.ok();

    let conflict = update(json!({ "version": 2, "name": "Late" })).await.rejected("Conflict");
    let current = json!({ "__typename": "Category", "id": id, "name": "Study", "version": 4 });
    assert_eq!(conflict.at("input.version")["current"], current);
    let audited = app.audited_changes("categoryUpdate").await;
    assert_eq!(audited.len(), 3);
    let was = json!({ "name": "Desk", "slug": "desk" });
    let is = json!({ "name": "Study", "slug": "study" });
    assert_eq!(audited[0], ("Category".to_owned(), Some(was), Some(is)), "only what changed");
}

/// Products of a category, with the sum of their versions.
async fn products(app: &TestApp, category: &str) -> (u64, i64) {
    let db = app.services().db.connection();
    let id = super::rows(app).await.into_iter().find(|row| row.slug == category).unwrap().id;
    let products = product::Entity::find().filter(product::Column::CategoryId.eq(id)).all(db).await.unwrap();
    (products.len() as u64, products.iter().map(|product| i64::from(product.version)).sum())
}

#[tokio::test]
async fn category_delete_keeps_what_is_in_use() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let id = async |slug: &str| read(&staff, slug).await["id"].take();
    let (kitchen, brewing, desk) = (id("kitchen").await, id("tea-ware").await, id("desk").await);
    let before = (rows(&app).await, products(&app, "tea-ware").await);
    let refused = async |input: Value| {
        let error = staff.mutate(CATEGORY_DELETE, input).await.rejected("CategoryInUse").at("input.id");
        (error["children"].as_u64().unwrap(), error["products"].as_u64().unwrap())
    };
    assert_eq!(refused(json!({ "id": kitchen })).await, (4, 0));
    assert_eq!(refused(json!({ "id": kitchen, "moveProductsTo": desk })).await, (4, 0));
    assert_eq!(refused(json!({ "id": brewing })).await, (0, before.1.0));
    for (target, problem) in [(json!(UNKNOWN), "UNKNOWN_VALUE"), (brewing.clone(), "INCONSISTENT")] {
        let input = json!({ "id": brewing, "moveProductsTo": target });
        let error = staff.mutate(CATEGORY_DELETE, input).await.rejected("InvalidField");
        assert_eq!(error.at("input.moveProductsTo")["problem"], problem);
    }
    let unknown = staff.mutate(CATEGORY_DELETE, json!({ "id": UNKNOWN })).await;
    unknown.rejected("NotFound").at("input.id");
    let foreign = staff.mutate(CATEGORY_DELETE, json!({ "id": brewing, "moveProductsTo": A_PRODUCT })).await;
    foreign.failed("BAD_USER_INPUT", "`input.moveProductsTo` is the id of a Product");
    assert_eq!((rows(&app).await, products(&app, "tea-ware").await), before);
    assert!(app.audited("categoryDelete").await.is_empty());
}

#[tokio::test]
async fn category_delete_moves_the_products() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let id = async |slug: &str| read(&staff, slug).await["id"].take();
    let (brewing, desk) = (id("tea-ware").await, id("desk").await);
    let (in_desk, in_brewing) = (products(&app, "desk").await, products(&app, "tea-ware").await);
    let input = json!({ "id": brewing, "moveProductsTo": desk });
    let (deleted, statements) = app.counting_statements(staff.mutate(CATEGORY_DELETE, input)).await;
    assert_eq!(deleted.ok()["deletedId"], brewing);
    assert_eq!(read(&staff, "tea-ware").await, Value::Null);
    let (number, versions) = products(&app, "desk").await;
    assert_eq!(number, in_desk.0 + in_brewing.0);
    assert_eq!(versions, in_desk.1 + in_brewing.1 + in_brewing.0 as i64, "their version is another");
    let audited = app.audited_changes("categoryDelete").await[0].1.clone().unwrap();
    assert_eq!((&audited["products"], &audited["moveProductsTo"]), (&json!(in_brewing.0), &desk));

    let empty = create(&staff, "empty", None).await;
    let input = json!({ "id": empty, "moveProductsTo": desk });
    let (deleted, fewer) = app.counting_statements(staff.mutate(CATEGORY_DELETE, input)).await;
    deleted.ok();
    assert_eq!(statements, fewer + 1);
}

/// Products that come while their category goes are never left without it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn category_delete_and_a_new_child_do_not_pass_each_other() {
    let app = TestApp::empty().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    for round in 0..10 {
        let parent = create(&staff, &format!("parent-{round}"), None).await;
        let child = create(&staff, &format!("child-{round}"), None).await;
        let delete = staff.mutate(CATEGORY_DELETE, json!({ "id": parent }));
        let moved = staff.mutate(CATEGORY_MOVE, json!({ "id": child, "parentId": parent }));
        let (deleted, moved) = futures_util::future::join(delete, moved).await;
        match deleted.reply.data()["categoryDelete"]["deletedId"].is_null() {
            true => {
                deleted.rejected("CategoryInUse");
                moved.ok();
            }
            false => {
                let error = moved.rejected("InvalidField").at("input.parentId");
                assert_eq!(error["problem"], "UNKNOWN_VALUE");
            }
        }
    }
    let db = app.services().db.connection();
    assert!(entity::category::Entity::find().count(db).await.unwrap() >= 10);
}

/// All mutations require the same permission.
#[tokio::test]
async fn category_mutations_are_for_editors_of_products() {
    let app = TestApp::start().await;
    let desk = read(&app.anonymous(), "desk").await["id"].take();
    let before = rows(&app).await;
    let refused = async |client: &Client| {
        let delete = client.mutate(CATEGORY_DELETE, json!({ "id": desk })).await;
        delete.failed("FORBIDDEN", "PRODUCTS_EDIT");
        let moved = client.mutate(CATEGORY_MOVE, json!({ "id": desk, "afterId": null })).await;
        moved.failed("FORBIDDEN", "PRODUCTS_EDIT");
    };
    refused(&app.customer().await).await;
    refused(&app.staff_with(&[]).await).await;
    refused(&app.program_with(&[]).await).await;
    assert_eq!(rows(&app).await, before);
}
