//! Changing discounts.

use entity::{Permission, discount};
use sea_orm::{EntityTrait, sea_query::Expr};
use serde_json::{Value, json};

use super::{NO_DISCOUNT, id_of, new_code, new_discount, rows, shop};
use crate::{
    operations::{DISCOUNT, DISCOUNT_CREATE, DISCOUNT_DELETE, DISCOUNT_UPDATE, DISCOUNTS},
    support::texts,
};

#[tokio::test]
async fn discounts_are_created_changed_and_deleted() {
    let (app, staff) = shop().await;
    let input = json!({
        "name": " Grinders ", "kind": "FIXED_PRICE", "isAutomatic": true,
        "amounts": [{ "currency": "usd", "amount": "50" }, { "currency": "EUR", "amount": "45.5", "minimum": "100" }],
        "productIds": [id_of(&staff, "product", "hand-grinder").await],
        "categoryIds": [id_of(&staff, "category", "brewing").await],
        "minimumQuantity": 2, "startsAt": "2026-01-01T00:00:00Z", "endsAt": "2027-01-01T00:00:00Z",
        "maxUses": 100, "maxUsesPerCustomer": 1, "customerTag": " vip ", "priority": 5,
    });
    let made = staff.mutate(DISCOUNT_CREATE, input).await.ok()["discount"].take();
    let id = made["id"].clone();
    let expected = json!({
        "id": id, "name": "Grinders", "kind": "FIXED_PRICE", "percentage": null, "isAutomatic": true,
        "isForWholeCart": false, "minimumQuantity": 2, "startsAt": "2026-01-01T00:00:00.000000Z",
        "endsAt": "2027-01-01T00:00:00.000000Z", "maxUses": 100, "maxUsesPerCustomer": 1, "used": 0,
        "customerTag": "vip", "priority": 5, "isCombinable": false, "isActive": true, "version": 1,
        "amounts": [
            { "currency": "EUR", "amount": { "amount": "45.50" }, "minimum": { "amount": "100.00" } },
            { "currency": "USD", "amount": { "amount": "50.00" }, "minimum": null },
        ],
        "products": [{ "name": "Hand Grinder" }], "categories": [{ "slug": "brewing" }], "collections": [],
    });
    assert_eq!(made, expected);

    let change = json!({ "id": id, "version": 1, "amounts": [{ "currency": "EUR", "amount": "40" }],
        "productIds": [], "categoryIds": [], "customerTag": null, "endsAt": null, "isCombinable": true });
    let changed = staff.mutate(DISCOUNT_UPDATE, change).await.ok()["discount"].take();
    assert_eq!((&changed["version"], &changed["isForWholeCart"]), (&json!(2), &json!(true)));
    assert_eq!((&changed["customerTag"], &changed["endsAt"]), (&Value::Null, &Value::Null));
    assert_eq!(changed["amounts"].as_array().unwrap().len(), 1);
    assert_eq!((&changed["products"], &changed["categories"]), (&json!([]), &json!([])));

    let same = staff.mutate(DISCOUNT_UPDATE, json!({ "id": id, "name": "Grinders", "version": 2 })).await;
    assert_eq!(same.ok()["discount"]["version"], 2, "no change");
    let stale = staff.mutate(DISCOUNT_UPDATE, json!({ "id": id, "name": "x", "version": 1 })).await;
    let current = json!({ "__typename": "Discount", "name": "Grinders", "version": 2 });
    assert_eq!(stale.rejected("Conflict").at("input.version")["current"], current);

    let audited = app.audited_changes("discountUpdate").await;
    assert_eq!(audited.len(), 1);
    assert_eq!(audited[0].1.as_ref().unwrap()["customerTag"], "vip");
    assert_eq!(audited[0].2.as_ref().unwrap()["amounts"]["EUR"]["amount"], "40.00");
    assert!(audited[0].2.as_ref().unwrap().get("name").is_none(), "what differs only");

    assert_eq!(staff.mutate(DISCOUNT_DELETE, json!({ "id": id })).await.ok()["deletedId"], id);
    let missing = staff.mutate(DISCOUNT_DELETE, json!({ "id": id })).await;
    assert_eq!(missing.rejected("NotFound").at("input.id")["id"], id);
    assert_eq!(rows(&app).await, (vec![], vec![], vec![], vec![]));
    assert_eq!(app.audited("discountDelete").await.len(), 1);
    assert_eq!(app.audited("discountCreate").await.len(), 1);
}

#[tokio::test]
async fn discount_with_orders_is_not_deleted() {
    let (app, staff) = shop().await;
    let id = new_code(&staff, "A", json!({})).await;
    let db = app.services().db.connection();
    let used = discount::Entity::update_many().col_expr(discount::Column::Used, Expr::value(3_i64));
    used.exec(db).await.unwrap();
    staff.mutate(DISCOUNT_DELETE, json!({ "id": id })).await.rejected("DiscountInUse").at("input.id");
    let fewer = staff.mutate(DISCOUNT_UPDATE, json!({ "id": id, "maxUses": 2 })).await;
    assert_eq!(fewer.rejected("InvalidField").at("input.maxUses")["problem"], "OUT_OF_RANGE");
    staff.mutate(DISCOUNT_UPDATE, json!({ "id": id, "maxUses": 3 })).await.ok();
    assert_eq!(rows(&app).await.0.len(), 1);
}

