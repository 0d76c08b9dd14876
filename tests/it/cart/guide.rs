//! The operations of `docs/cart.md`, section "From the first article to the login", do in the demo shop what the document says.

use crate::support::{Guide, TestApp};

#[tokio::test]
async fn cart_guide_fills_a_cart_and_logs_in() {
    let app = TestApp::start().await;
    let guest = app.anonymous();
    let guide = Guide::follow("docs/cart.md", "From the first article to the login", &guest, &guest).await;
    assert_eq!((guide.queries, guide.mutations, guide.kept()), (2, 6, 5));
}
