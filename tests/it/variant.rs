//! Creating, changing, archiving and ordering variants.

use entity::Permission::ProductsEdit;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::{
    operations::{
        CATALOGUE_PRODUCT, PRODUCT_ARCHIVE, PRODUCT_CREATE, PRODUCT_PUBLISH, TAX_CLASS_CREATE, VARIANT,
        VARIANT_ARCHIVE, VARIANT_CREATE, VARIANT_UPDATE, VARIANTS_CREATE, VARIANTS_CREATE_ALONE,
        VARIANTS_REORDER,
    },
    product_edit::{global, options, rejects, rows, shirt, variant},
    support::TestApp,
};

fn euros(amount: &str) -> Value {
    json!([{ "currency": "EUR", "amount": amount }])
}

#[tokio::test]
async fn variant_create_makes_a_variant_with_price_and_empty_stock() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let product = shirt(&staff).await;
    let class =
        staff.mutate(TAX_CLASS_CREATE, json!({ "name": "Books" })).await.ok()["taxClass"]["id"].take();
    let input = json!({ "productId": product["id"], "sku": " S-RED ", "options": options("S", "Red"), "barcode": "4006381333931",
        "weight": 120, "requiresShipping": false, "maxPerOrder": 3, "taxClassId": class, "prices": euros("19.90") });
    let made = staff.mutate(VARIANT_CREATE, input).await.ok()["variant"].take();
    assert_eq!(
        (&made["sku"], &made["name"], &made["version"]),
        (&json!("S-RED"), &json!("S / Red"), &json!(1))
    );
    assert_eq!((&made["weight"], &made["maxPerOrder"]), (&json!(120), &json!(3)));
    assert_eq!((&made["requiresShipping"], &made["taxClass"]["id"]), (&json!(false), &class));
    assert_eq!((&made["price"]["amount"], &made["availability"]), (&json!("19.90"), &json!("OUT")));
    assert_eq!(made["options"], options("S", "Red"));
    staff.mutate(PRODUCT_PUBLISH, json!({ "id": product["id"] })).await.ok();
    let seen = app.anonymous().query(CATALOGUE_PRODUCT, json!({ "id": product["id"] })).await.data();
    assert_eq!(seen["product"]["priceRange"]["min"]["amount"], "19.90");
    assert_eq!(seen["product"]["variants"][0]["taxClass"], Value::Null, "tax classes are for staff");
}

#[tokio::test]
async fn variant_create_refuses_invalid_fields_and_changes_nothing() {
    let app = TestApp::start().await;
    let (staff, customer) = (app.staff_with(&[ProductsEdit]).await, app.customer().await);
    let product = shirt(&staff).await;
    variant(&staff, &product, "S-RED", options("S", "Red")).await;
    let base = json!({ "productId": product["id"], "sku": "NEW", "options": options("M", "Red") });
    let twice = json!([{ "name": "Size", "value": "S" }, { "name": "Size", "value": "M" }]);
    rejects(
        &app,
        &staff,
        VARIANT_CREATE,
        &base,
        &[
            ("sku", json!(""), "input.sku", "REQUIRED"),
            ("sku", json!("a".repeat(65)), "input.sku", "TOO_LONG"),
            ("sku", json!("a\tb"), "input.sku", "FORBIDDEN_CHARACTER"),
            ("sku", json!("S-RED"), "input.sku", "TAKEN"),
            ("barcode", json!("a".repeat(65)), "input.barcode", "TOO_LONG"),
            ("weight", json!(-1), "input.weight", "OUT_OF_RANGE"),
            ("maxPerOrder", json!(0), "input.maxPerOrder", "OUT_OF_RANGE"),
            ("taxClassId", json!(global("TaxClass")), "input.taxClassId", "UNKNOWN_VALUE"),
            ("options", Value::Null, "input.options", "REQUIRED"),
            ("options", json!([{ "name": "Size", "value": "S" }]), "input.options", "REQUIRED"),
            ("options", json!([{ "name": "Fit", "value": "S" }]), "input.options.0.name", "UNKNOWN_VALUE"),
            ("options", options("XL", "Red"), "input.options.0.value", "UNKNOWN_VALUE"),
            ("options", twice, "input.options.1.name", "INCONSISTENT"),
            ("prices", euros("1.234"), "input.prices.0.amount", "INVALID_FORMAT"),
            ("prices", euros("-1"), "input.prices.0.amount", "OUT_OF_RANGE"),
            (
                "prices",
                json!([{ "currency": "JPY", "amount": "1" }]),
                "input.prices.0.currency",
                "UNKNOWN_VALUE",
            ),
        ],
    )
    .await;
    let before = rows(&app).await;
    let mut same = base.clone();
    same["options"] = options("S", "Red");
    let taken = staff.mutate(VARIANT_CREATE, same).await.rejected("CombinationTaken").at("input.options");
    assert_eq!(taken["variant"]["sku"], "S-RED");
    let mut unknown = base.clone();
    unknown["productId"] = json!(global("Product"));
    staff.mutate(VARIANT_CREATE, unknown).await.rejected("NotFound").at("input.productId");
    for weight in [json!(2_147_483_648_i64), json!(9_223_372_036_854_775_808_u64)] {
        let mut huge = base.clone();
        huge["weight"] = weight;
        staff.mutate(VARIANT_CREATE, huge).await.failed("BAD_USER_INPUT", "weight");
    }
    customer.mutate(VARIANT_CREATE, base).await.failed("FORBIDDEN", "PRODUCTS_EDIT");
    assert_eq!(rows(&app).await, before);
}

