//! Creating, changing and deleting collections.

use entity::Permission::ProductsEdit;
use serde_json::{Value, json};

use super::{NO_PRODUCT, UNKNOWN, create, products, read, rows, start};
use crate::operations::{COLLECTION_CREATE, COLLECTION_DELETE, COLLECTION_UPDATE};

#[tokio::test]
async fn collection_create_makes_an_empty_one() {
    let app = start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let input = json!({ "name": " Été 2026 ", "description": "*Sun*", "activeFrom": "2026-06-01T00:00:00+02:00",
        "activeUntil": "2026-09-01T00:00:00.1234567Z" });
    let collection = staff.mutate(COLLECTION_CREATE, input).await.ok()["collection"].take();
    let expected = json!({ "id": collection["id"], "name": "Été 2026", "slug": "ete-2026", "version": 1,
        "description": "*Sun*", "activeFrom": "2026-05-31T22:00:00.000000Z",
        "activeUntil": "2026-09-01T00:00:00.123456Z", "products": { "totalCount": 0 } });
    assert_eq!(collection, expected);
    let read = read(&staff, "ete-2026").await;
    assert!(read["descriptionHtml"].as_str().unwrap().contains("<em>Sun</em>"));
    assert_eq!(read["activeUntil"], collection["activeUntil"], "as the database has it");
    assert_eq!(app.audited_changes("collectionCreate").await[0].0, "Collection");
}

#[tokio::test]
async fn collection_create_and_update_refuse_wrong_fields_and_change_nothing() {
    let app = start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    create(&staff, "taken", &[]).await;
    let id = create(&staff, "other", &[]).await;
    let before = rows(&app).await;
    for (change, path, problem) in [
        (json!({ "name": "" }), "input.name", "REQUIRED"),
        (json!({ "name": "\u{2003}" }), "input.name", "REQUIRED"),
        (json!({ "name": "x".repeat(201) }), "input.name", "TOO_LONG"),
        (json!({ "name": "a\nb" }), "input.name", "FORBIDDEN_CHARACTER"),
        (json!({ "name": "a\u{1}b" }), "input.name", "FORBIDDEN_CHARACTER"),
        (json!({ "slug": "" }), "input.slug", "INVALID_FORMAT"),
        (json!({ "slug": "Ab" }), "input.slug", "INVALID_FORMAT"),
        (json!({ "slug": "x".repeat(101) }), "input.slug", "INVALID_FORMAT"),
        (json!({ "slug": "taken" }), "input.slug", "TAKEN"),
        (json!({ "description": "a\u{7}" }), "input.description", "FORBIDDEN_CHARACTER"),
        (json!({ "description": "x".repeat(20_001) }), "input.description", "TOO_LONG"),
        (
            json!({ "activeFrom": "2026-02-01T00:00:00Z", "activeUntil": "2026-02-01T00:00:00Z" }),
            "input.activeUntil",
            "INCONSISTENT",
        ),
        (
            json!({ "activeFrom": "2026-02-01T00:00:00Z", "activeUntil": "2026-01-01T00:00:00Z" }),
            "input.activeUntil",
            "INCONSISTENT",
        ),
    ] {
        let mut input = change.clone();
        input["name"] = change.get("name").cloned().unwrap_or(json!("Fine"));
        let created = staff.mutate(COLLECTION_CREATE, input).await;
        assert_eq!(created.rejected("InvalidField").at(path)["problem"], problem, "{change}");
        let mut input = change.clone();
        input["id"] = id.clone();
        let updated = staff.mutate(COLLECTION_UPDATE, input).await;
        assert_eq!(updated.rejected("InvalidField").at(path)["problem"], problem, "{change}");
    }
    let nul = staff.mutate(COLLECTION_CREATE, json!({ "name": "a\0" })).await;
    nul.failed("BAD_USER_INPUT", "contains a NUL character");
    for (id, expected) in [(UNKNOWN, true), (NO_PRODUCT, false)] {
        let update = staff.mutate(COLLECTION_UPDATE, json!({ "id": id, "name": "x" })).await;
        let delete = staff.mutate(COLLECTION_DELETE, json!({ "id": id })).await;
        for outcome in [update, delete] {
            match expected {
                true => assert_eq!(outcome.rejected("NotFound").at("input.id")["id"], id),
                false => outcome.failed("BAD_USER_INPUT", "is the id of a Product, not of a Collection."),
            }
        }
    }
    let clerk = app.staff_with(&[]).await;
    clerk.mutate(COLLECTION_DELETE, json!({ "id": id })).await.failed("FORBIDDEN", "PRODUCTS_EDIT");
    assert_eq!(rows(&app).await, before);
    assert!(app.audited("collectionUpdate").await.is_empty());
}

#[tokio::test]
async fn collection_update_changes_fields_and_counts_versions() {
    let app = start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let id = create(&staff, "gifts", &products(&app, 2).await).await;
    let update = async |change: Value| {
        let mut input = change;
        input["id"] = id.clone();
        staff.mutate(COLLECTION_UPDATE, input).await
    };
    let first = json!({ "version": 2, "name": "Presents", "activeFrom": "2026-01-01T00:00:00Z" });
    let (changed, statements) = app.counting_statements(update(first.clone())).await;
    assert_eq!(changed.ok()["collection"]["version"], 3, "adding products counted too");
    let mut same = first;
    same["version"] = json!(3);
    let (same, fewer) = app.counting_statements(update(same)).await;
    assert_eq!(same.ok()["collection"]["version"], 3, "what is there already changes nothing");
    assert_eq!(statements, fewer + 2);
    let error = update(json!({ "activeUntil": "2025-12-31T00:00:00Z" })).await.rejected("InvalidField");
    assert_eq!(error.at("input.activeUntil")["problem"], "INCONSISTENT");
    update(json!({ "activeUntil": "2026-01-02T00:00:00Z" })).await.ok();
    let error = update(json!({ "activeFrom": "2026-01-02T00:00:00Z" })).await.rejected("InvalidField");
    assert_eq!(error.at("input.activeFrom")["problem"], "INCONSISTENT");
    let open = update(json!({ "activeFrom": null, "activeUntil": null, "slug": null })).await.ok();
    assert_eq!(
        (&open["collection"]["activeFrom"], &open["collection"]["activeUntil"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(open["collection"]["slug"], "gifts");
    assert_eq!(read(&app.anonymous(), "gifts").await["products"]["totalCount"], 2);

    let conflict = update(json!({ "version": 3, "name": "Late" })).await.rejected("Conflict");
    let current = json!({ "__typename": "Collection", "id": id, "name": "Presents", "version": 5 });
    assert_eq!(conflict.at("input.version")["current"], current);
    assert_eq!(app.audited("collectionUpdate").await.len(), 3);
}

#[tokio::test]
async fn collection_delete_leaves_the_products() {
    let app = start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let id = create(&staff, "gifts", &products(&app, 2).await).await;
    create(&staff, "others", &products(&app, 1).await).await;
    assert_eq!(staff.mutate(COLLECTION_DELETE, json!({ "id": id })).await.ok()["deletedId"], id);
    let (collections, members) = rows(&app).await;
    assert_eq!((collections.len(), members.len()), (1, 1));
    assert_eq!(products(&app, 16).await.len(), 16);
    assert_eq!(app.audited("collectionDelete").await.len(), 1);
}
