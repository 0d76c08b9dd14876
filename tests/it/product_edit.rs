//! Creating, changing, publishing, archiving and deleting products and their options.

use entity::{
    Permission::{InventoryEdit, ProductsEdit},
    *,
};
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use crate::{
    operations::{
        CATALOGUE_PRODUCT, PRODUCT_ARCHIVE, PRODUCT_CREATE, PRODUCT_DELETE, PRODUCT_OPTION_CREATE,
        PRODUCT_OPTION_DELETE, PRODUCT_OPTION_UPDATE, PRODUCT_OPTION_UPDATE_ALONE, PRODUCT_PUBLISH,
        PRODUCT_UPDATE, PRODUCT_UPDATE_ALONE, STOCK_RECEIVE, VARIANT_ARCHIVE, VARIANT_CREATE,
    },
    support::{Client, Mutation, Stack, TestApp, stack},
};

/// All rows of the catalogue and the audit log, as text.
pub(crate) async fn rows(app: &TestApp) -> Vec<String> {
    let db = app.services().db.connection();
    macro_rules! rows {
        ($($table:ident),+) => { [$(format!("{:?}", $table::Entity::find().all(db).await.unwrap())),+].into() };
    }
    rows!(
        product,
        product_slug,
        product_tag,
        product_option,
        product_option_value,
        variant,
        variant_option_value,
        variant_price,
        variant_price_change,
        product_price,
        stock_level,
        audit_entry
    )
}

/// A shirt in two sizes and two colours, with no variant yet.
pub(crate) async fn shirt(staff: &Client) -> Value {
    let options =
        json!([{ "name": "Size", "values": ["S", "M"] }, { "name": "Colour", "values": ["Red", "Blue"] }]);
    let input = json!({ "name": "Shirt", "options": options });
    staff.mutate(PRODUCT_CREATE, input).await.ok()["product"].take()
}

/// The values of the shirt's options.
pub(crate) fn options(size: &str, colour: &str) -> Value {
    json!([{ "name": "Size", "value": size }, { "name": "Colour", "value": colour }])
}

pub(crate) async fn variant(staff: &Client, product: &Value, sku: &str, options: Value) -> Value {
    let input = json!({ "productId": product["id"], "sku": sku, "options": options });
    staff.mutate(VARIANT_CREATE, input).await.ok()["variant"].take()
}

async fn find(client: &Client, variables: Value) -> Value {
    client.query(CATALOGUE_PRODUCT, variables).await.data()["product"].take()
}

/// Asserts that each of these fields is refused at its path for its reason, and that nothing changes.
pub(crate) async fn rejects(
    app: &TestApp,
    staff: &Client,
    mutation: Mutation,
    base: &Value,
    cases: &[(&str, Value, &str, &str)],
) {
    let before = rows(app).await;
    for (field, value, path, problem) in cases {
        let mut input = base.clone();
        input[field] = value.clone();
        let error = staff.mutate(mutation, input).await.rejected("InvalidField").at(path);
        assert_eq!(error["problem"], *problem, "{field}: {value}");
    }
    assert_eq!(rows(app).await, before);
}

#[tokio::test]
async fn product_create_makes_a_draft_that_only_staff_see() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let input = json!({ "name": " Crème de la crème ", "description": "*good*<script>", "tags": ["b", "a", "b"],
        "externalId": "erp-1", "seoTitle": "T", "options": [{ "name": "Size", "values": ["S", "M"] }] });
    let product = staff.mutate(PRODUCT_CREATE, input).await.ok()["product"].take();
    assert_eq!(product["slug"], "creme-de-la-creme");
    assert_eq!((&product["name"], &product["status"]), (&json!("Crème de la crème"), &json!("DRAFT")));
    assert_eq!((&product["tags"], &product["version"]), (&json!(["a", "b"]), &json!(1)));
    assert_eq!(product["descriptionHtml"], "<p><em>good</em>&lt;script&gt;</p>\n");
    assert_eq!(product["options"][0]["values"], json!([{ "name": "S" }, { "name": "M" }]));
    for by in
        [json!({ "id": product["id"] }), json!({ "slug": product["slug"] }), json!({ "externalId": "erp-1" })]
    {
        assert_eq!(find(&staff, by.clone()).await["id"], product["id"]);
        assert_eq!(find(&app.anonymous(), by.clone()).await, Value::Null);
        assert_eq!(find(&app.customer().await, by).await, Value::Null);
    }
    assert_eq!(app.audited("productCreate").await.len(), 1);
}

