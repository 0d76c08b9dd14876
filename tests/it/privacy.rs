//! A copy of all data of an account.

use entity::account::Kind;
use serde_json::json;

use crate::support::TestApp;

#[tokio::test]
async fn export_names_objects_and_kinds_as_the_api_does() {
    let app = TestApp::start().await;
    let client = app.someone("ada@shop.example", Kind::Customer).await;
    let address =
        "mutation { addressCreate(input: { name: \"Ada\", line1: \"B\", city: \"C\", countryCode: \"US\" }) {
        errors { __typename } } }";
    client.run(address).await.data();
    let data = client.run("{ accountExport me { id kind addresses { id } } sessions { id } }").await.data();
    let (export, me) = (&data["accountExport"], &data["me"]);
    assert_eq!((&export["account"]["id"], &export["account"]["kind"]), (&me["id"], &json!("CUSTOMER")));
    assert_eq!(export["addresses"][0]["id"], me["addresses"][0]["id"]);
    assert_eq!(export["sessions"][0]["id"], data["sessions"][0]["id"]);
    let text = export.to_string();
    let words = text.split(|c: char| !(c.is_alphanumeric() || c == '-'));
    assert_eq!(words.filter(|word| uuid::Uuid::try_parse(word).is_ok()).count(), 0, "{text}");
}
