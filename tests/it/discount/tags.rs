//! Tags of customers.

use entity::{
    Permission::{CustomersEdit, CustomersView},
    account::Kind,
};
use serde_json::{Value, json};

use super::{A_CATEGORY, shop};
use crate::operations::{CUSTOMER_TAGS, CUSTOMER_TAGS_SET};

#[tokio::test]
async fn tags_of_a_customer_are_set_and_shown_to_staff() {
    let (app, staff) = shop().await;
    let customer = app.someone("tagged@shop.example", Kind::Customer).await;
    let id = customer.id().await;
    let set = json!({ "id": id, "tags": ["vip", " press ", "vip"] });
    let (tagged, _) = app.counting_statements(staff.mutate(CUSTOMER_TAGS_SET, set.clone())).await;
    assert_eq!(tagged.ok()["customer"]["tags"], json!(["press", "vip"]));
    staff.mutate(CUSTOMER_TAGS_SET, set).await.ok();
    assert_eq!(app.audited("customerTagsSet").await.len(), 1, "no change, no entry");
    assert_eq!(
        staff.query(CUSTOMER_TAGS, json!({ "id": id })).await.data()["customer"]["tags"],
        json!(["press", "vip"])
    );
    assert_eq!(
        customer.run("{ me { tags } }").await.data()["me"]["tags"],
        Value::Null,
        "customers do not see them"
    );
    let export = customer.run("{ accountExport }").await.json();
    assert!(export.to_string().contains("press"), "{export}");
    staff.mutate(CUSTOMER_TAGS_SET, json!({ "id": id, "tags": [] })).await.ok();
    assert_eq!(staff.query(CUSTOMER_TAGS, json!({ "id": id })).await.data()["customer"]["tags"], json!([]));
}

#[tokio::test]
async fn tags_that_cannot_be_are_refused_and_change_nothing() {
    let (app, staff) = shop().await;
    let id = app.customer().await.id().await;
    staff.mutate(CUSTOMER_TAGS_SET, json!({ "id": id, "tags": ["kept"] })).await.ok();
    for (tags, at, problem) in [
        (json!(vec!["x"; 51]), "tags", "OUT_OF_RANGE"),
        (json!(["x", ""]), "tags.1", "REQUIRED"),
        (json!(["x".repeat(51)]), "tags.0", "TOO_LONG"),
        (json!(["a\nb"]), "tags.0", "FORBIDDEN_CHARACTER"),
    ] {
        let refused = staff.mutate(CUSTOMER_TAGS_SET, json!({ "id": id, "tags": tags })).await;
        assert_eq!(refused.rejected("InvalidField").at(&format!("input.{at}"))["problem"], problem, "{tags}");
    }
    let clerk = app.staff_with(&[CustomersView]).await;
    let set = json!({ "id": id, "tags": [] });
    clerk.mutate(CUSTOMER_TAGS_SET, set.clone()).await.failed("FORBIDDEN", "CUSTOMERS_EDIT");
    let blind = app.staff_with(&[CustomersEdit]).await;
    assert_eq!(blind.mutate(CUSTOMER_TAGS_SET, set).await.rejected("NotFound").at("input.id")["id"], id);
    let wrong = staff.mutate(CUSTOMER_TAGS_SET, json!({ "id": A_CATEGORY, "tags": [] })).await;
    wrong.failed("BAD_USER_INPUT", "is the id of a Category");
    let not_staff = app.someone("clerk2@shop.example", Kind::Staff).await.id().await;
    staff.mutate(CUSTOMER_TAGS_SET, json!({ "id": not_staff, "tags": [] })).await.rejected("NotFound");
    assert_eq!(
        staff.query(CUSTOMER_TAGS, json!({ "id": id })).await.data()["customer"]["tags"],
        json!(["kept"])
    );
}
