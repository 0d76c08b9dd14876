//! The products of a collection and their order.

use entity::{CollectionId, Permission::ProductsEdit, ProductId, collection_product, product};
use futures_util::future::join_all;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use serde_json::{Value, json};

use super::{NO_PRODUCT, UNKNOWN, create, products, rows, start};
use crate::{
    operations::{COLLECTION_PRODUCTS_ADD, COLLECTION_PRODUCTS_REMOVE, COLLECTION_PRODUCTS_REORDER},
    race::deadlocks,
    support::{Mutation, Outcome},
};

/// The ids of a payload's collection, and its version.
fn order(outcome: &Outcome) -> (Vec<Value>, i64) {
    let collection = outcome.ok()["collection"].take();
    let nodes = collection["products"]["nodes"].as_array().unwrap();
    (nodes.iter().map(|node| node["id"].clone()).collect(), collection["version"].as_i64().unwrap())
}

#[tokio::test]
async fn collection_products_are_added_removed_and_reordered() {
    let app = start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let ids = products(&app, 6).await;
    let [a, b, c, d, e, f] = ids.clone().try_into().unwrap();
    let id = create(&staff, "gifts", &[]).await;
    let change = async |mutation: Mutation, products: &[&Value], after: Option<&Value>| {
        let mut input = json!({ "id": id, "productIds": products });
        if let Some(after) = after {
            input["afterId"] = after.clone();
        }
        let (outcome, statements) = app.counting_statements(staff.mutate(mutation, input)).await;
        let (order, version) = order(&outcome);
        (order, version, statements)
    };
    let (add, remove, reorder) =
        (COLLECTION_PRODUCTS_ADD, COLLECTION_PRODUCTS_REMOVE, COLLECTION_PRODUCTS_REORDER);
    let (order, version, adds) = change(add, &[&a, &b, &a, &c], None).await;
    assert_eq!((order, version), (vec![a.clone(), b.clone(), c.clone()], 2));
    let (order, version, same) = change(add, &[&d, &b, &e, &f], None).await;
    assert_eq!((order, version, same), (ids.clone(), 3, adds), "those in it stay where they are");
    let (order, version, fewer) = change(add, &[&f, &a], None).await;
    assert_eq!((order, version, fewer), (ids.clone(), 3, adds - 3), "nothing is added");

    let (order, version, reorders) = change(reorder, &[&f, &b], None).await;
    assert_eq!((order, version), ([&f, &b, &a, &c, &d, &e].map(Value::clone).to_vec(), 4));
    let (order, version, same) = change(reorder, &[&a, &b, &c], Some(&e)).await;
    assert_eq!((order, version, same), ([&f, &d, &e, &a, &b, &c].map(Value::clone).to_vec(), 5, reorders));
    let (_, version, fewer) = change(reorder, &[&d, &e], Some(&f)).await;
    assert_eq!((version, fewer), (5, reorders - 3), "they are there already");

    let (order, version, removes) = change(remove, &[&d, &e, &d], None).await;
    assert_eq!((order, version), ([&f, &a, &b, &c].map(Value::clone).to_vec(), 6));
    let (_, version, fewer) = change(remove, &[&d, &e], None).await;
    assert_eq!((version, fewer), (6, removes - 3), "they were removed already");
    for (action, number) in
        [("collectionProductsAdd", 2), ("collectionProductsRemove", 1), ("collectionProductsReorder", 2)]
    {
        assert_eq!(app.audited(action).await.len(), number, "{action}");
    }
}

