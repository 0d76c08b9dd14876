//! Images of products: setting them, what is refused, and reading those of a page.

use entity::{Permission::ProductsEdit, product, product_image};
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::{Value, json};

use crate::{
    operations::{IMAGES_OF_PRODUCTS, PRODUCT_IMAGES_SET},
    support::TestApp,
};

/// Id of the hand grinder, and ids of its variants.
async fn ids(app: &TestApp) -> (Value, [Value; 2]) {
    let query = "{ product(slug: \"hand-grinder\") { id variants { id } } }";
    let product = app.anonymous().run(query).await.data()["product"].take();
    (product["id"].clone(), [0, 1].map(|index| product["variants"][index]["id"].clone()))
}

async fn rows(app: &TestApp) -> (Vec<product::Model>, Vec<product_image::Model>) {
    let db = app.services().db.connection();
    let products = product::Entity::find().order_by_asc(product::Column::Id).all(db).await.unwrap();
    (products, product_image::Entity::find().order_by_asc(product_image::Column::Id).all(db).await.unwrap())
}

fn url(name: &str) -> String {
    format!("https://images.example/{name}.jpg")
}

#[tokio::test]
async fn product_images_set_replaces_the_images_in_their_order() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let (id, [black, silver]) = ids(&app).await;
    let images = json!([
        { "url": url("both"), "alt": " Both grinders " },
        { "url": url("silver"), "alt": "The silver one", "variantId": silver },
        { "url": url("both") },
    ]);
    let input = json!({ "id": id, "images": images });
    let set = staff.mutate(PRODUCT_IMAGES_SET, input.clone());
    let (reply, statements) = app.counting_statements(set).await;
    let product = reply.ok()["product"].take();
    let image = |name: &str, alt: &str, sku: Value| json!({ "url": url(name), "alt": alt, "variant": sku });
    let silver_one = image("silver", "The silver one", json!({ "sku": "BRW-GRD-SLV" }));
    let expected =
        [image("both", "Both grinders", Value::Null), silver_one.clone(), image("both", "", Value::Null)];
    assert_eq!(product, json!({ "version": 2, "images": expected }));

    let before = rows(&app).await;
    let again = staff.mutate(PRODUCT_IMAGES_SET, input).await.ok()["product"].take();
    assert_eq!(again, product, "the same images change nothing");
    assert_eq!(rows(&app).await, before);

    let more: Vec<_> = (0..50).map(|n| json!({ "url": url(&n.to_string()), "variantId": black })).collect();
    let set = staff.mutate(PRODUCT_IMAGES_SET, json!({ "id": id, "images": more }));
    let (reply, same) = app.counting_statements(set).await;
    assert_eq!(reply.ok()["product"]["images"].as_array().unwrap().len(), 50);
    assert_eq!((statements, same), (12, 12), "however many images there are");

    let reordered = json!([{ "url": url("silver"), "alt": "The silver one", "variantId": silver }]);
    let product = staff.mutate(PRODUCT_IMAGES_SET, json!({ "id": id, "images": reordered })).await.ok();
    assert_eq!(product["product"]["images"], json!([silver_one]));
    let none = staff.mutate(PRODUCT_IMAGES_SET, json!({ "id": id, "images": [] })).await.ok();
    assert_eq!(none["product"], json!({ "version": 5, "images": [] }));
    let changes = app.audited_changes("productImagesSet").await;
    assert_eq!(changes.len(), 4);
    let after = json!({ "images": [{ "url": url("silver"), "alt": "The silver one", "variantId": silver }] });
    assert_eq!((&changes[2].0, &changes[2].2), (&"Product".to_owned(), &Some(after)));
}

#[tokio::test]
async fn product_images_set_refuses_what_is_no_image_and_changes_nothing() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[ProductsEdit]).await;
    let (id, _) = ids(&app).await;
    let other = app.anonymous().run("{ product(slug: \"linen-apron\") { variants { id } } }").await.data();
    let foreign = &other["product"]["variants"][0]["id"];
    let before = rows(&app).await;
    let image = |url: &str| json!({ "url": url });
    let good = image(&url("a"));
    for (bad, field, problem) in [
        (image(""), "url", "REQUIRED"),
        (image("images.example/a.jpg"), "url", "INVALID_FORMAT"),
        (image("http://images.example/a.jpg"), "url", "INVALID_FORMAT"),
        (image("javascript:alert(1)"), "url", "INVALID_FORMAT"),
        (image("https://ada:secret@images.example/a.jpg"), "url", "INVALID_FORMAT"),
        (image("https://images.example/a b.jpg"), "url", "FORBIDDEN_CHARACTER"),
        (image("https://images.example/\u{1}"), "url", "FORBIDDEN_CHARACTER"),
        (image(&url(&"a".repeat(2000))), "url", "TOO_LONG"),
        (json!({ "url": url("a"), "alt": "\u{e4}".repeat(501) }), "alt", "TOO_LONG"),
        (json!({ "url": url("a"), "alt": "a\nb" }), "alt", "FORBIDDEN_CHARACTER"),
        (json!({ "url": url("a"), "variantId": foreign }), "variantId", "UNKNOWN_VALUE"),
        (json!({ "url": url("a"), "variantId": "BAAAAAAAAAAAAAAAAAAAAAA" }), "variantId", "UNKNOWN_VALUE"),
    ] {
        let input = json!({ "id": id, "images": [good, bad] });
        let reply = staff.mutate(PRODUCT_IMAGES_SET, input).await;
        let error = reply.rejected("InvalidField").at(&format!("input.images.1.{field}"));
        assert_eq!(error["problem"], problem, "{bad}");
    }
    let many = staff.mutate(PRODUCT_IMAGES_SET, json!({ "id": id, "images": vec![good.clone(); 51] })).await;
    assert_eq!(many.rejected("InvalidField").at("input.images")["problem"], "OUT_OF_RANGE");
    let unknown = json!({ "id": "AwAAAAAAAAAAAAAAAAAAAAA", "images": [good] });
    staff.mutate(PRODUCT_IMAGES_SET, unknown).await.rejected("NotFound").at("input.id");
    let wrong = json!({ "id": id, "images": [good, { "url": url("a"), "variantId": id }] });
    let message = "`input.images[1].variantId` is the id of a Product, not of a Variant.";
    staff.mutate(PRODUCT_IMAGES_SET, wrong).await.failed("BAD_USER_INPUT", message);
    let nul = json!({ "id": id, "images": [image("https://images.example/\0")] });
    staff.mutate(PRODUCT_IMAGES_SET, nul).await.failed("BAD_USER_INPUT", "contains a NUL character");
    let input = json!({ "id": id, "images": [good] });
    let customer = app.customer().await;
    customer.mutate(PRODUCT_IMAGES_SET, input).await.failed("FORBIDDEN", "PRODUCTS_EDIT");
    assert_eq!(rows(&app).await, before);
    assert!(app.audited("productImagesSet").await.is_empty());
}

#[tokio::test]
async fn images_of_a_page_take_one_statement() {
    let app = TestApp::start().await;
    let page = async |first: u32| {
        let reply = app.anonymous().query(IMAGES_OF_PRODUCTS, json!({ "first": first })).await;
        reply.data()["products"]["nodes"].as_array().unwrap().len()
    };
    let (products, statements) = app.counting_statements(page(2)).await;
    assert_eq!((products, statements), (2, 3), "products, their images, and the variants in these");
    let (products, statements) = app.counting_statements(page(16)).await;
    assert_eq!((products, statements), (16, 3));
}
