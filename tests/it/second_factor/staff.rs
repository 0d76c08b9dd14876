//! Second factors of those who work in the shop, and help for those who have lost theirs.

use entity::{Permission, account::Kind};
use serde_json::{Value, json};

use super::{EMAIL, Enrolled, answer, challenge, code, disable, enrolled, error, me, reset, set_up, token};
use crate::support::{SOMEONES_PASSWORD, TestApp};

#[tokio::test]
async fn where_the_shop_requires_it_staff_may_nothing_without() {
    let app = TestApp::with_flags(&["--staff-second-factor"]).await;
    let Enrolled { client: customer, .. } = enrolled(&app).await;
    let customer = me(&customer).await["id"].take();
    let staff = app.staff_with(&[Permission::CustomersEdit]).await;
    reset(&staff, &customer).await.failed("FORBIDDEN", "Set one up, or log in with it.");
    let (staff, uri, _) = set_up(&app, &staff, SOMEONES_PASSWORD).await;
    assert_eq!(reset(&staff, &customer).await.data()["secondFactorReset"]["errors"], json!([]));

    let disabled = token(&disable(&staff, SOMEONES_PASSWORD, &code(&app, &uri)).await);
    let weak = staff.with_token(disabled);
    reset(&weak, &customer).await.failed("FORBIDDEN", "Set one up, or log in with it.");
}

#[tokio::test]
async fn somebody_who_lost_everything_is_helped_by_those_who_may() {
    let app = TestApp::start().await;
    let Enrolled { client, recovery_codes, .. } = enrolled(&app).await;
    let id = me(&client).await["id"].take();
    let waiting = challenge(&app).await;
    let other = app.staff_with(&[Permission::CustomersView, Permission::OrdersEdit]).await;
    reset(&other, &id).await.failed("FORBIDDEN", "CUSTOMERS_EDIT");
    let personnel = app.staff_with(&[Permission::StaffEdit]).await;
    assert_eq!(error(&reset(&personnel, &id).await.data()["secondFactorReset"]), "NotFound");
    reset(&client, &id).await.failed("FORBIDDEN", "CUSTOMERS_EDIT");
    reset(&app.anonymous(), &id).await.failed("UNAUTHENTICATED", "Log in first");
    assert!(me(&client).await["secondFactor"].is_object(), "nothing has changed");

    let helper = app.staff_with(&[Permission::CustomersEdit]).await;
    let payload = reset(&helper, &id).await.data()["secondFactorReset"].take();
    assert_eq!(payload, json!({ "account": null, "errors": [] }), "who may not see customers sees none");
    client.run("{ me { id } }").await.failed("UNAUTHENTICATED", "Log in again");
    assert_eq!(error(&answer(&app.anonymous(), &waiting, &recovery_codes[0]).await), "ChallengeExpired");
    assert_eq!(me(&app.anonymous().login(EMAIL, SOMEONES_PASSWORD).await).await["secondFactor"], Value::Null);
    assert!(app.all_mails().await.iter().any(|mail| mail.to == EMAIL && mail.subject.ends_with("is off")));
    assert_eq!(error(&reset(&helper, &id).await.data()["secondFactorReset"]), "NotEnrolled");
    assert_eq!(app.audited("secondFactorReset").await.len(), 1);
}

#[tokio::test]
async fn nobody_helps_themselves_or_those_who_may_more() {
    let app = TestApp::start().await;
    let admin = app.someone("boss@demo.example", Kind::Admin).await;
    let (admin, _, _) = set_up(&app, &admin, SOMEONES_PASSWORD).await;
    let admins = me(&admin).await["id"].take();
    reset(&admin, &admins).await.failed("FORBIDDEN", "You cannot reset your own");
    let personnel = app.staff_with(&[Permission::StaffEdit]).await;
    reset(&personnel, &admins).await.failed("FORBIDDEN", "permissions that you do not have");
    assert!(me(&admin).await["secondFactor"].is_object());
    let helper = app.staff_with(&[Permission::CustomersEdit]).await;
    assert_eq!(error(&reset(&helper, &admins).await.data()["secondFactorReset"]), "NotFound");
    let refused = app.audited("secondFactorReset").await;
    assert_eq!(refused.iter().filter(|entry| !entry.succeeded).count(), 2);

    let (personnel, _, _) = set_up(&app, &personnel, SOMEONES_PASSWORD).await;
    let personnels = me(&personnel).await["id"].take();
    let payload = reset(&admin, &personnels).await.data()["secondFactorReset"].take();
    assert_eq!(payload, json!({ "account": { "id": personnels }, "errors": [] }));
    let none = reset(&admin, &me(&app.staff().await).await["id"].take()).await;
    assert_eq!(error(&none.data()["secondFactorReset"]), "NotEnrolled");
}
