//! Customers as staff sees them, and blocking accounts.

use std::time::Duration;

use bodega::domain::sample::{DEMO_CUSTOMER, DEMO_STAFF, Plan, generate};
use entity::{
    Permission::{CustomersEdit, CustomersView, StaffEdit},
    account::Kind,
    one_time_token,
};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};

use crate::{
    operations::{
        ACCOUNT_BLOCK, ACCOUNT_UNBLOCK, CUSTOMER, CUSTOMER_UPDATE, CUSTOMERS, CUSTOMERS_WITH_DETAILS, LOGIN,
        ME, PASSWORD_RESET_REQUEST, SESSION_REVOKED,
    },
    support::{Client, SOMEONES_PASSWORD, Socket, TestApp, texts},
};

async fn customers(client: &Client, variables: Value) -> Value {
    client.query(CUSTOMERS, variables).await.data()["customers"].take()
}

#[tokio::test]
async fn customers_are_listed_searched_and_sorted() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[CustomersView, CustomersEdit]).await;
    for (email, name) in [("zoe@shop.example", "Ada Byron"), ("abe@shop.example", "Zeno 100%")] {
        app.clock.advance(Duration::from_secs(1));
        let new = app.someone(email, Kind::Customer).await;
        staff.mutate(CUSTOMER_UPDATE, json!({ "id": new.id().await, "name": name })).await.ok();
        if email.starts_with("abe") {
            staff.mutate(ACCOUNT_BLOCK, json!({ "id": new.id().await })).await.ok();
            new.query(ME, json!({})).await.failed("UNAUTHENTICATED", "Log in again");
        }
    }
    let (abe, zoe) = ("abe@shop.example", "zoe@shop.example");
    let sorted = |key: &str| json!({ "sort": { "key": key } });
    let filtered = |filter: Value| json!({ "sort": { "key": "EMAIL" }, "filter": filter });
    for (variables, expected) in [
        (json!({}), vec![abe, zoe, DEMO_CUSTOMER]),
        (sorted("CREATED_AT"), vec![DEMO_CUSTOMER, zoe, abe]),
        (sorted("EMAIL"), vec![abe, DEMO_CUSTOMER, zoe]),
        (json!({ "sort": { "key": "NAME", "direction": "DESC" } }), vec![abe, zoe, DEMO_CUSTOMER]),
        (filtered(json!({ "search": "SHOP." })), vec![abe, zoe]),
        (json!({ "filter": { "search": "byron" } }), vec![zoe]),
        (json!({ "filter": { "search": "0%" } }), vec![abe]),
        (filtered(json!({ "search": "" })), vec![abe, DEMO_CUSTOMER, zoe]),
        (json!({ "filter": { "search": "staff" } }), vec![]),
        (json!({ "filter": { "isBlocked": true } }), vec![abe]),
        (json!({ "filter": { "isBlocked": false, "search": "zoe" } }), vec![zoe]),
    ] {
        let page = customers(&staff, variables.clone()).await;
        let found = (texts(&page["nodes"], "email"), &page["totalCount"]);
        assert_eq!(found, (expected.clone(), &json!(expected.len())), "{variables}");
    }
    let first = customers(&staff, json!({ "sort": { "key": "NAME" }, "first": 1 })).await;
    let after = &first["pageInfo"]["endCursor"];
    let rest = customers(&staff, json!({ "sort": { "key": "NAME" }, "after": after })).await;
    assert_eq!(texts(&first["nodes"], "email"), [DEMO_CUSTOMER]);
    assert_eq!(texts(&rest["nodes"], "email"), [zoe, abe]);
    let long = filtered(json!({ "search": "x".repeat(201) }));
    staff.query(CUSTOMERS, long).await.failed("BAD_USER_INPUT", "`filter.search` is longer than 200");
}

/// Who has more than that asks for something more precise.
#[tokio::test]
async fn customers_are_counted_exactly_up_to_ten_thousand() {
    let app = TestApp::empty().await;
    let staff = app.staff_with(&[CustomersView]).await;
    let plan = Plan { products: 0, customers: 10_000, orders: 0, carts: 0, seed: 1 };
    generate(app.services(), plan, &|| ()).await.unwrap();
    let count = async || customers(&staff, json!({ "first": 1 })).await["totalCount"].take();
    assert_eq!(count().await, 10_000);
    for more in [1, 2] {
        app.create_account(&format!("{more}@shop.example"), SOMEONES_PASSWORD, Kind::Customer).await;
        assert_eq!(count().await, 10_001, "{more} more");
    }
}

