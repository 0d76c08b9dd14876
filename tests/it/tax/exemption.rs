//! Exemptions of customers from tax: setting them, what is refused, who sees them, export and deletion.

use entity::{
    AccountId,
    Permission::{CustomersEdit, CustomersView, OrdersView, StaffEdit},
    account::Kind,
    account_tax,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait};
use serde_json::{Value, json};

use super::{A_CATEGORY, with};
use crate::{
    operations::{ACCOUNT_DELETE, CUSTOMER_TAX_EXEMPTION_SET, CUSTOMERS_WITH_TAX_EXEMPTION, TAX_CLASSES},
    support::{Client, SOMEONES_PASSWORD, TestApp},
};

async fn rows(app: &TestApp) -> Vec<account_tax::Model> {
    account_tax::Entity::find().all(app.services().db.connection()).await.unwrap()
}

/// The exemption of a client's own account.
async fn own(client: &Client) -> Value {
    client.run("{ me { taxExemption { reason taxId } } }").await.data()["me"]["taxExemption"].take()
}

async fn exempt(client: &Client, id: &Value, exemption: &Value) -> Value {
    let input = with(json!({ "id": id }), exemption);
    client.mutate(CUSTOMER_TAX_EXEMPTION_SET, input).await.ok()["customer"]["taxExemption"].take()
}

#[tokio::test]
async fn customer_tax_exemption_is_set_changed_and_ended() {
    let app = TestApp::empty().await;
    let staff = app.staff_with(&[CustomersView, CustomersEdit]).await;
    let customer = app.someone("ada@shop.example", Kind::Customer).await;
    let id = customer.id().await;
    assert_eq!(own(&customer).await, Value::Null);
    let (charity, business) = (
        json!({ "reason": "EXEMPT", "taxId": null }),
        json!({ "reason": "REVERSE_CHARGE", "taxId": "FR 12 345678901" }),
    );
    for exemption in [&charity, &business, &json!({ "reason": "EXEMPT", "taxId": "12/345" })] {
        assert_eq!(exempt(&staff, &id, exemption).await, *exemption);
        assert_eq!(own(&customer).await, *exemption);
    }
    let entries = app.audited("customerTaxExemptionSet").await.len();
    let same = json!({ "reason": "EXEMPT", "taxId": " 12/345 " });
    assert_eq!(exempt(&staff, &id, &same).await["taxId"], "12/345");
    assert_eq!((entries, app.audited("customerTaxExemptionSet").await.len()), (3, 3), "nothing is changed");
    assert_eq!(exempt(&staff, &id, &json!({ "reason": null, "taxId": "" })).await, Value::Null);
    assert_eq!(exempt(&staff, &id, &json!({})).await, Value::Null, "there was none");
    assert!(rows(&app).await.is_empty());
    let audited = app.audited_changes("customerTaxExemptionSet").await;
    assert_eq!(audited.len(), 4);
    assert!(audited.iter().all(|(kind, _, _)| kind == "Account"));
    let text = json!(audited.iter().map(|(_, before, after)| json!([before, after])).collect::<Vec<_>>());
    assert!(!text.to_string().contains("345"), "tax ids are not in the log: {text}");
    assert!(text.to_string().contains("REVERSE_CHARGE"), "{text}");
}

#[tokio::test]
async fn customer_tax_exemption_set_refuses_invalid_input_and_changes_nothing() {
    let app = TestApp::empty().await;
    let staff = app.staff_with(&[CustomersView, CustomersEdit]).await;
    let customer = app.someone("ada@shop.example", Kind::Customer).await;
    let clerk = app.someone("clerk@shop.example", Kind::Staff).await;
    let id = customer.id().await;
    exempt(&staff, &id, &json!({ "reason": "REVERSE_CHARGE", "taxId": "DE123456789" })).await;
    let before = rows(&app).await;
    for (fields, problem) in [
        (json!({ "reason": "REVERSE_CHARGE" }), "REQUIRED"),
        (json!({ "reason": "REVERSE_CHARGE", "taxId": " " }), "REQUIRED"),
        (json!({ "taxId": "1" }), "INCONSISTENT"),
        (json!({ "reason": "EXEMPT", "taxId": "1".repeat(33) }), "TOO_LONG"),
        (json!({ "reason": "EXEMPT", "taxId": "1\n2" }), "FORBIDDEN_CHARACTER"),
        (json!({ "reason": "EXEMPT", "taxId": "1\u{7}2" }), "FORBIDDEN_CHARACTER"),
        (json!({ "reason": "EXEMPT", "taxId": "1_2" }), "INVALID_FORMAT"),
        (json!({ "reason": "EXEMPT", "taxId": "--" }), "INVALID_FORMAT"),
        (json!({ "reason": "EXEMPT", "taxId": "DE12345678" }), "INVALID_FORMAT"),
        (json!({ "reason": "REVERSE_CHARGE", "taxId": "el 12345678" }), "INVALID_FORMAT"),
    ] {
        let input = with(json!({ "id": id }), &fields);
        let error =
            staff.mutate(CUSTOMER_TAX_EXEMPTION_SET, input).await.rejected("InvalidField").at("input.taxId");
        assert_eq!(error["problem"], problem, "{fields}");
    }
    let nul = json!({ "id": id, "reason": "EXEMPT", "taxId": "1\u{0}" });
    staff.mutate(CUSTOMER_TAX_EXEMPTION_SET, nul).await.failed("BAD_USER_INPUT", "contains a NUL character");
    let other = staff.mutate(CUSTOMER_TAX_EXEMPTION_SET, json!({ "id": A_CATEGORY })).await;
    other.failed("BAD_USER_INPUT", "`input.id` is the id of a Category, not of an Account.");
    let unseeing = app.staff_with(&[CustomersEdit]).await;
    let unknown = json!("AQAAAAAAAAAAAAAAAAAAAAA");
    for (client, id) in [(&staff, &unknown), (&staff, &clerk.id().await), (&unseeing, &id)] {
        let outcome =
            client.mutate(CUSTOMER_TAX_EXEMPTION_SET, json!({ "id": id, "reason": "EXEMPT" })).await;
        assert_eq!(outcome.rejected("NotFound").at("input.id")["id"], *id);
    }
    for client in [&customer, &app.staff_with(&[CustomersView]).await] {
        let outcome = client.mutate(CUSTOMER_TAX_EXEMPTION_SET, json!({ "id": id })).await;
        outcome.failed("FORBIDDEN", "CUSTOMERS_EDIT");
    }
    assert_eq!(rows(&app).await, before);
    assert_eq!(app.audited("customerTaxExemptionSet").await.len(), 1);
}

