//! The operations of `docs/catalogue.md`, section "Building a shop", do in an empty database what the document says.

use entity::account::Kind;
use serde_json::json;

use crate::support::{Guide, TestApp};

#[tokio::test]
async fn catalogue_guide_builds_a_shop_from_nothing() {
    let app = TestApp::empty().await;
    let (admin, shopper) = (app.someone("boss@shop.example", Kind::Admin).await, app.anonymous());
    let guide = Guide::follow("docs/catalogue.md", "Building a shop", &admin, &shopper).await;
    assert_eq!((guide.queries, guide.mutations, guide.kept()), (1, 11, 4));
    // "The same call twice changes nothing".
    let again = guide.repeat_last(&admin).await;
    assert_eq!(again["productSet"]["changed"], json!(false));
}