#[tokio::test]
async fn product_create_refuses_invalid_fields_and_changes_nothing() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let taken = json!({ "name": "A", "slug": "taken", "externalId": "taken" });
    staff.mutate(PRODUCT_CREATE, taken).await.ok();
    let option = |name: &str, values: Value| json!({ "name": name, "values": values });
    let size = || option("Size", json!(["S"]));
    let many: Vec<_> = (0..101).map(|value| value.to_string()).collect();
    let no_category = global("Category");
    rejects(
        &app,
        &staff,
        PRODUCT_CREATE,
        &json!({ "name": "B", "slug": "b" }),
        &[
            ("name", json!(""), "input.name", "REQUIRED"),
            ("name", json!("a".repeat(201)), "input.name", "TOO_LONG"),
            ("name", json!("a\u{7}"), "input.name", "FORBIDDEN_CHARACTER"),
            ("slug", json!(""), "input.slug", "INVALID_FORMAT"),
            ("slug", json!("A b"), "input.slug", "INVALID_FORMAT"),
            ("slug", json!("taken"), "input.slug", "TAKEN"),
            ("externalId", json!("taken"), "input.externalId", "TAKEN"),
            ("externalId", json!("a".repeat(101)), "input.externalId", "TOO_LONG"),
            ("description", json!("a".repeat(20_001)), "input.description", "TOO_LONG"),
            ("description", json!("a\u{7}"), "input.description", "FORBIDDEN_CHARACTER"),
            ("seoTitle", json!("a\nb"), "input.seoTitle", "FORBIDDEN_CHARACTER"),
            ("seoDescription", json!("a".repeat(501)), "input.seoDescription", "TOO_LONG"),
            ("tags", json!([""]), "input.tags.0", "REQUIRED"),
            ("tags", json!(many), "input.tags", "OUT_OF_RANGE"),
            ("categoryId", json!(no_category), "input.categoryId", "UNKNOWN_VALUE"),
            ("options", json!([option("", json!(["S"]))]), "input.options.0.name", "REQUIRED"),
            ("options", json!([size(), size()]), "input.options.1.name", "TAKEN"),
            ("options", json!([option("Size", json!([]))]), "input.options.0.values", "OUT_OF_RANGE"),
            ("options", json!([option("Size", json!(many))]), "input.options.0.values", "OUT_OF_RANGE"),
            ("options", json!([option("Size", json!(["S", "S"]))]), "input.options.0.values", "TAKEN"),
            (
                "options",
                json!([
                    option("a", json!(["S"])),
                    option("b", json!(["S"])),
                    option("c", json!(["S"])),
                    option("d", json!(["S"]))
                ]),
                "input.options.3.name",
                "OUT_OF_RANGE",
            ),
        ],
    )
    .await;
    staff.mutate(PRODUCT_CREATE, json!({ "name": "日本" })).await.rejected("InvalidField").at("input.slug");
    let product = shirt(&staff).await;
    let foreign = json!({ "name": "B", "categoryId": product["id"] });
    staff.mutate(PRODUCT_CREATE, foreign).await.failed("BAD_USER_INPUT", "categoryId");
    staff.mutate(PRODUCT_CREATE, json!({ "name": "a\u{0}" })).await.failed("BAD_USER_INPUT", "NUL");
    app.customer()
        .await
        .mutate(PRODUCT_CREATE, json!({ "name": "B" }))
        .await
        .failed("FORBIDDEN", "PRODUCTS_EDIT");
}