#[tokio::test]
async fn variants_create_makes_the_valid_ones_and_tells_what_is_wrong_with_the_others() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let product = shirt(&staff).await;
    let item = |sku: &str, size: &str, colour: &str| json!({ "sku": sku, "options": options(size, colour), "prices": euros("5") });
    let items = json!([
        item("A", "S", "Red"),
        item("A", "M", "Red"),
        item("B", "S", "Red"),
        item("", "M", "Red"),
        item("C", "M", "Blue")
    ]);
    let input = json!({ "productId": product["id"], "variants": items });
    let results = staff.mutate(VARIANTS_CREATE, input).await.ok()["results"].take();
    let outcome = |result: &Value| match &result["variant"] {
        Value::Null => (result["errors"][0]["__typename"].clone(), result["errors"][0]["path"].clone()),
        made => (made["sku"].clone(), made["position"].clone()),
    };
    let outcomes: Vec<_> = results.as_array().unwrap().iter().map(outcome).collect();
    assert_eq!(
        outcomes,
        [
            (json!("A"), json!(0)),
            (json!("InvalidField"), json!(["input", "sku"])),
            (json!("CombinationTaken"), json!(["input", "options"])),
            (json!("InvalidField"), json!(["input", "sku"])),
            (json!("C"), json!(1)),
        ]
    );
    let before = rows(&app).await;
    for items in [json!([]), json!(vec![item("X", "S", "Blue"); 101])] {
        let input = json!({ "productId": product["id"], "variants": items });
        staff.mutate(VARIANTS_CREATE, input).await.rejected("InvalidField").at("input.variants");
    }
    let unknown = json!({ "productId": global("Product"), "variants": [item("X", "S", "Blue")] });
    staff.mutate(VARIANTS_CREATE, unknown).await.rejected("NotFound").at("input.productId");
    assert_eq!(rows(&app).await, before);

    // However many are made, the number of statements is the same.
    let mut counts = Vec::new();
    for number in [2, 60] {
        let values: Vec<_> = (0..number).map(|value| value.to_string()).collect();
        let option = json!([{ "name": "N", "values": values }]);
        let made = staff
            .mutate(PRODUCT_CREATE, json!({ "name": format!("P {number}"), "options": option }))
            .await
            .ok();
        let item = |value: &String| json!({ "sku": format!("{number}-{value}"), "options": [{ "name": "N", "value": value }], "prices": euros("5") });
        let items: Vec<_> = values.iter().map(item).collect();
        let input = json!({ "productId": made["product"]["id"], "variants": items });
        let (reply, statements) = app.counting_statements(staff.mutate(VARIANTS_CREATE_ALONE, input)).await;
        assert_eq!(reply.ok()["results"].as_array().unwrap().len(), number);
        counts.push(statements);
    }
    assert_eq!(counts[0], counts[1]);
}

