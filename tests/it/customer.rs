//! Customers as staff sees them, and blocking accounts.

use std::time::Duration;

use bodega::domain::sample::{DEMO_ADMIN, DEMO_CUSTOMER, DEMO_PASSWORD, DEMO_STAFF, Plan, generate};
use entity::{
    Permission::{CustomersEdit, CustomersView, StaffEdit},
    account::Kind,
    audit_entry, one_time_token,
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use crate::support::{Client, SOMEONES_PASSWORD, Socket, TestApp, client::LOGIN};

const UPDATE: &str = "mutation ($input: CustomerUpdateInput!) { customerUpdate(input: $input) {
    customer { name } errors { ...Error } } }";
const BLOCK: &str = "mutation ($input: AccountBlockInput!) { accountBlock(input: $input) {
    account { email blockedAt } errors { ...Error } } }";
const UNBLOCK: &str = "mutation ($input: AccountUnblockInput!) { accountUnblock(input: $input) {
    account { email blockedAt } errors { ...Error } } }";
const ERROR: &str = "fragment Error on UserError { __typename message path }";

/// The payload of a mutation.
async fn call(client: &Client, mutation: &str, input: Value) -> Value {
    let data = client.ask(&format!("{mutation} {ERROR}"), json!({ "input": input })).await.data();
    data.as_object().unwrap().values().next().unwrap().clone()
}

/// The type and the path of the only error of a payload.
async fn error(client: &Client, mutation: &str, input: Value) -> (String, String) {
    let payload = call(client, mutation, input).await;
    let errors = payload["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1, "{payload}");
    let path: Vec<_> =
        errors[0]["path"].as_array().unwrap().iter().map(|part| part.as_str().unwrap()).collect();
    (errors[0]["__typename"].as_str().unwrap().to_owned(), path.join("."))
}

fn wrong(name: &str, path: &str) -> (String, String) {
    (name.to_owned(), path.to_owned())
}

async fn id(client: &Client) -> Value {
    client.run("{ me { id } }").await.data()["me"]["id"].take()
}

async fn customers(client: &Client, arguments: &str) -> Value {
    let arguments = if arguments.is_empty() { String::new() } else { format!("({arguments})") };
    let query =
        format!("{{ customers{arguments} {{ totalCount nodes {{ email }} pageInfo {{ endCursor }} }} }}");
    client.run(&query).await.data()["customers"].take()
}

fn emails(page: &Value) -> Vec<&str> {
    page["nodes"].as_array().unwrap().iter().map(|node| node["email"].as_str().unwrap()).collect()
}

async fn audited(app: &TestApp, action: &str) -> Vec<(Option<Value>, Option<Value>)> {
    let entries = audit_entry::Entity::find().filter(audit_entry::Column::Action.eq(action));
    let entries = entries.all(app.services().db.connection()).await.unwrap();
    entries.into_iter().map(|entry| (entry.before, entry.after)).collect()
}

#[tokio::test]
async fn customers_are_listed_searched_and_sorted() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[CustomersView, CustomersEdit]).await;
    for (email, name) in [("zoe@shop.example", "Ada Byron"), ("abe@shop.example", "Zeno 100%")] {
        app.clock.advance(Duration::from_secs(1));
        let new = app.someone(email, Kind::Customer).await;
        call(&staff, UPDATE, json!({ "id": id(&new).await, "name": name })).await;
        if email.starts_with("abe") {
            call(&staff, BLOCK, json!({ "id": id(&new).await })).await;
            new.run("{ me { id } }").await.failed("UNAUTHENTICATED", "Log in again");
        }
    }
    let (abe, zoe) = ("abe@shop.example", "zoe@shop.example");
    for (arguments, expected) in [
        ("", vec![abe, zoe, DEMO_CUSTOMER]),
        ("sort: { key: CREATED_AT }", vec![DEMO_CUSTOMER, zoe, abe]),
        ("sort: { key: EMAIL }", vec![abe, DEMO_CUSTOMER, zoe]),
        ("sort: { key: NAME, direction: DESC }", vec![abe, zoe, DEMO_CUSTOMER]),
        ("sort: { key: EMAIL }, filter: { search: \"SHOP.\" }", vec![abe, zoe]),
        ("filter: { search: \"byron\" }", vec![zoe]),
        ("filter: { search: \"0%\" }", vec![abe]),
        ("filter: { search: \"\" }, sort: { key: EMAIL }", vec![abe, DEMO_CUSTOMER, zoe]),
        ("filter: { search: \"staff\" }", vec![]),
        ("filter: { isBlocked: true }", vec![abe]),
        ("filter: { isBlocked: false, search: \"zoe\" }", vec![zoe]),
    ] {
        let page = customers(&staff, arguments).await;
        assert_eq!(
            (emails(&page), &page["totalCount"]),
            (expected.clone(), &json!(expected.len())),
            "{arguments}"
        );
    }
    let first = customers(&staff, "sort: { key: NAME }, first: 1").await;
    let after = first["pageInfo"]["endCursor"].as_str().unwrap();
    let rest = customers(&staff, &format!("sort: {{ key: NAME }}, after: \"{after}\"")).await;
    assert_eq!((emails(&first), emails(&rest)), (vec![DEMO_CUSTOMER], vec![zoe, abe]));
    let long = format!("{{ customers(filter: {{ search: \"{}\" }}) {{ totalCount }} }}", "x".repeat(201));
    staff.run(&long).await.failed("BAD_USER_INPUT", "`filter.search` is longer than 200");
}

