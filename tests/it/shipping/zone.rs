//! Changing zones.

use futures_util::future::join;
use serde_json::{Value, json};

use super::{A_CATEGORY, NO_ZONE, new_method, new_zone, places, rows, staff, zones};
use crate::{
    operations::{SHIPPING_ZONE_CREATE, SHIPPING_ZONE_DELETE, SHIPPING_ZONE_UPDATE},
    race::deadlocks,
    support::{Outcome, TestApp, texts},
};

#[tokio::test]
async fn shipping_zones_are_created_changed_listed_and_deleted() {
    let app = TestApp::empty().await;
    let staff = staff(&app).await;
    let (_, session) = app.counting_statements(staff.run("{ me { id } }")).await;
    let input = json!({ "name": " North America ", "places": places(&["us-ca", "CA"]) });
    let (made, creates) = app.counting_statements(staff.mutate(SHIPPING_ZONE_CREATE, input)).await;
    let zone = made.ok()["zone"].take();
    let id = zone["id"].clone();
    let california = json!({ "countryCode": "US", "subdivisionCode": "US-CA" });
    let canada = json!({ "countryCode": "CA", "subdivisionCode": null });
    let expected = json!({ "id": id, "name": "North America", "version": 1, "isEverywhereElse": false,
        "places": [canada, california] });
    assert_eq!(zone, expected);
    new_zone(&staff, "Europe", &[]).await;
    assert_eq!(texts(&zones(&staff).await, "name"), ["Europe", "North America"]);

    let change = json!({ "id": id, "version": 1, "places": places(&["MX", "CA"]), "isEverywhereElse": true });
    let (changed, updates) = app.counting_statements(staff.mutate(SHIPPING_ZONE_UPDATE, change)).await;
    let mexico = json!({ "countryCode": "MX", "subdivisionCode": null });
    let expected = json!({ "id": id, "name": "North America", "version": 2, "isEverywhereElse": true,
        "places": [canada, mexico] });
    assert_eq!(changed.ok()["zone"], expected);
    let was = json!({ "places": ["CA", "US-CA"], "isEverywhereElse": false });
    let is = json!({ "places": ["CA", "MX"], "isEverywhereElse": true });
    let audited = vec![("ShippingZone".to_owned(), Some(was), Some(is))];
    assert_eq!(app.audited_changes("shippingZoneUpdate").await, audited);

    let before = rows(&app).await;
    let same = json!({ "id": id, "version": 2, "name": "North America", "places": places(&["CA", "MX"]) });
    let zone = staff.mutate(SHIPPING_ZONE_UPDATE, same).await.ok()["zone"].take();
    assert_eq!((&zone["version"], rows(&app).await), (&json!(2), before), "the same changes nothing");
    let rename = json!({ "id": id, "name": "Americas" });
    let zone = staff.mutate(SHIPPING_ZONE_UPDATE, rename).await.ok()["zone"].take();
    assert_eq!((&zone["places"], &zone["isEverywhereElse"]), (&expected["places"], &json!(true)));
    assert_eq!(app.audited("shippingZoneUpdate").await.len(), 2);

    new_method(&staff, &id, "Parcel").await;
    let (deleted, deletes) =
        app.counting_statements(staff.mutate(SHIPPING_ZONE_DELETE, json!({ "id": id }))).await;
    assert_eq!(deleted.ok()["deletedId"], id);
    let (zones, places, methods, prices, _) = rows(&app).await;
    assert_eq!((zones.len(), places.len(), methods.len(), prices.len()), (1, 0, 0, 0));
    let was = json!({ "name": "Americas", "places": ["CA", "MX"], "isEverywhereElse": true, "methods": ["Parcel"] });
    let audited = vec![("ShippingZone".to_owned(), Some(was), None)];
    assert_eq!(app.audited_changes("shippingZoneDelete").await, audited);
    let statements = [creates, updates, deletes].map(|statements| statements - session);
    assert_eq!(statements, [4, 7, 5], "beside the session's; two read the answer's places");
}

/// A place that its zone gives up can be taken at once.
#[tokio::test]
async fn shipping_zone_takes_places_that_others_gave_up() {
    let app = TestApp::empty().await;
    let staff = staff(&app).await;
    let (a, b) = (new_zone(&staff, "A", &["DE", "US-CA"]).await, new_zone(&staff, "B", &["US"]).await);
    let set = async |id: &Value, codes: &[&str], is_everywhere_else: bool| {
        let input = json!({ "id": id, "places": places(codes), "isEverywhereElse": is_everywhere_else });
        staff.mutate(SHIPPING_ZONE_UPDATE, input).await
    };
    set(&a, &["DE"], true).await.ok();
    set(&b, &["US-CA", "US"], false).await.ok();
    let taken = set(&b, &["US", "FR", "DE"], false).await;
    let error = taken.rejected("InvalidField").at("input.places.2");
    let message = "DE belongs to the zone `A`. Remove it there first.";
    assert_eq!((&error["problem"], &error["message"]), (&json!("TAKEN"), &json!(message)));
    let taken = set(&b, &["US"], true).await.rejected("InvalidField").at("input.isEverywhereElse");
    let message = "The zone `A` is everywhere else. Change that one first.";
    assert_eq!((&taken["problem"], &taken["message"]), (&json!("TAKEN"), &json!(message)));
    staff.mutate(SHIPPING_ZONE_DELETE, json!({ "id": a })).await.ok();
    set(&b, &["US", "FR", "DE"], true).await.ok();
}