#[tokio::test]
async fn variant_update_changes_fields_and_prices_at_one_version() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let product = shirt(&staff).await;
    let red = variant(&staff, &product, "S-RED", options("S", "Red")).await;
    let blue = variant(&staff, &product, "S-BLUE", options("S", "Blue")).await;
    let input = json!({ "id": red["id"], "version": 1, "sku": "M-RED", "options": options("M", "Red"), "weight": 5,
        "barcode": "1", "prices": euros("7") });
    let changed = staff.mutate(VARIANT_UPDATE, input.clone()).await.ok()["variant"].take();
    assert_eq!((&changed["name"], &changed["version"]), (&json!("M / Red"), &json!(2)));
    assert_eq!((&changed["price"]["amount"], &changed["weight"]), (&json!("7.00"), &json!(5)));

    let before = rows(&app).await;
    let stale = staff.mutate(VARIANT_UPDATE, input).await.rejected("Conflict").at("input.version");
    assert_eq!(stale["current"]["id"], red["id"]);
    let same = json!({ "id": red["id"], "sku": "M-RED", "weight": 5, "prices": euros("7.00") });
    assert_eq!(staff.mutate(VARIANT_UPDATE, same).await.ok()["variant"]["version"], 2);
    let taken = json!({ "id": red["id"], "options": options("S", "Blue") });
    let taken = staff.mutate(VARIANT_UPDATE, taken).await.rejected("CombinationTaken").at("input.options");
    assert_eq!(taken["variant"]["sku"], blue["sku"]);
    let unknown = json!({ "id": global("Variant"), "sku": "X" });
    staff.mutate(VARIANT_UPDATE, unknown).await.rejected("NotFound").at("input.id");
    assert_eq!(rows(&app).await, before);
    rejects(
        &app,
        &staff,
        VARIANT_UPDATE,
        &json!({ "id": red["id"] }),
        &[
            ("sku", json!("S-BLUE"), "input.sku", "TAKEN"),
            ("sku", json!(""), "input.sku", "REQUIRED"),
            ("weight", json!(-5), "input.weight", "OUT_OF_RANGE"),
            ("taxClassId", json!(global("TaxClass")), "input.taxClassId", "UNKNOWN_VALUE"),
            (
                "prices",
                json!([{ "currency": "JPY", "amount": "1" }]),
                "input.prices.0.currency",
                "UNKNOWN_VALUE",
            ),
        ],
    )
    .await;
    let cleared = json!({ "id": red["id"], "weight": null, "barcode": "" });
    let cleared = staff.mutate(VARIANT_UPDATE, cleared).await.ok()["variant"].take();
    assert_eq!((&cleared["weight"], &cleared["barcode"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn variant_archive_frees_the_combination_and_hides_the_variant() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let product = shirt(&staff).await;
    let red = variant(&staff, &product, "S-RED", options("S", "Red")).await;
    variant(&staff, &product, "M-RED", options("M", "Red")).await;
    staff.mutate(PRODUCT_PUBLISH, json!({ "id": product["id"] })).await.ok();
    let archived = staff.mutate(VARIANT_ARCHIVE, json!({ "id": red["id"] })).await.ok()["variant"].take();
    assert!(archived["archivedAt"].is_string());
    let by_id = json!({ "id": product["id"] });
    let seen = app.anonymous().query(CATALOGUE_PRODUCT, by_id.clone()).await.data();
    assert_eq!(seen["product"]["variants"].as_array().unwrap().len(), 1);
    assert_eq!(
        staff.query(CATALOGUE_PRODUCT, by_id).await.data()["product"]["variants"].as_array().unwrap().len(),
        2
    );

    let before = rows(&app).await;
    staff.mutate(VARIANT_ARCHIVE, json!({ "id": red["id"] })).await.ok();
    assert_eq!(rows(&app).await, before, "archiving twice changes nothing");
    variant(&staff, &product, "S-RED-2", options("S", "Red")).await;
    let back = json!({ "id": red["id"], "archived": false });
    staff.mutate(VARIANT_ARCHIVE, back.clone()).await.rejected("CombinationTaken").at("input.archived");
    let moved = json!({ "id": red["id"], "options": options("S", "Blue") });
    staff.mutate(VARIANT_UPDATE, moved).await.ok();
    assert_eq!(staff.mutate(VARIANT_ARCHIVE, back).await.ok()["variant"]["archivedAt"], Value::Null);
    let unknown = json!({ "id": global("Variant") });
    staff.mutate(VARIANT_ARCHIVE, unknown).await.rejected("NotFound").at("input.id");
}

#[tokio::test]
async fn variant_is_found_by_id_and_sku_by_those_who_see_it() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let product = shirt(&staff).await;
    let red = variant(&staff, &product, "S-RED", options("S", "Red")).await;
    for by in [json!({ "id": red["id"] }), json!({ "sku": "S-RED" })] {
        let found = staff.query(VARIANT, by.clone()).await.data()["variant"].take();
        assert_eq!((&found["name"], &found["product"]["id"]), (&json!("S / Red"), &product["id"]));
        assert_eq!(
            app.anonymous().query(VARIANT, by.clone()).await.data()["variant"],
            Value::Null,
            "a draft's"
        );
        staff.mutate(PRODUCT_PUBLISH, json!({ "id": product["id"] })).await.ok();
        assert_eq!(app.anonymous().query(VARIANT, by).await.data()["variant"]["id"], red["id"]);
        staff.mutate(PRODUCT_ARCHIVE, json!({ "id": product["id"] })).await.ok();
    }
    assert_eq!(staff.query(VARIANT, json!({ "sku": "?" })).await.data()["variant"], Value::Null);
    for by in [json!({}), json!({ "id": red["id"], "sku": "S-RED" })] {
        staff.query(VARIANT, by).await.failed("BAD_USER_INPUT", "either `id` or `sku`");
    }
}

#[tokio::test]
async fn variants_reorder_puts_the_named_ones_first() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let product = shirt(&staff).await;
    let mut ids = Vec::new();
    for (sku, size, colour) in [("A", "S", "Red"), ("B", "M", "Red"), ("C", "S", "Blue")] {
        ids.push(variant(&staff, &product, sku, options(size, colour)).await["id"].take());
    }
    let order = json!({ "id": product["id"], "variantIds": [ids[2]] });
    let changed = staff.mutate(VARIANTS_REORDER, order.clone()).await.ok()["product"].take();
    let skus: Vec<_> =
        changed["variants"].as_array().unwrap().iter().map(|variant| &variant["sku"]).collect();
    assert_eq!(skus, ["C", "A", "B"]);
    let before = rows(&app).await;
    staff.mutate(VARIANTS_REORDER, order).await.ok();
    let grinder = app.anonymous().query(CATALOGUE_PRODUCT, json!({ "slug": "hand-grinder" })).await.data();
    let foreign = grinder["product"]["variants"][0]["id"].clone();
    for (list, problem) in [(json!([foreign]), "UNKNOWN_VALUE"), (json!([ids[0], ids[0]]), "INCONSISTENT")] {
        let input = json!({ "id": product["id"], "variantIds": list });
        let error =
            staff.mutate(VARIANTS_REORDER, input).await.rejected("InvalidField").at("input.variantIds");
        assert_eq!(error["problem"], problem);
    }
    let unknown = json!({ "id": global("Product"), "variantIds": [] });
    staff.mutate(VARIANTS_REORDER, unknown).await.rejected("NotFound").at("input.id");
    assert_eq!(rows(&app).await, before);
}

