//! Metadata of products and variants: setting and removing entries, and who sees them.

use entity::{Permission::ProductsEdit, product, variant};
use futures_util::future::join_all;
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::{Map, Value, json};

use crate::{
    operations::{METADATA_OF, METADATA_UPDATE},
    support::TestApp,
};

/// Ids of the hand grinder and of its first variant.
async fn ids(app: &TestApp) -> [Value; 2] {
    let query = "{ product(slug: \"hand-grinder\") { id variants { id } } }";
    let product = app.anonymous().run(query).await.data()["product"].take();
    [product["id"].clone(), product["variants"][0]["id"].clone()]
}

async fn rows(app: &TestApp) -> (Vec<product::Model>, Vec<variant::Model>) {
    let db = app.services().db.connection();
    let products = product::Entity::find().order_by_asc(product::Column::Id).all(db).await.unwrap();
    (products, variant::Entity::find().order_by_asc(variant::Column::Id).all(db).await.unwrap())
}

async fn updated_at(app: &TestApp) -> chrono::DateTime<chrono::Utc> {
    let found = product::Entity::with_slug("hand-grinder").one(app.services().db.connection()).await;
    found.unwrap().unwrap().updated_at
}

#[tokio::test]
async fn metadata_update_sets_and_removes_entries() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    for (id, name, expected) in ids(&app).await.into_iter().zip(["Product", "Variant"]).zip([6, 9]).map(flat)
    {
        app.clock.advance(std::time::Duration::from_secs(1));
        let before = updated_at(&app).await;
        let set = json!({ "erp:id": "4711", "colour-name": "Jet \u{1f600}\nblack" });
        let update = staff.mutate(METADATA_UPDATE, json!({ "id": id, "set": set }));
        let (reply, statements) = app.counting_statements(update).await;
        let object = reply.ok()["object"].take();
        assert_eq!(
            object,
            json!({ "__typename": name, "metadata": set, "privateMetadata": {}, "version": 2 })
        );
        assert!(updated_at(&app).await > before);
        assert_eq!(statements, expected, "{name}");

        let input =
            json!({ "id": id, "set": { "erp:id": "4712", "new": "" }, "remove": ["colour-name", "x"] });
        let object = staff.mutate(METADATA_UPDATE, input.clone()).await.ok()["object"].take();
        assert_eq!(
            (&object["metadata"], &object["version"]),
            (&json!({ "erp:id": "4712", "new": "" }), &json!(3))
        );
        let private = json!({ "id": id, "set": { "margin": "low" }, "private": true });
        let object = staff.mutate(METADATA_UPDATE, private).await.ok()["object"].take();
        assert_eq!(object["privateMetadata"], json!({ "margin": "low" }));
        assert_eq!(object["metadata"], json!({ "erp:id": "4712", "new": "" }));

        let before = rows(&app).await;
        for same in [input, json!({ "id": id }), json!({ "id": id, "set": {}, "remove": ["none"] })] {
            let object = staff.mutate(METADATA_UPDATE, same).await.ok()["object"].take();
            assert_eq!(object["version"], 4, "what is there already changes nothing");
        }
        assert_eq!(rows(&app).await, before);
    }
    let changes = app.audited_changes("metadataUpdate").await;
    assert_eq!(changes.len(), 6);
    let before = json!({ "metadata": { "erp:id": "4711", "colour-name": "Jet \u{1f600}\nblack" } });
    let after = json!({ "metadata": { "erp:id": "4712", "new": "" } });
    assert_eq!(changes[1], ("Product".to_owned(), Some(before), Some(after)));
    let private = json!({ "privateMetadata": { "margin": "low" } });
    assert_eq!(changes[5], ("Variant".to_owned(), Some(json!({ "privateMetadata": {} })), Some(private)));
}

fn flat<A, B, C>(((a, b), c): ((A, B), C)) -> (A, B, C) {
    (a, b, c)
}

