//! Tax classes: the list, changes of them, and what is refused.

use entity::{
    Permission::{ProductsEdit, SettingsEdit},
    TaxClassId, variant,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use serde_json::{Value, json};

use super::{A_CATEGORY, UNKNOWN, add_rate, change_settings, classes, create, rates, settings};
use crate::{
    operations::{TAX_CLASS_CREATE, TAX_CLASS_DELETE, TAX_CLASS_UPDATE, TAX_CLASSES},
    support::{TestApp, texts},
};

#[tokio::test]
async fn tax_classes_are_created_renamed_listed_and_deleted() {
    let app = TestApp::empty().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let made = staff.mutate(TAX_CLASS_CREATE, json!({ "name": " Food " }));
    let (made, statements) = app.counting_statements(made).await;
    let food = made.ok()["taxClass"].take();
    assert_eq!(food["name"], "Food");
    let books = create(&staff, "Books").await;
    let (list, reads) = app.counting_statements(staff.query(TAX_CLASSES, json!({}))).await;
    assert_eq!(texts(&list.data()["taxClasses"], "name"), ["Books", "Food"]);

    let rename = json!({ "id": books, "name": "Printed matter" });
    let (renamed, updates) = app.counting_statements(staff.mutate(TAX_CLASS_UPDATE, rename.clone())).await;
    assert_eq!(renamed.ok()["taxClass"], json!({ "id": books, "name": "Printed matter" }));
    staff.mutate(TAX_CLASS_UPDATE, rename).await.ok();
    let change = (json!({ "name": "Books" }), json!({ "name": "Printed matter" }));
    let audited = vec![("TaxClass".to_owned(), Some(change.0), Some(change.1))];
    assert_eq!(app.audited_changes("taxClassUpdate").await, audited, "the same name changes nothing");

    let (deleted, deletes) =
        app.counting_statements(staff.mutate(TAX_CLASS_DELETE, json!({ "id": books }))).await;
    assert_eq!(deleted.ok()["deletedId"], books);
    let names: Vec<_> = classes(&app).await.into_iter().map(|class| class.name).collect();
    assert_eq!(names, ["Food"]);
    assert_eq!(
        (app.audited("taxClassCreate").await.len(), app.audited("taxClassDelete").await.len()),
        (2, 1)
    );
    assert_eq!((statements - reads, updates - reads, deletes - reads), (1, 2, 2), "beside the session's");
}

#[tokio::test]
async fn tax_class_mutations_refuse_invalid_input_and_change_nothing() {
    let app = TestApp::empty().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let (food, books) = (create(&staff, "Food").await, create(&staff, "Books").await);
    let before = classes(&app).await;
    let long = "x".repeat(101);
    for (name, problem) in [
        ("", "REQUIRED"),
        (" \u{a0}", "REQUIRED"),
        (&*long, "TOO_LONG"),
        ("a\nb", "FORBIDDEN_CHARACTER"),
        ("a\u{7}b", "FORBIDDEN_CHARACTER"),
        ("\u{200b}", "FORBIDDEN_CHARACTER"),
        ("Food", "TAKEN"),
    ] {
        let created = staff.mutate(TAX_CLASS_CREATE, json!({ "name": name })).await;
        assert_eq!(created.rejected("InvalidField").at("input.name")["problem"], problem, "{name:?}");
        let renamed = staff.mutate(TAX_CLASS_UPDATE, json!({ "id": books, "name": name })).await;
        assert_eq!(renamed.rejected("InvalidField").at("input.name")["problem"], problem, "{name:?}");
    }
    let nul = staff.mutate(TAX_CLASS_CREATE, json!({ "name": "a\0" })).await;
    nul.failed("BAD_USER_INPUT", "contains a NUL character");
    for (id, name) in [(UNKNOWN, "NotFound"), (A_CATEGORY, "")] {
        let update = staff.mutate(TAX_CLASS_UPDATE, json!({ "id": id, "name": "x" })).await;
        let delete = staff.mutate(TAX_CLASS_DELETE, json!({ "id": id })).await;
        for outcome in [update, delete] {
            match name {
                "" => {
                    outcome.failed("BAD_USER_INPUT", "`input.id` is the id of a Category, not of a TaxClass.")
                }
                name => assert_eq!(outcome.rejected(name).at("input.id")["id"], id),
            }
        }
    }
    let clerk = app.staff_with(&[]).await;
    clerk.mutate(TAX_CLASS_DELETE, json!({ "id": food })).await.failed("FORBIDDEN", "PRODUCTS_EDIT");
    assert_eq!(classes(&app).await, before);
    assert_eq!(app.audited("taxClassCreate").await.len(), 2);
    assert!(app.audited("taxClassUpdate").await.is_empty());
}

#[tokio::test]
async fn tax_class_of_a_variant_is_kept() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let food = create(&staff, "Food").await;
    let db = app.services().db.connection();
    let all = classes(&app).await;
    let key = all.iter().find(|class| class.name == "Food").unwrap().id;
    let variant = variant::Entity::find().one(db).await.unwrap().unwrap();
    let set = async |class: Option<TaxClassId>| {
        let mut row = variant.clone().into_active_model();
        row.tax_class_id = Set(class);
        row.update(db).await.unwrap();
    };
    set(Some(key)).await;
    staff.mutate(TAX_CLASS_DELETE, json!({ "id": food })).await.rejected("TaxClassInUse").at("input.id");
    assert_eq!(classes(&app).await, all);
    assert!(app.audited("taxClassDelete").await.is_empty());
    set(None).await;
    staff.mutate(TAX_CLASS_DELETE, json!({ "id": food })).await.ok();
}

#[tokio::test]
async fn tax_class_that_is_the_default_is_kept() {
    let app = TestApp::empty().await;
    let staff = app.staff_with(&[ProductsEdit, SettingsEdit]).await;
    let (food, books) = (create(&staff, "Food").await, create(&staff, "Books").await);
    for class in [&food, &books] {
        add_rate(&staff, class, "DE", "VAT", "7", "REDUCED").await;
    }
    change_settings(&staff, json!({ "defaultTaxClassId": food })).await;
    let before = (classes(&app).await, rates(&app).await, settings(&app).await);
    staff.mutate(TAX_CLASS_DELETE, json!({ "id": food })).await.rejected("TaxClassInUse").at("input.id");
    assert_eq!((classes(&app).await, rates(&app).await, settings(&app).await), before);
    assert!(app.audited("taxClassDelete").await.is_empty());
    change_settings(&staff, json!({ "defaultTaxClassId": books })).await;
    staff.mutate(TAX_CLASS_DELETE, json!({ "id": food })).await.ok();
    assert_eq!(rates(&app).await, before.1[1..], "its rates are deleted with it");
}

#[tokio::test]
async fn tax_class_is_for_editors_of_products_and_settings() {
    let app = TestApp::empty().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let id = create(&staff, "Food").await;
    let query = "query ($id: ID!) { node(id: $id) { __typename ... on TaxClass { name } } }";
    for (client, expected) in [
        (&staff, json!({ "__typename": "TaxClass", "name": "Food" })),
        (&app.program_with(&[ProductsEdit]).await, json!({ "__typename": "TaxClass", "name": "Food" })),
        (&app.staff_with(&[SettingsEdit]).await, json!({ "__typename": "TaxClass", "name": "Food" })),
        (&app.staff_with(&[]).await, Value::Null),
        (&app.anonymous(), Value::Null),
        (&app.anonymous().with_token("expired"), Value::Null),
    ] {
        assert_eq!(client.ask(query, json!({ "id": id })).await.data()["node"], expected);
    }
}