#[tokio::test]
async fn customer_is_found_by_id_and_staff_is_not() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[CustomersView, StaffEdit]).await;
    let customer = json!({ "id": app.customer().await.id().await });
    let expected = json!({ "email": DEMO_CUSTOMER, "kind": "CUSTOMER", "roles": [], "permissions": [],
        "needsSecondFactor": false });
    assert_eq!(staff.query(CUSTOMER, customer).await.data()["customer"], expected);
    let own = json!({ "id": staff.id().await });
    assert_eq!(staff.query(CUSTOMER, own).await.data()["customer"], Value::Null);
}

#[tokio::test]
async fn customer_update_changes_the_name() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[CustomersView, CustomersEdit]).await;
    let customer = app.customer().await.id().await;
    let changed =
        staff.mutate(CUSTOMER_UPDATE, json!({ "id": customer, "name": " Grace Hopper " })).await.ok();
    assert_eq!(changed, json!({ "customer": { "name": "Grace Hopper" }, "errors": [] }));
    for name in [json!("Grace Hopper"), Value::Null] {
        let same = staff.mutate(CUSTOMER_UPDATE, json!({ "id": customer, "name": name })).await.ok();
        assert_eq!(same["customer"]["name"], "Grace Hopper");
    }
    let entry = ("Account".to_owned(), None, Some(json!({ "name": "changed" })));
    assert_eq!(app.audited_changes("customerUpdate").await, [entry]);

    for name in ["a\nb", "a\u{202e}b", "\u{200b}", &"x".repeat(101)] {
        let update = staff.mutate(CUSTOMER_UPDATE, json!({ "id": customer, "name": name })).await;
        update.rejected("InvalidField").at("input.name");
    }
    let own = staff.id().await;
    let blind = app.staff_with(&[CustomersEdit]).await;
    for (client, id) in [(&staff, &own), (&blind, &customer)] {
        let update = client.mutate(CUSTOMER_UPDATE, json!({ "id": id, "name": "x" })).await;
        update.rejected("NotFound").at("input.id");
    }
}

#[tokio::test]
async fn account_block_ends_sessions_until_account_unblock() {
    let app = TestApp::start().await;
    let other = app.another_instance().await;
    let staff = app.staff_with(&[CustomersView, CustomersEdit]).await;
    let customer = app.customer().await;
    let input = json!({ "id": customer.id().await });
    let mut socket = Socket::connect(&app, customer.token.as_deref()).await;
    socket.subscribe("1", SESSION_REVOKED.text).await;
    socket.subscribe("2", "{ __typename }").await;
    assert_eq!(socket.receive().await["id"], "2");
    assert_eq!(socket.receive().await["type"], "complete");
    app.anonymous().mutate(PASSWORD_RESET_REQUEST, json!({ "email": DEMO_CUSTOMER })).await.ok();
    app.mail_to(DEMO_CUSTOMER).await.token();

    let blocked = staff.mutate(ACCOUNT_BLOCK, input.clone()).await.ok();
    assert_eq!(blocked["account"]["email"], DEMO_CUSTOMER);
    assert!(blocked["account"]["blockedAt"].is_string());
    for instance in [&app, &other] {
        let client = instance.anonymous().with_token(customer.token.clone().unwrap());
        client.query(ME, json!({})).await.failed("UNAUTHENTICATED", "Log in again");
    }
    let heard = socket.receive().await;
    assert_eq!(heard["payload"]["data"]["sessionRevoked"]["isCurrent"], true, "{heard}");
    let tokens = one_time_token::Entity::find().count(app.services().db.connection()).await.unwrap();
    assert_eq!(tokens, 0, "the letter opens nothing any more");
    let again = staff.mutate(ACCOUNT_BLOCK, input.clone()).await.ok();
    assert_eq!(again["account"], blocked["account"], "twice is once");

    let unblocked = staff.mutate(ACCOUNT_UNBLOCK, input.clone()).await.ok();
    assert_eq!(unblocked["account"], json!({ "email": DEMO_CUSTOMER, "blockedAt": null }));
    staff.mutate(ACCOUNT_UNBLOCK, input).await.ok();
    customer.query(ME, json!({})).await.failed("UNAUTHENTICATED", "Log in again");
    app.customer().await.query(ME, json!({})).await.data();

    let change = |before: bool, after: bool| {
        let blocked = |is_blocked: bool| Some(json!({ "blocked": is_blocked }));
        ("Account".to_owned(), blocked(before), blocked(after))
    };
    assert_eq!(app.audited_changes("accountBlock").await, [change(false, true)]);
    assert_eq!(app.audited_changes("accountUnblock").await, [change(true, false)]);
}