#[tokio::test]
async fn limited_discount_stays_limited_when_its_targets_are_deleted() {
    let (app, staff) = shop().await;
    let create = "mutation { collectionCreate(input: { name: \"Own\" }) { collection { id } } }";
    let collection = staff.run(create).await.data()["collectionCreate"]["collection"]["id"].take();
    let id = new_discount(&staff, json!({ "collectionIds": [collection] })).await;
    let delete = "mutation ($id: ID!) { collectionDelete(input: { id: $id }) { deletedId } }";
    staff.ask(delete, json!({ "id": collection })).await.data();
    let discount = staff.query(DISCOUNT, json!({ "id": id })).await.data()["discount"].take();
    assert_eq!((&discount["isForWholeCart"], &discount["collections"]), (&json!(false), &json!([])));
    assert!(rows(&app).await.2.is_empty());
}

#[tokio::test]
async fn discounts_are_listed_and_filtered() {
    let (_app, staff) = shop().await;
    new_code(&staff, "Sömmer-26", json!({ "name": "Summer" })).await;
    new_discount(&staff, json!({ "name": "Ship", "kind": "FREE_SHIPPING", "isAutomatic": true })).await;
    new_discount(&staff, json!({ "name": "Winter", "isActive": false })).await;
    for (filter, expected) in [
        (json!({}), &["Winter", "Ship", "Summer"][..]),
        (json!({ "search": "MM" }), &["Summer"]),
        (json!({ "code": "sommer-26" }), &["Summer"]),
        (json!({ "code": "sommer" }), &[]),
        (json!({ "kind": "FREE_SHIPPING" }), &["Ship"]),
        (json!({ "isAutomatic": true }), &["Ship"]),
        (json!({ "isActive": true, "isAutomatic": false }), &["Summer"]),
    ] {
        let list = staff.query(DISCOUNTS, json!({ "filter": filter })).await.data()["discounts"].take();
        assert_eq!(texts(&list["nodes"], "name"), expected, "{filter}");
        assert_eq!(list["totalCount"], expected.len());
    }
    let page = staff.query(DISCOUNTS, json!({ "first": 2 })).await.data()["discounts"].take();
    let next = json!({ "first": 2, "after": page["pageInfo"]["endCursor"] });
    let rest = staff.query(DISCOUNTS, next).await.data()["discounts"].take();
    assert_eq!(texts(&rest["nodes"], "name"), ["Summer"]);
    assert_eq!(staff.query(DISCOUNT, json!({ "id": NO_DISCOUNT })).await.data()["discount"], Value::Null);
}

#[tokio::test]
async fn discounts_are_for_staff_with_the_permission() {
    let (app, staff) = shop().await;
    let id = new_code(&staff, "A", json!({ "isAutomatic": false })).await;
    let clerk = app.staff_with(&[Permission::SettingsEdit, Permission::ProductsEdit]).await;
    for client in [&clerk, &app.customer().await] {
        client.query(DISCOUNT, json!({ "id": id })).await.failed("FORBIDDEN", "DISCOUNTS_EDIT");
        client.query(DISCOUNTS, json!({})).await.failed("FORBIDDEN", "DISCOUNTS_EDIT");
        client.mutate(DISCOUNT_DELETE, json!({ "id": id })).await.failed("FORBIDDEN", "DISCOUNTS_EDIT");
        let node = "query ($id: ID!) { node(id: $id) { __typename } }";
        assert_eq!(client.ask(node, json!({ "id": id })).await.data()["node"], Value::Null);
    }
    assert_eq!(rows(&app).await.0.len(), 1);
}

#[tokio::test]
async fn discount_changes_cost_a_constant_number_of_statements() {
    let (app, staff) = shop().await;
    let (_, session) = app.counting_statements(staff.run("{ me { id } }")).await;
    let targets = [
        id_of(&staff, "category", "desk").await,
        id_of(&staff, "category", "brewing").await,
        id_of(&staff, "category", "pots-pans").await,
    ];
    let amounts = json!([{ "currency": "EUR", "amount": "1" }, { "currency": "USD", "amount": "1" }]);
    let mut counts = Vec::new();
    for number in [1, 2] {
        let input = json!({ "name": "x", "kind": "AMOUNT", "amounts": amounts.as_array().unwrap()[..number],
            "categoryIds": targets[..number] });
        let (made, creates) = app.counting_statements(staff.mutate(DISCOUNT_CREATE, input)).await;
        let id = made.ok()["discount"]["id"].take();
        let change = json!({ "id": id, "amounts": [{ "currency": "EUR", "amount": "2" }],
            "categoryIds": targets[..=number] });
        let (changed, updates) = app.counting_statements(staff.mutate(DISCOUNT_UPDATE, change)).await;
        changed.ok();
        counts.push((creates - session, updates - session));
    }
    assert_eq!(counts[0].0, counts[1].0);
    assert!(counts.iter().all(|count| count.0 <= 14 && count.1 <= 18), "{counts:?}");
}
