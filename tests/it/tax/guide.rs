//! The operations of `docs/taxes.md`, section "Setting up taxes", do in an empty database what the document says.

use entity::Permission::{ProductsEdit, SettingsEdit};

use crate::support::{Guide, TestApp};

#[tokio::test]
async fn tax_guide_sets_up_taxes_from_nothing() {
    let app = TestApp::empty().await;
    let staff = app.staff_with(&[SettingsEdit, ProductsEdit]).await;
    let guide = Guide::follow("docs/taxes.md", "Setting up taxes", &staff, &staff).await;
    assert_eq!((guide.queries, guide.mutations, guide.kept()), (1, 4, 1));
}