/// Who has more than that asks for something more precise.
#[tokio::test]
async fn customers_are_counted_exactly_up_to_ten_thousand() {
    let app = TestApp::empty().await;
    let staff = app.staff_with(&[CustomersView]).await;
    let plan = Plan { products: 0, customers: 10_000, orders: 0, seed: 1 };
    generate(app.services(), plan, &|| ()).await.unwrap();
    let count = async || customers(&staff, "first: 1").await["totalCount"].take();
    assert_eq!(count().await, 10_000);
    for more in [1, 2] {
        app.create_account(&format!("{more}@shop.example"), SOMEONES_PASSWORD, Kind::Customer).await;
        assert_eq!(count().await, 10_001, "{more} more");
    }
}

#[tokio::test]
async fn a_customer_is_found_by_the_id_and_staff_is_none() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[CustomersView, StaffEdit]).await;
    let query =
        "query ($id: ID!) { customer(id: $id) { email kind roles { name } permissions needsSecondFactor } }";
    let customer = json!({ "id": id(&app.customer().await).await });
    let expected = json!({ "email": DEMO_CUSTOMER, "kind": "CUSTOMER", "roles": [], "permissions": [],
        "needsSecondFactor": false });
    assert_eq!(staff.ask(query, customer).await.data()["customer"], expected);
    let own = json!({ "id": id(&staff).await });
    assert_eq!(staff.ask(query, own).await.data()["customer"], Value::Null);
}

#[tokio::test]
async fn staff_corrects_the_name_of_a_customer() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[CustomersView, CustomersEdit]).await;
    let customer = id(&app.customer().await).await;
    let changed = call(&staff, UPDATE, json!({ "id": customer, "name": " Grace Hopper " })).await;
    assert_eq!(changed, json!({ "customer": { "name": "Grace Hopper" }, "errors": [] }));
    for name in [json!("Grace Hopper"), Value::Null] {
        let same = call(&staff, UPDATE, json!({ "id": customer, "name": name })).await;
        assert_eq!(same["customer"]["name"], "Grace Hopper");
    }
    assert_eq!(audited(&app, "customerUpdate").await, [(None, Some(json!({ "name": "changed" })))]);

    let invalid = wrong("InvalidField", "input.name");
    for name in ["a\nb", "a\u{202e}b", "\u{200b}", &"x".repeat(101)] {
        assert_eq!(error(&staff, UPDATE, json!({ "id": customer, "name": name })).await, invalid);
    }
    let unseen = wrong("NotFound", "input.id");
    let own = id(&staff).await;
    assert_eq!(error(&staff, UPDATE, json!({ "id": own, "name": "x" })).await, unseen);
    let blind = app.staff_with(&[CustomersEdit]).await;
    assert_eq!(error(&blind, UPDATE, json!({ "id": customer, "name": "x" })).await, unseen);
}

#[tokio::test]
async fn whoever_is_blocked_is_out_at_once_until_they_are_unblocked() {
    let app = TestApp::start().await;
    let other = app.another_instance().await;
    let staff = app.staff_with(&[CustomersView, CustomersEdit]).await;
    let customer = app.customer().await;
    let input = json!({ "id": id(&customer).await });
    let mut socket = Socket::connect(&app, customer.token.as_deref()).await;
    socket.subscribe("1", "subscription { sessionRevoked { isCurrent } }").await;
    socket.subscribe("2", "{ __typename }").await;
    assert_eq!(socket.receive().await["id"], "2");
    assert_eq!(socket.receive().await["type"], "complete");
    let reset = "mutation ($email: String!) { passwordResetRequest(input: { email: $email }) { errors { __typename } } }";
    app.anonymous().ask(reset, json!({ "email": DEMO_CUSTOMER })).await.data();
    app.mail_to(DEMO_CUSTOMER).await.token();

    let blocked = call(&staff, BLOCK, input.clone()).await;
    assert_eq!((&blocked["account"]["email"], &blocked["errors"]), (&json!(DEMO_CUSTOMER), &json!([])));
    assert!(blocked["account"]["blockedAt"].is_string());
    for instance in [&app, &other] {
        let client = instance.anonymous().with_token(customer.token.clone().unwrap());
        client.run("{ me { id } }").await.failed("UNAUTHENTICATED", "Log in again");
    }
    let heard = socket.receive().await;
    assert_eq!(heard["payload"]["data"]["sessionRevoked"]["isCurrent"], true, "{heard}");
    let tokens = one_time_token::Entity::find().count(app.services().db.connection()).await.unwrap();
    assert_eq!(tokens, 0, "the letter opens nothing any more");
    let again = call(&staff, BLOCK, input.clone()).await;
    assert_eq!(again["account"], blocked["account"], "twice is once");

    let unblocked = call(&staff, UNBLOCK, input.clone()).await;
    assert_eq!(unblocked["account"], json!({ "email": DEMO_CUSTOMER, "blockedAt": null }));
    assert_eq!(call(&staff, UNBLOCK, input).await["errors"], json!([]));
    customer.run("{ me { id } }").await.failed("UNAUTHENTICATED", "Log in again");
    app.customer().await.run("{ me { id } }").await.data();

    let (yes, no) = (|| Some(json!({ "blocked": true })), || Some(json!({ "blocked": false })));
    assert_eq!(audited(&app, "accountBlock").await, [(no(), yes())]);
    assert_eq!(audited(&app, "accountUnblock").await, [(yes(), no())]);
}