#[tokio::test]
async fn shipping_zone_mutations_refuse_invalid_input_and_change_nothing() {
    let app = TestApp::empty().await;
    let staff = staff(&app).await;
    new_zone(&staff, "Other", &["DE"]).await;
    let id = new_zone(&staff, "Own", &["FR"]).await;
    let before = rows(&app).await;
    let (long, many) = ("x".repeat(101), vec!["US"; 301]);
    let unknown = json!([{ "countryCode": "US" }, { "countryCode": "XX" }]);
    let part = json!([{ "countryCode": "US", "subdivisionCode": "US-XX" }]);
    let other = json!([{ "countryCode": "DE", "subdivisionCode": "US-CA" }]);
    for (name, places, path, problem) in [
        ("", json!([]), "input.name", "REQUIRED"),
        (" \u{a0}", json!([]), "input.name", "REQUIRED"),
        (&*long, json!([]), "input.name", "TOO_LONG"),
        ("a\nb", json!([]), "input.name", "FORBIDDEN_CHARACTER"),
        ("\u{200b}", json!([]), "input.name", "FORBIDDEN_CHARACTER"),
        ("Other", json!([]), "input.name", "TAKEN"),
        ("x", places(&many), "input.places", "OUT_OF_RANGE"),
        ("x", unknown, "input.places.1.countryCode", "UNKNOWN_VALUE"),
        ("x", part, "input.places.0.subdivisionCode", "UNKNOWN_VALUE"),
        ("x", other, "input.places.0.subdivisionCode", "INCONSISTENT"),
        ("x", places(&["US", "CA", "us"]), "input.places.2", "INCONSISTENT"),
        ("x", places(&["US", "DE"]), "input.places.1", "TAKEN"),
    ] {
        let input = json!({ "name": name, "places": places });
        let created = staff.mutate(SHIPPING_ZONE_CREATE, input).await;
        assert_eq!(created.rejected("InvalidField").at(path)["problem"], problem, "{name:?} {places}");
        let input = json!({ "id": id, "name": name, "places": places });
        let updated = staff.mutate(SHIPPING_ZONE_UPDATE, input).await;
        assert_eq!(updated.rejected("InvalidField").at(path)["problem"], problem, "{name:?} {places}");
    }
    let nul = staff.mutate(SHIPPING_ZONE_CREATE, json!({ "name": "a\0", "places": [] })).await;
    nul.failed("BAD_USER_INPUT", "contains a NUL character");
    let outcomes = async |id: &str| -> [Outcome; 2] {
        let update = staff.mutate(SHIPPING_ZONE_UPDATE, json!({ "id": id, "name": "x" })).await;
        [update, staff.mutate(SHIPPING_ZONE_DELETE, json!({ "id": id })).await]
    };
    for outcome in outcomes(NO_ZONE).await {
        assert_eq!(outcome.rejected("NotFound").at("input.id")["id"], NO_ZONE);
    }
    for outcome in outcomes(A_CATEGORY).await {
        outcome.failed("BAD_USER_INPUT", "`input.id` is the id of a Category, not of a ShippingZone.");
    }
    let clerk = app.staff_with(&[]).await;
    clerk.mutate(SHIPPING_ZONE_DELETE, json!({ "id": id })).await.failed("FORBIDDEN", "SETTINGS_EDIT");
    assert_eq!(rows(&app).await, before);
    assert_eq!(app.audited("shippingZoneCreate").await.len(), 2);
    assert!(app.audited("shippingZoneUpdate").await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn shipping_zone_update_of_a_stale_version_is_a_conflict() {
    let app = TestApp::empty().await;
    let staff = staff(&app).await;
    let id = new_zone(&staff, "Own", &["FR"]).await;
    for version in 1..4 {
        let change = |name: &str| {
            let input = json!({ "id": id, "version": version, "name": format!("{name} {version}") });
            staff.mutate(SHIPPING_ZONE_UPDATE, input)
        };
        let (a, b) = join(change("A"), change("B")).await;
        let (done, refused) = if a.is_ok() { (a, b) } else { (b, a) };
        let error = refused.rejected("Conflict").at("input.version");
        let current = json!({ "__typename": "ShippingZone", "id": id,
            "name": done.ok()["zone"]["name"], "version": version + 1 });
        assert_eq!(error["current"], current);
    }
    assert_eq!(app.audited("shippingZoneUpdate").await.len(), 3);
}

/// One zone gets the place, the other is told which of its places that is. None waits for the other forever.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn shipping_zones_that_take_a_place_at_once_do_not_share_it() {
    let app = TestApp::empty().await;
    let staff = staff(&app).await;
    let (a, b) = (new_zone(&staff, "A", &[]).await, new_zone(&staff, "B", &[]).await);
    let set = |id: &Value, codes: &[&str]| {
        staff.mutate(SHIPPING_ZONE_UPDATE, json!({ "id": id, "places": places(codes) }))
    };
    for _ in 0..5 {
        let (first, second) = join(set(&a, &["DE", "FR"]), set(&b, &["FR", "DE"])).await;
        let (owner, refused) = if first.is_ok() { (&a, second) } else { (&b, first) };
        assert_eq!(refused.rejected("InvalidField").at("input.places.0")["problem"], "TAKEN");
        set(owner, &[]).await.ok();
        set(&a, &["DE", "FR"]).await.ok();
        set(&b, &["IT", "ES"]).await.ok();
        for outcome in <[Outcome; 2]>::from(join(set(&a, &["IT", "ES"]), set(&b, &["FR", "DE"])).await) {
            outcome.rejected("InvalidField").at("input.places.0");
        }
        set(&a, &[]).await.ok();
        set(&b, &[]).await.ok();
    }
    assert_eq!(deadlocks(&app).await, 0);
}