/// A well-formed id of an object that is not there.
pub(crate) fn global(name: &str) -> String {
    let node_type = bodega::domain::kernel::global_id::NodeType::named(name).unwrap();
    bodega::domain::kernel::global_id::encode(node_type, uuid::Uuid::now_v7())
}

#[tokio::test]
async fn product_update_keeps_what_is_left_out_and_a_former_slug_goes_on_to_lead_to_it() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let product =
        staff.mutate(PRODUCT_CREATE, json!({ "name": "A", "tags": ["x"] })).await.ok()["product"].take();
    let id = &product["id"];
    let input = json!({ "id": id, "version": 1, "name": "B", "slug": "b", "seoTitle": "T" });
    let changed = staff.mutate(PRODUCT_UPDATE, input).await.ok()["product"].take();
    assert_eq!(
        (&changed["name"], &changed["tags"], &changed["version"]),
        (&json!("B"), &json!(["x"]), &json!(2))
    );
    for slug in ["a", "b"] {
        assert_eq!(find(&staff, json!({ "slug": slug })).await["slug"], "b");
    }

    let texts = json!({ "id": id, "seoTitle": "U", "tags": ["y"] });
    let (reply, statements) = app.counting_statements(staff.mutate(PRODUCT_UPDATE_ALONE, texts)).await;
    reply.ok();
    // Session (not with Redis), account and permissions, the product with what belongs to it, product, tags, audit entry.
    assert_eq!(statements, if stack() == Stack::Services { 11 } else { 12 });
    let before = rows(&app).await;
    let same = json!({ "id": id, "name": "B", "tags": ["y"] });
    assert_eq!(staff.mutate(PRODUCT_UPDATE, same).await.ok()["product"]["version"], 3);
    let stale = staff.mutate(PRODUCT_UPDATE, json!({ "id": id, "version": 1, "name": "C" })).await;
    assert_eq!(stale.rejected("Conflict").at("input.version")["current"]["id"], *id);
    let unknown = json!({ "id": global("Product"), "name": "C" });
    staff.mutate(PRODUCT_UPDATE, unknown).await.rejected("NotFound").at("input.id");
    assert_eq!(rows(&app).await, before);

    // A product that takes a former slug is found by it from then on; the product that had it takes it back in vain.
    let other = staff.mutate(PRODUCT_CREATE, json!({ "name": "A" })).await.ok()["product"]["id"].take();
    assert_eq!(find(&staff, json!({ "slug": "a" })).await["id"], other);
    let back = staff.mutate(PRODUCT_UPDATE, json!({ "id": id, "slug": "a" })).await;
    assert_eq!(back.rejected("InvalidField").at("input.slug")["problem"], "TAKEN");
    let cleared = staff.mutate(PRODUCT_UPDATE, json!({ "id": id, "seoTitle": null, "tags": [] })).await.ok();
    assert_eq!((&cleared["product"]["seoTitle"], &cleared["product"]["tags"]), (&Value::Null, &json!([])));
}

#[tokio::test]
async fn product_is_published_and_archived() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let product = shirt(&staff).await;
    let input = json!({ "id": product["id"] });
    staff.mutate(PRODUCT_PUBLISH, input.clone()).await.rejected("NoVariants").at("input.id");
    let red = variant(&staff, &product, "S-RED", options("S", "Red")).await;
    assert_eq!((&red["name"], &red["availability"]), (&json!("S / Red"), &json!("OUT")));
    let published = staff.mutate(PRODUCT_PUBLISH, input.clone()).await.ok();
    assert_eq!(published["product"]["status"], "ACTIVE");
    let seen = find(&app.anonymous(), input.clone()).await;
    assert_eq!(seen["variants"].as_array().unwrap().len(), 1);
    // Shoppers see the values that they can buy.
    assert_eq!(seen["options"][1]["values"], json!([{ "name": "Red" }]));
    let archived = staff.mutate(PRODUCT_ARCHIVE, input.clone()).await.ok();
    assert_eq!(archived["product"]["status"], "ARCHIVED");
    assert_eq!(find(&app.anonymous(), input.clone()).await, Value::Null);
    staff.mutate(VARIANT_ARCHIVE, json!({ "id": red["id"] })).await.ok();
    staff.mutate(PRODUCT_PUBLISH, input).await.rejected("NoVariants");
    for mutation in [PRODUCT_PUBLISH, PRODUCT_ARCHIVE, PRODUCT_DELETE] {
        staff.mutate(mutation, json!({ "id": global("Product") })).await.rejected("NotFound").at("input.id");
    }
}