#[tokio::test]
async fn account_block_mails_the_owner() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[CustomersView, CustomersEdit]).await;
    let customer = json!({ "id": app.someone("ada@shop.example", Kind::Customer).await.id().await });
    staff.mutate(ACCOUNT_BLOCK, customer.clone()).await.ok();
    let letter = app.mail_to("ada@shop.example").await;
    assert!(letter.text.contains("blocked"), "{}", letter.text);
}

#[tokio::test]
async fn login_to_a_blocked_account_is_answered_like_a_wrong_password() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[CustomersView, CustomersEdit]).await;
    let customer = app.someone("ada@shop.example", Kind::Customer).await;
    staff.mutate(ACCOUNT_BLOCK, json!({ "id": customer.id().await })).await.ok();
    let login = async |password: &str| {
        let input = json!({ "email": "ada@shop.example", "password": password });
        app.anonymous().mutate(LOGIN, input).await.rejected("InvalidCredentials").to_vec()
    };
    assert_eq!(login(SOMEONES_PASSWORD).await, login("wrong").await);
}

#[tokio::test]
async fn account_block_refuses_oneself_and_accounts_that_may_do_more() {
    let app = TestApp::start().await;
    let boss = app.admin().await;
    let input = async |client: Client| json!({ "id": client.id().await });
    let (customer, staff) = (input(app.customer().await).await, input(app.staff().await).await);
    let admin = input(boss.clone()).await;

    let clerk = app.staff_with(&[CustomersView, CustomersEdit]).await;
    for mutation in [ACCOUNT_BLOCK, ACCOUNT_UNBLOCK] {
        clerk.mutate(mutation, staff.clone()).await.rejected("NotFound").at("input.id");
        for permissions in [&[CustomersView][..], &[StaffEdit, CustomersView]] {
            let reader = app.staff_with(permissions).await;
            reader.mutate(mutation, customer.clone()).await.failed("FORBIDDEN", "CUSTOMERS_EDIT");
        }
        let manager = app.staff_with(&[StaffEdit]).await;
        manager.mutate(mutation, customer.clone()).await.rejected("NotFound").at("input.id");
        let everything = app.staff_with(entity::Permission::ALL).await;
        for (client, account) in [(&manager, &staff), (&manager, &admin), (&everything, &admin)] {
            client.mutate(mutation, account.clone()).await.rejected("AccountMayDoMore").at("input.id");
        }
    }
    boss.mutate(ACCOUNT_BLOCK, admin).await.rejected("CannotBlockYourself").at("input.id");
    assert_eq!(app.audited_changes("accountBlock").await, []);
    assert_eq!(boss.mutate(ACCOUNT_BLOCK, staff).await.ok()["account"]["email"], DEMO_STAFF);
}

/// However many rows a page has, the statements are as many as the levels that it reads.
#[tokio::test]
async fn customers_page_takes_a_constant_number_of_statements() {
    let app = TestApp::start().await;
    for number in 0..5 {
        app.someone(&format!("c{number}@shop.example"), Kind::Customer).await;
    }
    let staff = app.staff_with(&[CustomersView]).await;
    let count = async |first: usize| {
        let query = staff.query(CUSTOMERS_WITH_DETAILS, json!({ "first": first }));
        let (reply, statements) = app.counting_statements(query).await;
        assert_eq!(reply.data()["customers"]["nodes"].as_array().unwrap().len(), first);
        statements
    };
    assert_eq!(count(1).await, count(6).await);
}