#[tokio::test]
async fn the_owner_is_told_by_mail() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[CustomersView, CustomersEdit]).await;
    let customer = json!({ "id": id(&app.someone("ada@shop.example", Kind::Customer).await).await });
    call(&staff, BLOCK, customer.clone()).await;
    let letter = app.mail_to("ada@shop.example").await;
    assert!(letter.text.contains("blocked"), "{}", letter.text);
}

#[tokio::test]
async fn whoever_is_blocked_is_answered_like_somebody_with_a_wrong_password() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[CustomersView, CustomersEdit]).await;
    let customer = app.someone("ada@shop.example", Kind::Customer).await;
    call(&staff, BLOCK, json!({ "id": id(&customer).await })).await;
    let login = async |password: &str| {
        let input = json!({ "email": "ada@shop.example", "password": password });
        app.anonymous().ask(LOGIN, json!({ "input": input })).await.data()["login"].take()
    };
    let answer = login(SOMEONES_PASSWORD).await;
    assert_eq!(answer["errors"][0]["__typename"], "InvalidCredentials", "{answer}");
    assert_eq!(answer, login("wrong").await);
}

#[tokio::test]
async fn nobody_blocks_themselves_or_somebody_who_may_do_more() {
    let app = TestApp::start().await;
    let boss = app.anonymous().login(DEMO_ADMIN, DEMO_PASSWORD).await;
    let customer = json!({ "id": id(&app.customer().await).await });
    let staff = json!({ "id": id(&app.anonymous().login(DEMO_STAFF, DEMO_PASSWORD).await).await });
    let admin = json!({ "id": id(&boss).await });
    let (unseen, more) = (wrong("NotFound", "input.id"), wrong("AccountMayDoMore", "input.id"));

    let clerk = app.staff_with(&[CustomersView, CustomersEdit]).await;
    for mutation in [BLOCK, UNBLOCK] {
        assert_eq!(error(&clerk, mutation, staff.clone()).await, unseen);
        let document = format!("{mutation} {ERROR}");
        for permissions in [&[CustomersView][..], &[StaffEdit, CustomersView]] {
            let reader = app.staff_with(permissions).await;
            let reply = reader.ask(&document, json!({ "input": customer })).await;
            reply.failed("FORBIDDEN", "CUSTOMERS_EDIT");
        }
        let manager = app.staff_with(&[StaffEdit]).await;
        assert_eq!(error(&manager, mutation, customer.clone()).await, unseen);
        assert_eq!(error(&manager, mutation, staff.clone()).await, more);
        assert_eq!(error(&manager, mutation, admin.clone()).await, more);
        let everything = app.staff_with(entity::Permission::ALL).await;
        assert_eq!(error(&everything, mutation, admin.clone()).await, more);
    }
    assert_eq!(error(&boss, BLOCK, admin).await, wrong("CannotBlockYourself", "input.id"));
    assert_eq!(audited(&app, "accountBlock").await, []);
    assert_eq!(call(&boss, BLOCK, staff).await["account"]["email"], DEMO_STAFF);
}

/// However many rows a page has, the statements are as many as the levels that it reads.
#[tokio::test]
async fn the_number_of_statements_does_not_grow_with_the_page() {
    let app = TestApp::start().await;
    for number in 0..5 {
        app.someone(&format!("c{number}@shop.example"), Kind::Customer).await;
    }
    let staff = app.staff_with(&[CustomersView]).await;
    let query = "query ($first: Int) { customers(first: $first) {
        nodes { email permissions roles { name } addresses { city } defaultShippingAddress { city } } } }";
    let mut counts = Vec::new();
    for first in [1, 6] {
        let before = app.statements();
        let data = staff.ask(query, json!({ "first": first })).await.data();
        assert_eq!(data["customers"]["nodes"].as_array().unwrap().len(), first);
        counts.push(app.statements() - before);
    }
    assert_eq!(counts[0], counts[1]);
}