#[tokio::test]
async fn product_delete_spares_what_had_stock() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[ProductsEdit, InventoryEdit]).await;
    let empty = rows_without_audit(&app).await;
    let product = shirt(&staff).await;
    variant(&staff, &product, "S-RED", options("S", "Red")).await;
    let id = json!({ "id": product["id"] });
    let deleted = staff.mutate(PRODUCT_DELETE, id.clone()).await.ok();
    assert_eq!(deleted["deletedId"], product["id"]);
    assert_eq!(rows_without_audit(&app).await, empty);

    let product = shirt(&staff).await;
    let red = variant(&staff, &product, "S-RED", options("S", "Red")).await;
    let receipt = json!({ "id": red["id"], "idempotencyKey": "a", "quantity": 1 });
    staff.mutate(STOCK_RECEIVE, receipt).await.ok();
    let before = rows(&app).await;
    staff
        .mutate(PRODUCT_DELETE, json!({ "id": product["id"] }))
        .await
        .rejected("ProductInUse")
        .at("input.id");
    assert_eq!(rows(&app).await, before);
}

async fn rows_without_audit(app: &TestApp) -> Vec<String> {
    let mut rows = rows(app).await;
    rows.pop();
    rows
}

#[tokio::test]
async fn option_that_is_added_gives_the_variants_its_default_value() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let product = shirt(&staff).await;
    let red = variant(&staff, &product, "S-RED", options("S", "Red")).await;
    let base = json!({ "id": product["id"], "name": "Fit", "values": ["Slim", "Wide"] });
    rejects(
        &app,
        &staff,
        PRODUCT_OPTION_CREATE,
        &base,
        &[
            ("defaultValue", Value::Null, "input.defaultValue", "REQUIRED"),
            ("defaultValue", json!("Loose"), "input.defaultValue", "UNKNOWN_VALUE"),
            ("name", json!("Size"), "input.name", "TAKEN"),
            ("values", json!([]), "input.values", "OUT_OF_RANGE"),
        ],
    )
    .await;
    let mut input = base.clone();
    input["defaultValue"] = json!("Slim");
    let changed = staff.mutate(PRODUCT_OPTION_CREATE, input).await.ok()["product"].take();
    assert_eq!(changed["variants"][0]["name"], "S / Red / Slim");
    assert_eq!(changed["variants"][0]["options"][2], json!({ "name": "Fit", "value": "Slim" }));
    assert_eq!(changed["variants"][0]["version"], 2);
    let fourth =
        json!({ "id": product["id"], "name": "Pattern", "values": ["Plain"], "defaultValue": "Plain" });
    staff.mutate(PRODUCT_OPTION_CREATE, fourth).await.rejected("InvalidField").at("input.name");

    // Without the option a variant that differs in it only would be the same as another one.
    let fit = json!([{ "name": "Size", "value": "S" }, { "name": "Colour", "value": "Red" }, { "name": "Fit", "value": "Wide" }]);
    let wide = variant(&staff, &product, "S-RED-WIDE", fit).await;
    let id = json!({ "id": changed["options"][2]["id"] });
    let taken =
        staff.mutate(PRODUCT_OPTION_DELETE, id.clone()).await.rejected("CombinationTaken").at("input.id");
    assert_eq!(taken["variant"]["sku"], "S-RED-WIDE");
    staff.mutate(VARIANT_ARCHIVE, json!({ "id": wide["id"] })).await.ok();
    let without = staff.mutate(PRODUCT_OPTION_DELETE, id.clone()).await.ok()["product"].take();
    assert_eq!(without["options"].as_array().unwrap().len(), 2);
    assert_eq!(without["variants"][0]["name"], "S / Red");
    staff.mutate(PRODUCT_OPTION_DELETE, id).await.rejected("NotFound").at("input.id");
    assert_eq!(red["id"], without["variants"][0]["id"]);
}