#[tokio::test]
async fn metadata_update_refuses_what_is_no_entry_and_changes_nothing() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let [product, variant] = ids(&app).await;
    let entries = |count: usize| -> Value {
        (0..count).map(|n| (format!("k{n}"), json!("x"))).collect::<Map<_, _>>().into()
    };
    staff.mutate(METADATA_UPDATE, json!({ "id": variant, "set": entries(50) })).await.ok();
    let before = rows(&app).await;
    let audited = app.audited("metadataUpdate").await.len();
    let long = "k".repeat(65);
    for (change, path, problem) in [
        (json!({ "set": { "": "x" } }), "input.set", "INVALID_FORMAT"),
        (json!({ "set": { "a b": "x" } }), "input.set", "INVALID_FORMAT"),
        (json!({ "set": { "\u{e4}": "x" } }), "input.set", "INVALID_FORMAT"),
        (json!({ "set": { "a\nb": "x" } }), "input.set", "INVALID_FORMAT"),
        (json!({ "set": { &*long: "x" } }), "input.set", "INVALID_FORMAT"),
        (json!({ "set": { "k0": 7 } }), "input.set", "INVALID_FORMAT"),
        (json!({ "set": { "k0": null } }), "input.set", "INVALID_FORMAT"),
        (json!({ "set": { "k0": ["x"] } }), "input.set", "INVALID_FORMAT"),
        (json!({ "set": { "k0": "\u{e4}".repeat(1001) } }), "input.set", "TOO_LONG"),
        (json!({ "set": { "new": "x" } }), "input.set", "OUT_OF_RANGE"),
        (json!({ "remove": ["k0", "a b"] }), "input.remove", "INVALID_FORMAT"),
        (json!({ "set": { "k0": "y" }, "remove": ["k0"] }), "input.remove", "INCONSISTENT"),
    ] {
        let mut input = change.clone();
        input["id"] = variant.clone();
        let error = staff.mutate(METADATA_UPDATE, input).await.rejected("InvalidField").at(path);
        assert_eq!(error["problem"], problem, "{change}");
    }
    for set in [json!({ "k0": "a\0b" }), json!({ "a\0b": "x" })] {
        let nul = json!({ "id": variant, "set": set });
        staff.mutate(METADATA_UPDATE, nul).await.failed("BAD_USER_INPUT", "contains a NUL character");
    }
    let list = json!({ "id": variant, "set": ["x"] });
    staff.mutate(METADATA_UPDATE, list).await.failed("BAD_USER_INPUT", "set");
    for unknown in ["AwAAAAAAAAAAAAAAAAAAAAA", "BAAAAAAAAAAAAAAAAAAAAAA"] {
        let input = json!({ "id": unknown, "set": { "a": "x" } });
        let error = staff.mutate(METADATA_UPDATE, input).await.rejected("NotFound").at("input.id");
        assert_eq!(error["id"], unknown);
    }
    let categories = app.anonymous().run("{ categories { nodes { id } } }").await.data();
    let category = json!({ "id": categories["categories"]["nodes"][0]["id"] });
    let message = "`input.id` is the id of a Category, which has no metadata.";
    staff.mutate(METADATA_UPDATE, category).await.failed("BAD_USER_INPUT", message);
    staff.mutate(METADATA_UPDATE, json!({ "id": "x" })).await.failed("BAD_USER_INPUT", "is not an id");
    let input = json!({ "id": product, "set": { "a": "x" } });
    let customer = app.customer().await;
    customer.mutate(METADATA_UPDATE, input).await.failed("FORBIDDEN", "PRODUCTS_EDIT");
    assert_eq!(rows(&app).await, before);
    assert_eq!(app.audited("metadataUpdate").await.len(), audited);
}

/// Each writer reads the object under its lock, so that none overwrites the entries of another.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn metadata_updates_at_once_keep_the_entries_of_all() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    for id in ids(&app).await {
        let update = |n: usize| {
            let set: Map<_, _> = [(format!("writer-{n}"), json!("x"))].into_iter().collect();
            staff.mutate(METADATA_UPDATE, json!({ "id": id, "set": set }))
        };
        for reply in join_all((0..12).map(update)).await {
            reply.ok();
        }
        let found = staff.query(METADATA_OF, json!({ "ids": [id] })).await.data()["nodes"][0].take();
        assert_eq!(found["metadata"].as_object().unwrap().len(), 12);
    }
    let (products, variants) = rows(&app).await;
    assert!(products.iter().any(|product| product.version == 13));
    assert!(variants.iter().any(|variant| variant.version == 13));
}

#[tokio::test]
async fn private_metadata_is_for_those_who_may_edit_products() {
    let app = TestApp::start().await;
    let (staff, program) = (app.staff_with(&[ProductsEdit]).await, app.program_with(&[ProductsEdit]).await);
    let ids = ids(&app).await;
    for id in &ids {
        for private in [false, true] {
            let input = json!({ "id": id, "set": { "a": "x" }, "private": private });
            staff.mutate(METADATA_UPDATE, input).await.ok();
        }
    }
    let seen = json!({ "metadata": { "a": "x" }, "privateMetadata": { "a": "x" } });
    let hidden = json!({ "metadata": { "a": "x" }, "privateMetadata": null });
    let (anonymous, customer, clerk) =
        (app.anonymous(), app.customer().await, app.staff_with(&[entity::Permission::OrdersEdit]).await);
    for (client, expected) in
        [(&staff, &seen), (&program, &seen), (&anonymous, &hidden), (&customer, &hidden), (&clerk, &hidden)]
    {
        let nodes = client.query(METADATA_OF, json!({ "ids": ids })).await.data()["nodes"].take();
        assert_eq!(nodes, json!([expected, expected]));
    }
}
