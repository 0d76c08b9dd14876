//! The order of a zone's methods.

use serde_json::{Value, json};

use super::{A_CATEGORY, NO_METHOD, NO_ZONE, new_method, new_zone, rows, staff};
use crate::{
    operations::SHIPPING_METHODS_REORDER,
    support::{TestApp, texts},
};

#[tokio::test]
async fn shipping_methods_reorder_puts_methods_first() {
    let app = TestApp::empty().await;
    let staff = staff(&app).await;
    let (_, session) = app.counting_statements(staff.run("{ me { id } }")).await;
    let zone = new_zone(&staff, "Own", &["FR"]).await;
    let mut ids = Vec::new();
    for name in ["a", "b", "c", "d"] {
        ids.push(new_method(&staff, &zone, name).await);
    }
    let reorder = |order: &[usize]| {
        let order: Vec<_> = order.iter().map(|index| &ids[*index]).collect();
        staff.mutate(SHIPPING_METHODS_REORDER, json!({ "id": zone, "methodIds": order }))
    };
    let mut counts = Vec::new();
    for (order, names, version) in [
        (&[2][..], ["c", "a", "b", "d"], 2),
        (&[3, 2, 1, 0], ["d", "c", "b", "a"], 3),
        (&[3, 2], ["d", "c", "b", "a"], 3),
        (&[], ["d", "c", "b", "a"], 3),
    ] {
        let (reply, statements) = app.counting_statements(reorder(order)).await;
        let zone = reply.ok()["zone"].take();
        assert_eq!((texts(&zone["methods"], "name"), &zone["version"]), (names.to_vec(), &json!(version)));
        counts.push(statements - session);
    }
    assert_eq!(counts, [6, 6, 3, 3], "one reads the answer's methods");
    let audited = app.audited_changes("shippingMethodsReorder").await;
    let order = |indexes: [usize; 4]| Some(json!({ "methodIds": indexes.map(|index| ids[index].clone()) }));
    let first = ("ShippingZone".to_owned(), order([0, 1, 2, 3]), order([2, 0, 1, 3]));
    let second = ("ShippingZone".to_owned(), order([2, 0, 1, 3]), order([3, 2, 1, 0]));
    assert_eq!(audited, [first, second]);
    assert!(rows(&app).await.2.iter().all(|method| method.version == 1), "the order is that of the zone");
    new_method(&staff, &zone, "e").await;
    let zones = super::zones(&staff).await;
    assert_eq!(texts(&zones[0]["methods"], "name"), ["d", "c", "b", "a", "e"], "a new one is the last");
}

#[tokio::test]
async fn shipping_methods_reorder_refuses_what_the_zone_has_not() {
    let app = TestApp::empty().await;
    let staff = staff(&app).await;
    let (zone, other) = (new_zone(&staff, "Own", &[]).await, new_zone(&staff, "Other", &[]).await);
    let (own, foreign) = (new_method(&staff, &zone, "a").await, new_method(&staff, &other, "b").await);
    let before = rows(&app).await;
    let reorder = |zone: &Value, ids: Value| {
        staff.mutate(SHIPPING_METHODS_REORDER, json!({ "id": zone, "methodIds": ids }))
    };
    for (ids, at, problem) in [
        (json!([own, foreign]), 1, "UNKNOWN_VALUE"),
        (json!([NO_METHOD]), 0, "UNKNOWN_VALUE"),
        (json!([own, own]), 1, "INCONSISTENT"),
    ] {
        let error = reorder(&zone, ids).await.rejected("InvalidField");
        assert_eq!(error.at(&format!("input.methodIds.{at}"))["problem"], problem);
    }
    let missing = reorder(&json!(NO_ZONE), json!([own])).await;
    assert_eq!(missing.rejected("NotFound").at("input.id")["id"], NO_ZONE);
    let wrong = reorder(&zone, json!([own, A_CATEGORY])).await;
    wrong.failed("BAD_USER_INPUT", "`input.methodIds[1]` is the id of a Category, not of a ShippingMethod.");
    let clerk = app.staff_with(&[]).await;
    let input = json!({ "id": zone, "methodIds": [] });
    clerk.mutate(SHIPPING_METHODS_REORDER, input).await.failed("FORBIDDEN", "SETTINGS_EDIT");
    assert_eq!(rows(&app).await, before);
}