#[tokio::test]
async fn tax_exemption_is_seen_by_the_owner_and_staff_who_may_see_customers() {
    let app = TestApp::empty().await;
    let staff = app.staff_with(&[CustomersView, CustomersEdit]).await;
    let customer = app.someone("ada@shop.example", Kind::Customer).await;
    let id = customer.id().await;
    exempt(&staff, &id, &json!({ "reason": "EXEMPT" })).await;
    let query = "query ($id: ID!) { node(id: $id) { ... on Account { taxExemption { reason } } } }";
    let seen = json!({ "taxExemption": { "reason": "EXEMPT" } });
    for (client, expected) in [
        (&customer, seen.clone()),
        (&staff, seen.clone()),
        (&app.program_with(&[CustomersView]).await, seen),
        (&app.staff_with(&[OrdersView]).await, Value::Null),
        (&app.anonymous(), Value::Null),
    ] {
        assert_eq!(client.ask(query, json!({ "id": id })).await.data()["node"], expected);
    }
    // A customer who came to work in the shop.
    let clerk = app.someone("clerk@shop.example", Kind::Staff).await;
    let clerk_id = clerk.id().await;
    let key = bodega::domain::kernel::global_id::decode(clerk_id.as_str().unwrap()).unwrap().1;
    let row = account_tax::ActiveModel {
        account_id: Set(AccountId(key)),
        reason: Set(account_tax::Reason::Exempt),
        tax_id: Set(None),
    };
    row.insert(app.services().db.connection()).await.unwrap();
    assert_eq!(own(&clerk).await["reason"], "EXEMPT");
    let chief = app.staff_with(&[CustomersView, StaffEdit]).await;
    let node = chief.ask(query, json!({ "id": clerk_id })).await.data()["node"].take();
    assert_eq!(node, json!({ "taxExemption": null }));
}

#[tokio::test]
async fn tax_exemption_takes_as_many_statements_whatever_the_page() {
    let app = TestApp::empty().await;
    let staff = app.staff_with(&[CustomersView, CustomersEdit, entity::Permission::ProductsEdit]).await;
    let mut ids = Vec::new();
    for number in 0..3 {
        ids.push(app.someone(&format!("ada{number}@shop.example"), Kind::Customer).await.id().await);
    }
    let (_, reads) = app.counting_statements(staff.query(TAX_CLASSES, json!({}))).await;
    let mut writes = Vec::new();
    for exemption in [json!({ "reason": "EXEMPT" }), json!({ "reason": "EXEMPT", "taxId": "1" }), json!({})] {
        writes.push(app.counting_statements(exempt(&staff, &ids[0], &exemption)).await.1 - reads);
    }
    // Lock of the account, the present exemption, the change, the audit log, the exemption of the answer.
    assert_eq!(writes, [4; 3], "beside the session's, and one");
    for id in &ids {
        exempt(&staff, id, &json!({ "reason": "EXEMPT" })).await;
    }
    let page = async |first: u32| {
        let (reply, count) = app
            .counting_statements(staff.query(CUSTOMERS_WITH_TAX_EXEMPTION, json!({ "first": first })))
            .await;
        let data = reply.data();
        assert!(
            data["customers"]["nodes"].as_array().unwrap().iter().all(|row| row["taxExemption"].is_object())
        );
        count
    };
    assert_eq!((page(1).await - reads, page(3).await - reads), (1, 1));
}

#[tokio::test]
async fn tax_exemption_is_exported_and_deleted_with_its_account() {
    let app = TestApp::empty().await;
    let staff = app.staff_with(&[CustomersView, CustomersEdit]).await;
    let customer = app.someone("ada@shop.example", Kind::Customer).await;
    let export =
        async || customer.run("{ accountExport }").await.data()["accountExport"]["taxExemption"].take();
    assert_eq!(export().await, Value::Null);
    let exemption = json!({ "reason": "REVERSE_CHARGE", "taxId": "ATU12345678" });
    exempt(&staff, &customer.id().await, &exemption).await;
    assert_eq!(export().await, exemption);
    customer.mutate(ACCOUNT_DELETE, json!({ "password": SOMEONES_PASSWORD })).await.ok();
    assert!(rows(&app).await.is_empty());
}