#[tokio::test]
async fn collection_products_refuse_wrong_ids_and_change_nothing() {
    let app = start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let ids = products(&app, 4).await;
    let (a, other) = (&ids[0], &ids[3]);
    let id = create(&staff, "gifts", &ids[..3]).await;
    let before = rows(&app).await;
    let all = [COLLECTION_PRODUCTS_ADD, COLLECTION_PRODUCTS_REMOVE, COLLECTION_PRODUCTS_REORDER];
    for mutation in all {
        for (ids, path, problem) in [
            (json!([]), "input.productIds", "OUT_OF_RANGE"),
            (json!(vec![a; 101]), "input.productIds", "OUT_OF_RANGE"),
            (json!([a, NO_PRODUCT]), "input.productIds.1", "UNKNOWN_VALUE"),
        ] {
            let outcome = staff.mutate(mutation, json!({ "id": id, "productIds": ids })).await;
            assert_eq!(outcome.rejected("InvalidField").at(path)["problem"], problem);
        }
        let unknown = staff.mutate(mutation, json!({ "id": UNKNOWN, "productIds": [a] })).await;
        assert_eq!(unknown.rejected("NotFound").at("input.id")["id"], UNKNOWN);
        let foreign = staff.mutate(mutation, json!({ "id": id, "productIds": [a, id] })).await;
        let message = "`input.productIds[1]` is the id of a Collection, not of a Product.";
        foreign.failed("BAD_USER_INPUT", message);
        let clerk = app.staff_with(&[]).await;
        let forbidden = clerk.mutate(mutation, json!({ "id": id, "productIds": [a] })).await;
        forbidden.failed("FORBIDDEN", "PRODUCTS_EDIT");
    }
    for (moved, after, path, problem) in [
        (json!([a, other]), Value::Null, "input.productIds.1", "UNKNOWN_VALUE"),
        (json!([a, ids[1], a]), Value::Null, "input.productIds.2", "INCONSISTENT"),
        (json!([a]), other.clone(), "input.afterId", "UNKNOWN_VALUE"),
        (json!([a]), json!(NO_PRODUCT), "input.afterId", "UNKNOWN_VALUE"),
        (json!([a]), a.clone(), "input.afterId", "INCONSISTENT"),
    ] {
        let input = json!({ "id": id, "productIds": moved, "afterId": after });
        let error = staff.mutate(COLLECTION_PRODUCTS_REORDER, input).await.rejected("InvalidField").at(path);
        assert_eq!(error["problem"], problem);
    }
    assert_eq!(rows(&app).await, before);
}

#[tokio::test]
async fn collection_has_a_thousand_products_at_most() {
    let app = start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let ids = products(&app, 3).await;
    let id = create(&staff, "gifts", &ids[..1]).await;
    let (services, db) = (app.services(), app.services().db.connection());
    let pattern = product::Entity::find().one(db).await.unwrap().unwrap();
    let rows_of = (0..998).map(|number| {
        let mut row = pattern.clone().into_active_model().reset_all();
        row.id = Set(ProductId(services.random.id(services.clock.now())));
        row.slug = Set(format!("copy-{number}"));
        row.external_id = Set(None);
        row
    });
    let copies: Vec<_> = rows_of.collect();
    let key = CollectionId(rows(&app).await.0[0].id.0);
    let members: Vec<_> = (1..)
        .zip(&copies)
        .map(|(number, row)| collection_product::ActiveModel {
            collection_id: Set(key),
            product_id: row.id.clone(),
            position: Set(number * 1_000),
        })
        .collect();
    product::Entity::insert_many(copies).exec_without_returning(db).await.unwrap();
    collection_product::Entity::insert_many(members).exec_without_returning(db).await.unwrap();
    let add = async |products: &[Value]| {
        staff.mutate(COLLECTION_PRODUCTS_ADD, json!({ "id": id, "productIds": products })).await
    };
    let error = add(&ids).await.rejected("InvalidField").at("input.productIds");
    assert_eq!((&error["problem"], rows(&app).await.1.len()), (&json!("OUT_OF_RANGE"), 999));
    add(&ids[..2]).await.ok();
    assert_eq!(rows(&app).await.1.len(), 1_000);
    add(&ids[..2]).await.ok();
    add(&ids).await.rejected("InvalidField").at("input.productIds");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn collection_changes_at_once_follow_each_other() {
    let app = start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let ids = products(&app, 16).await;
    let id = create(&staff, "gifts", &ids[..1]).await;
    let adds = ids[1..].iter().map(|product| {
        staff.mutate(COLLECTION_PRODUCTS_ADD, json!({ "id": id, "productIds": [product, ids[0]] }))
    });
    let moves = (0..5)
        .map(|_| staff.mutate(COLLECTION_PRODUCTS_REORDER, json!({ "id": id, "productIds": [ids[0]] })));
    let outcomes = join_all(adds.chain(moves).map(|change| async { change.await.ok() })).await;
    assert_eq!(outcomes.len(), 20);
    let (collections, members) = rows(&app).await;
    assert_eq!(members.len(), 16);
    let mut positions: Vec<_> = members.iter().map(|member| member.position).collect();
    positions.sort_unstable();
    positions.dedup();
    assert_eq!(positions.len(), 16, "no two have the same place");
    assert!(collections[0].version >= 17, "each addition counts");
    assert_eq!(deadlocks(&app).await, 0);
}