#[tokio::test]
async fn option_update_renames_adds_orders_and_keeps_values_in_use() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let product = shirt(&staff).await;
    variant(&staff, &product, "S-RED", options("S", "Red")).await;
    let size = &product["options"][0]["id"];
    // The names of two values change places, a third one comes first.
    let values =
        json!([{ "name": "XL" }, { "name": "M", "formerName": "S" }, { "name": "S", "formerName": "M" }]);
    let input = json!({ "id": size, "name": "Fit", "values": values, "position": 9 });
    let changed = staff.mutate(PRODUCT_OPTION_UPDATE, input.clone()).await.ok()["product"].take();
    let names: Vec<_> = changed["options"].as_array().unwrap().iter().map(|option| &option["name"]).collect();
    assert_eq!(names, ["Colour", "Fit"]);
    assert_eq!(changed["options"][1]["values"], json!([{ "name": "XL" }, { "name": "M" }, { "name": "S" }]));
    assert_eq!(changed["variants"][0]["name"], "Red / M");

    let kept = json!({ "id": size, "values": [{ "name": "XL" }, { "name": "S" }] });
    let in_use =
        staff.mutate(PRODUCT_OPTION_UPDATE, kept).await.rejected("OptionValueInUse").at("input.values");
    assert_eq!((&in_use["value"], &in_use["variants"]), (&json!("M"), &json!(1)));
    let removed = json!({ "id": size, "values": [{ "name": "M" }] });
    let changed = staff.mutate(PRODUCT_OPTION_UPDATE, removed).await.ok()["product"].take();
    assert_eq!(changed["options"][1]["values"], json!([{ "name": "M" }]));
    rejects(
        &app,
        &staff,
        PRODUCT_OPTION_UPDATE,
        &json!({ "id": size }),
        &[
            ("name", json!("Colour"), "input.name", "TAKEN"),
            ("name", json!(" "), "input.name", "REQUIRED"),
            ("values", json!([]), "input.values", "OUT_OF_RANGE"),
            ("values", json!([{ "name": "M" }, { "name": "" }]), "input.values.1.name", "REQUIRED"),
            ("values", json!([{ "name": "M" }, { "name": "M" }]), "input.values", "TAKEN"),
            ("position", json!(-1), "input.position", "OUT_OF_RANGE"),
            (
                "values",
                json!([{ "name": "L", "formerName": "?" }]),
                "input.values.0.formerName",
                "UNKNOWN_VALUE",
            ),
        ],
    )
    .await;
    let unknown = json!({ "id": global("ProductOption"), "name": "x" });
    staff.mutate(PRODUCT_OPTION_UPDATE, unknown).await.rejected("NotFound").at("input.id");
}

#[tokio::test]
async fn statements_of_a_change_do_not_grow_with_the_variants() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let product = shirt(&staff).await;
    let mut counts = Vec::new();
    for (sku, size, colour) in [("A", "S", "Red"), ("B", "M", "Red"), ("C", "S", "Blue"), ("D", "M", "Blue")]
    {
        variant(&staff, &product, sku, options(size, colour)).await;
        let rename = json!({ "id": product["options"][0]["id"], "name": format!("Size {sku}") });
        let (reply, statements) =
            app.counting_statements(staff.mutate(PRODUCT_OPTION_UPDATE_ALONE, rename)).await;
        reply.ok();
        let back = json!({ "id": product["options"][0]["id"], "name": "Size" });
        staff.mutate(PRODUCT_OPTION_UPDATE, back).await.ok();
        counts.push(statements);
    }
    assert!(counts.windows(2).all(|pair| pair[0] == pair[1]), "{counts:?}");
}