#[tokio::test]
async fn variants_of_one_combination_or_sku_are_made_once_when_many_try() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let product = shirt(&staff).await;
    let other = shirt_named(&staff, "Other").await;
    let one = |product: &Value, sku: String| {
        let input = json!({ "productId": product["id"], "sku": sku, "options": options("S", "Red") });
        staff.mutate(VARIANT_CREATE, input)
    };
    let same_combination = join_all((0..8).map(|number| one(&product, format!("SKU-{number}")))).await;
    assert_eq!(same_combination.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    let same_sku = join_all([one(&other, "SAME".to_owned()), one(&other, "SAME".to_owned())]).await;
    assert_eq!(same_sku.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    // Two products at once: the constraint decides, and the loser is told which field it is.
    let (first, second) = (shirt_named(&staff, "First").await, shirt_named(&staff, "Second").await);
    let both = join_all([one(&first, "ONE".to_owned()), one(&second, "ONE".to_owned())]).await;
    let (made, refused): (Vec<_>, Vec<_>) = both.iter().partition(|outcome| outcome.is_ok());
    assert_eq!((made.len(), refused.len()), (1, 1));
    assert_eq!(refused[0].rejected("InvalidField").at("input.sku")["problem"], "TAKEN");
}

async fn shirt_named(staff: &crate::support::Client, name: &str) -> Value {
    let options = json!([{ "name": "Size", "values": ["S"] }, { "name": "Colour", "values": ["Red"] }]);
    staff.mutate(PRODUCT_CREATE, json!({ "name": name, "options": options })).await.ok()["product"].take()
}
