//! The address book of an account.

use std::time::Duration;

use bodega::domain::sample::{DEMO_CUSTOMER, DEMO_PASSWORD};
use entity::{account, account::Kind, address};
use futures_util::future::join_all;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel, PaginatorTrait};
use serde_json::{Value, json};

use crate::{
    operations::{
        ADDRESS_BOOK, ADDRESS_COUNTRIES, ADDRESS_CREATE, ADDRESS_DELETE, ADDRESS_NODE, ADDRESS_UPDATE,
        ADDRESSES, COUNTRIES, COUNTRY, LOGIN_ADDRESSES, ME, NODES,
    },
    support::{Client, Errors, Outcome, Query, TestApp},
};

fn valid() -> Value {
    json!({ "name": "Ada Lovelace", "line1": "12 St James's Square", "city": "London", "countryCode": "GB" })
}

/// The valid input, changed.
fn with(field: &str, value: impl Into<Value>) -> Value {
    let mut input = valid();
    input[field] = value.into();
    input
}

async fn create(client: &Client, input: Value) -> Value {
    client.mutate(ADDRESS_CREATE, input).await.ok()["address"].take()
}

async fn update(client: &Client, input: Value) -> Value {
    client.mutate(ADDRESS_UPDATE, input).await.ok()["address"].take()
}

/// The fields that are wrong, as `field PROBLEM`.
fn problems(errors: &Errors) -> Vec<String> {
    let problem = |error: &Value| {
        assert_eq!(error["path"][0], "input");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        format!("{} {}", text(&error["path"][1]), text(&error["problem"]))
    };
    errors.iter().map(problem).collect()
}

/// How many addresses there are, of whomever.
async fn count(app: &TestApp) -> u64 {
    address::Entity::find().count(app.services().db.connection()).await.unwrap()
}

#[tokio::test]
async fn address_is_created_read_updated_and_deleted() {
    let app = TestApp::start().await;
    let client = app.customer().await;
    let full = json!({
        "name": "  Grace Hopper ", "company": "Navy", "line1": "1 Infinite Loop", "line2": " Floor 2",
        "city": "Cupertino", "subdivisionCode": "US-CA", "postalCode": "95014", "countryCode": "US",
        "phone": "+1 (408) 996-1010/2",
    });
    let added = create(&client, full).await;
    let id = added["id"].clone();
    let mut expected = json!({
        "id": id, "name": "Grace Hopper", "company": "Navy", "line1": "1 Infinite Loop", "line2": "Floor 2",
        "city": "Cupertino", "subdivisionCode": "US-CA", "postalCode": "95014", "countryCode": "US",
        "phone": "+1 (408) 996-1010/2", "isDefaultShipping": true, "isDefaultBilling": true,
        "createdAt": added["createdAt"], "updatedAt": added["createdAt"],
    });
    assert_eq!(added, expected);
    assert_eq!(client.query(ADDRESSES, json!({})).await.data()["me"]["addresses"], json!([expected]));

    app.clock.advance(Duration::from_secs(1));
    let change = json!({ "id": id, "city": "Palo Alto", "company": null, "line2": "  ", "phone": "" });
    let changed = update(&client, change).await;
    assert!(changed["updatedAt"].as_str() > added["updatedAt"].as_str());
    for (field, value) in [
        ("city", json!("Palo Alto")),
        ("company", Value::Null),
        ("line2", Value::Null),
        ("phone", Value::Null),
        ("updatedAt", changed["updatedAt"].clone()),
    ] {
        expected[field] = value;
    }
    assert_eq!(changed, expected, "what was left out stays");
    assert_eq!(client.query(ADDRESS_NODE, json!({ "id": id })).await.data()["node"], expected);

    let deleted = client.mutate(ADDRESS_DELETE, json!({ "id": id })).await.ok();
    assert_eq!(deleted, json!({ "deletedId": id, "errors": [] }));
    let nothing = json!({ "addresses": [], "defaultShippingAddress": null, "defaultBillingAddress": null });
    assert_eq!(client.query(ADDRESS_BOOK, json!({})).await.data()["me"], nothing);
}

#[tokio::test]
async fn address_country_and_subdivision_are_named() {
    let app = TestApp::start().await;
    let client = app.customer().await;
    let mut input = with("countryCode", "US");
    input["subdivisionCode"] = json!("US-CA");
    create(&client, input).await;
    let expected = json!([{ "country": { "name": "United States of America" },
        "subdivision": { "code": "US-CA", "name": "California", "category": "State" } }]);
    assert_eq!(client.query(ADDRESS_COUNTRIES, json!({})).await.data()["me"]["addresses"], expected);
}

#[tokio::test]
async fn address_default_is_the_first_until_another_takes_its_place() {
    let app = TestApp::start().await;
    let client = app.customer().await;
    let mut ids = Vec::new();
    for field in ["isDefaultShipping", "city", "isDefaultBilling"] {
        let value = if field == "city" { json!("Bath") } else { json!(true) };
        ids.push(create(&client, with(field, value)).await["id"].clone());
        app.clock.advance(Duration::from_secs(1));
    }
    let book = async |ids: &[Value], shipping: Option<&Value>, billing: Option<&Value>| {
        let id = |id: Option<&Value>| id.map(|id| json!({ "id": id })).unwrap_or_default();
        let addresses: Vec<_> = ids.iter().map(|id| json!({ "id": id })).collect();
        let expected = json!({ "addresses": addresses, "defaultShippingAddress": id(shipping),
            "defaultBillingAddress": id(billing) });
        assert_eq!(client.query(ADDRESS_BOOK, json!({})).await.data()["me"], expected);
    };
    book(&ids, Some(&ids[0]), Some(&ids[2])).await;
    let both = json!({ "id": ids[1], "isDefaultShipping": true, "isDefaultBilling": true });
    let taken = update(&client, both.clone()).await;
    assert_eq!([&taken["isDefaultShipping"], &taken["isDefaultBilling"]], [&json!(true); 2]);
    book(&ids, Some(&ids[1]), Some(&ids[1])).await;
    update(&client, both).await;
    update(&client, json!({ "id": ids[1], "isDefaultShipping": null, "isDefaultBilling": false })).await;
    book(&ids, Some(&ids[1]), None).await;
    update(&client, json!({ "id": ids[0], "isDefaultBilling": true })).await;
    book(&ids, Some(&ids[1]), Some(&ids[0])).await;
    client.mutate(ADDRESS_DELETE, json!({ "id": ids[1] })).await.ok();
    book(&[ids[0].clone(), ids[2].clone()], None, Some(&ids[0])).await;
}

#[tokio::test]
async fn address_default_is_unique_in_the_database() {
    let app = TestApp::start().await;
    let client = app.customer().await;
    create(&client, valid()).await;
    create(&client, valid()).await;
    let db = app.services().db.connection();
    let rows = address::Entity::find().all(db).await.unwrap();
    let second = rows.into_iter().find(|row| !row.is_default_shipping).unwrap();
    for (shipping, billing) in [(true, false), (false, true)] {
        let mut row = second.clone().into_active_model();
        (row.is_default_shipping, row.is_default_billing) = (Set(shipping), Set(billing));
        let error = row.update(db).await.unwrap_err();
        assert!(matches!(error.sql_err(), Some(sea_orm::SqlErr::UniqueConstraintViolation(_))), "{error}");
    }
}

#[tokio::test]
async fn address_errors_are_reported_together() {
    let app = TestApp::start().await;
    let client = app.customer().await;
    let wrong = json!({
        "name": " ", "company": "a\nb", "line1": "", "line2": "x".repeat(201), "city": "y".repeat(101),
        "subdivisionCode": "US-ZZ", "postalCode": "1".repeat(21), "countryCode": "ZZ", "phone": "call me",
    });
    let errors = client.mutate(ADDRESS_CREATE, wrong.clone()).await.rejected("InvalidField");
    let expected = [
        "name REQUIRED",
        "company FORBIDDEN_CHARACTER",
        "line1 REQUIRED",
        "line2 TOO_LONG",
        "city TOO_LONG",
        "subdivisionCode UNKNOWN_VALUE",
        "postalCode TOO_LONG",
        "countryCode UNKNOWN_VALUE",
        "phone INVALID_FORMAT",
    ];
    assert_eq!(problems(&errors), expected);
    assert_eq!(errors[4]["message"], "The city is longer than 100 characters.");
    assert_eq!(count(&app).await, 0);

    let kept = create(&client, valid()).await;
    let mut change = wrong;
    change["id"] = kept["id"].clone();
    assert_eq!(problems(&client.mutate(ADDRESS_UPDATE, change).await.rejected("InvalidField")), expected);
    let nulls = json!({ "id": kept["id"], "name": null, "line1": null, "city": null, "countryCode": null });
    let missing = ["name REQUIRED", "line1 REQUIRED", "city REQUIRED", "countryCode REQUIRED"];
    assert_eq!(problems(&client.mutate(ADDRESS_UPDATE, nulls).await.rejected("InvalidField")), missing);
    assert_eq!(update(&client, json!({ "id": kept["id"] })).await["name"], "Ada Lovelace");
}

#[tokio::test]
async fn address_texts_have_limits() {
    let app = TestApp::start().await;
    let client = app.customer().await;
    let id = create(&client, valid()).await["id"].clone();
    let set = async |field: &str, value: &str| {
        client.mutate(ADDRESS_UPDATE, json!({ "id": id, field: value })).await
    };
    let accepted = async |field: &str, value: &str| {
        assert_eq!(set(field, value).await.ok()["address"][field], value);
    };
    let rejected = async |field: &str, value: &str, problem: &str| {
        let error = set(field, value).await.rejected("InvalidField").at(&format!("input.{field}"));
        assert_eq!(error["problem"], problem, "{value:.9?}");
    };
    for (field, max) in
        [("name", 100), ("company", 100), ("line1", 200), ("line2", 200), ("city", 100), ("postalCode", 20)]
    {
        accepted(field, &"\u{1F3E0}".repeat(max)).await;
        for length in [max + 1, 20_000] {
            rejected(field, &"\u{e4}".repeat(length), "TOO_LONG").await;
        }
        for text in ["a\u{1}b", "a\u{1b}[31m", "a\u{85}b", "a\u{2028}b", "\u{7f}", "a\u{202e}b", "\u{200b}"] {
            rejected(field, text, "FORBIDDEN_CHARACTER").await;
        }
    }
    for phone in ["+49 (0)30/123-456", "1", &"1".repeat(32)] {
        accepted("phone", phone).await;
    }
    for (phone, problem) in [
        ("+-()/", "INVALID_FORMAT"),
        ("12x", "INVALID_FORMAT"),
        ("\u{661}\u{662}", "INVALID_FORMAT"),
        (&"1".repeat(33), "TOO_LONG"),
    ] {
        rejected("phone", phone, problem).await;
    }
    for country in ["", "g", "gbr", "GBR", "XX", "UK", &"G".repeat(20_000)] {
        rejected("countryCode", country, if country.is_empty() { "REQUIRED" } else { "UNKNOWN_VALUE" }).await;
    }
}

#[tokio::test]
async fn address_codes_are_stored_in_capital_letters() {
    let app = TestApp::start().await;
    let client = app.customer().await;
    let mut input = with("countryCode", "us");
    input["subdivisionCode"] = json!("us-ca");
    let added = create(&client, input).await;
    assert_eq!((&added["countryCode"], &added["subdivisionCode"]), (&json!("US"), &json!("US-CA")));
    let change = json!({ "id": added["id"], "countryCode": "Gb", "subdivisionCode": "gB-edh" });
    let changed = update(&client, change).await;
    assert_eq!((&changed["countryCode"], &changed["subdivisionCode"]), (&json!("GB"), &json!("GB-EDH")));
}

#[tokio::test]
async fn address_subdivision_belongs_to_its_country() {
    let app = TestApp::start().await;
    let client = app.customer().await;
    let foreign = ["subdivisionCode INCONSISTENT"];
    assert_eq!(
        problems(
            &client.mutate(ADDRESS_CREATE, with("subdivisionCode", "US-CA")).await.rejected("InvalidField")
        ),
        foreign
    );
    let id = create(&client, with("subdivisionCode", "GB-EDH")).await["id"].clone();
    for change in [json!({ "countryCode": "US" }), json!({ "subdivisionCode": "US-CA" })] {
        let mut input = change.clone();
        input["id"] = id.clone();
        assert_eq!(
            problems(&client.mutate(ADDRESS_UPDATE, input).await.rejected("InvalidField")),
            foreign,
            "{change}"
        );
    }
    let both = json!({ "id": id, "countryCode": "US", "subdivisionCode": "US-CA" });
    assert_eq!(update(&client, both).await["subdivisionCode"], "US-CA");
    let neither = json!({ "id": id, "countryCode": "DE", "subdivisionCode": null });
    assert_eq!(update(&client, neither).await["subdivisionCode"], Value::Null);
}

/// ISO withdraws codes of parts now and then: France's regions got new ones in 2016.
#[tokio::test]
async fn address_with_a_withdrawn_code_can_still_be_used() {
    let app = TestApp::start().await;
    let client = app.customer().await;
    let id = create(&client, with("countryCode", "FR")).await["id"].clone();
    let db = app.services().db.connection();
    let mut row = address::Entity::find().one(db).await.unwrap().unwrap().into_active_model();
    row.subdivision = Set(Some("FR-O".to_owned()));
    row.update(db).await.unwrap();
    let changed = update(&client, json!({ "id": id, "phone": "1" })).await;
    assert_eq!((&changed["subdivisionCode"], &changed["phone"]), (&json!("FR-O"), &json!("1")));
    let expected = json!([{ "subdivision": null, "country": { "name": "France" } }]);
    assert_eq!(client.query(ADDRESS_COUNTRIES, json!({})).await.data()["me"]["addresses"], expected);
    let change = json!({ "id": id, "subdivisionCode": "FR-O" });
    assert_eq!(
        problems(&client.mutate(ADDRESS_UPDATE, change).await.rejected("InvalidField")),
        ["subdivisionCode UNKNOWN_VALUE"]
    );
}

/// From two instances at once: neither sees what the other has not committed.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn address_limit_holds_for_concurrent_requests() {
    let app = TestApp::start().await;
    let second = app.another_instance().await;
    let client = app.customer().await;
    let clients = [client.clone(), second.anonymous().with_token(client.token.clone().unwrap())];
    let calls = (0..60).map(|n| {
        let client = clients[n % 2].clone();
        tokio::spawn(async move { client.mutate(ADDRESS_CREATE, with("isDefaultShipping", true)).await })
    });
    let is_refused = |outcome: &Outcome| {
        let error = outcome.rejected("AddressLimitReached")[0].clone();
        assert_eq!((&error["path"], &error["max"]), (&Value::Null, &json!(50)));
        assert_eq!(error["message"], "An account can have at most 50 addresses. Remove one first.");
    };
    let outcomes: Vec<_> = join_all(calls).await.into_iter().map(Result::unwrap).collect();
    let refused =
        outcomes.iter().filter(|outcome| outcome.reply.data()["addressCreate"]["address"].is_null());
    let refused: Vec<_> = refused.inspect(|outcome| is_refused(outcome)).collect();
    assert_eq!((refused.len(), count(&app).await), (10, 50));

    let addresses = client.query(ADDRESSES, json!({})).await.data()["me"]["addresses"].take();
    for flag in ["isDefaultShipping", "isDefaultBilling"] {
        let defaults = addresses.as_array().unwrap().iter().filter(|address| address[flag] == true);
        assert_eq!(defaults.count(), 1, "{flag}");
    }
    client.mutate(ADDRESS_DELETE, json!({ "id": addresses[0]["id"] })).await.ok();
    create(&client, valid()).await;
    is_refused(&client.mutate(ADDRESS_CREATE, valid()).await);
    assert_eq!(count(&app).await, 50);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn address_default_stays_single_after_concurrent_updates() {
    let app = TestApp::start().await;
    let client = app.customer().await;
    let mut ids = Vec::new();
    for _ in 0..8 {
        ids.push(create(&client, valid()).await["id"].clone());
    }
    let calls = ids.into_iter().map(|id| {
        let client = client.clone();
        let choice = json!({ "id": id, "isDefaultShipping": true, "isDefaultBilling": true });
        tokio::spawn(async move { update(&client, choice).await })
    });
    join_all(calls).await.into_iter().for_each(|call| assert_eq!(call.unwrap()["isDefaultBilling"], true));
    let rows = address::Entity::find().all(app.services().db.connection()).await.unwrap();
    let (shipping, billing): (Vec<_>, Vec<_>) =
        rows.iter().map(|row| (row.is_default_shipping, row.is_default_billing)).unzip();
    assert_eq!([shipping, billing].map(|flags| flags.into_iter().filter(|flag| *flag).count()), [1, 1]);
}

#[tokio::test]
async fn address_of_another_account_is_not_found() {
    let app = TestApp::start().await;
    let (owner, other) = (app.customer().await, app.someone("other@demo.example", Kind::Customer).await);
    let id = create(&owner, valid()).await["id"].clone();
    let own = create(&other, valid()).await["id"].clone();
    let before = address::Entity::in_order().all(app.services().db.connection()).await.unwrap();
    let absent = "BQAAAAAAAAAAAAAAAAAAAAA";
    for id in [&id, &json!(absent)] {
        let update = json!({ "id": id, "city": "", "isDefaultShipping": true });
        for (mutation, input) in [(ADDRESS_UPDATE, update), (ADDRESS_DELETE, json!({ "id": id }))] {
            let error = other.mutate(mutation, input).await.rejected("NotFound").at("input.id");
            assert_eq!((&error["id"], &error["message"]), (id, &json!("There is no address with this id.")));
        }
        let found = json!([null, { "__typename": "Address", "id": own }]);
        assert_eq!(other.query(NODES, json!({ "ids": [id, own] })).await.data()["nodes"], found);
        let anonymous = app.anonymous().query(NODES, json!({ "ids": [id] })).await;
        assert_eq!(anonymous.data()["nodes"], json!([null]));
    }
    for mutation in [ADDRESS_UPDATE, ADDRESS_DELETE] {
        for (id, why) in [(other.id().await, "is the id of an Account"), (json!("x"), "is not an id")] {
            let outcome = other.mutate(mutation, json!({ "id": id })).await;
            outcome.failed("BAD_USER_INPUT", &format!("`input.id` {why}"));
        }
    }
    assert_eq!(address::Entity::in_order().all(app.services().db.connection()).await.unwrap(), before);
}

#[tokio::test]
async fn address_book_takes_a_constant_number_of_statements() {
    let app = TestApp::start().await;
    let client = app.customer().await;
    let statements = async |query: Query, variables: Value| {
        let (reply, statements) = app.counting_statements(client.query(query, variables)).await;
        reply.data();
        statements
    };
    let (mut ids, mut counts) = (Vec::new(), Vec::new());
    for size in [1, 20] {
        while ids.len() < size {
            ids.push(create(&client, valid()).await["id"].clone());
        }
        let me = statements(ME, json!({})).await;
        counts.push((
            statements(ADDRESS_BOOK, json!({})).await - me,
            statements(NODES, json!({ "ids": ids })).await - me,
        ));
    }
    assert_eq!(counts, [(1, 1); 2]);
}

#[tokio::test]
async fn address_book_counts_toward_the_limit_of_unpaged_objects() {
    let app = TestApp::with_flags(&["--max-unpaged-objects", "1"]).await;
    let client = app.customer().await;
    create(&client, valid()).await;
    assert_eq!(
        client.query(ADDRESS_BOOK, json!({})).await.data()["me"]["addresses"].as_array().unwrap().len(),
        1
    );
    create(&client, valid()).await;
    client.query(ADDRESS_BOOK, json!({})).await.failed("QUERY_TOO_COMPLEX", "more than 1 objects");
    client.query(COUNTRIES, json!({})).await.failed("QUERY_TOO_COMPLEX", "more than 1 objects");
    client.query(COUNTRY, json!({ "code": "US" })).await.failed("QUERY_TOO_COMPLEX", "more than 1 objects");
}

#[tokio::test]
async fn address_book_is_shown_by_login() {
    let app = TestApp::start().await;
    let id = create(&app.customer().await, valid()).await["id"].clone();
    let input = json!({ "email": DEMO_CUSTOMER, "password": DEMO_PASSWORD });
    let login = app.anonymous().mutate(LOGIN_ADDRESSES, input).await.ok();
    assert_eq!(login["account"]["defaultBillingAddress"], json!({ "id": id }));
}

#[tokio::test]
async fn address_goes_with_its_account() {
    let app = TestApp::start().await;
    let (gone, other) = (app.customer().await, app.someone("other@demo.example", Kind::Customer).await);
    create(&gone, valid()).await;
    create(&other, valid()).await;
    let db = app.services().db.connection();
    let row = account::Entity::with_email(DEMO_CUSTOMER).one(db).await.unwrap().unwrap();
    account::Entity::delete_by_id(row.id).exec(db).await.unwrap();
    assert_eq!(count(&app).await, 1);
    gone.mutate(ADDRESS_CREATE, valid()).await.failed("UNAUTHENTICATED", "Log in");
    assert_eq!(count(&app).await, 1);
}

#[tokio::test]
async fn countries_are_listed_with_subdivisions_and_without_a_statement() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let before = app.statements();
    let countries = client.query(COUNTRIES, json!({})).await.data()["countries"].take();
    assert_eq!(countries.as_array().unwrap().len(), 249);
    assert_eq!(countries[0], json!({ "code": "AF", "name": "Afghanistan" }));
    assert_eq!(countries[1], json!({ "code": "AX", "name": "\u{c5}land Islands" }));
    let ask =
        async |code: &str| client.query(COUNTRY, json!({ "code": code })).await.data()["country"].take();
    let canada = ask("CA").await;
    assert_eq!(canada["subdivisions"].as_array().unwrap().len(), 13);
    let alberta = json!({ "code": "CA-AB", "name": "Alberta", "category": "Province" });
    assert_eq!(canada["subdivisions"][0], alberta);
    assert_eq!(ask("ca").await, canada, "in capital or small letters");
    assert_eq!(ask("AQ").await, json!({ "name": "Antarctica", "subdivisions": [] }));
    for code in ["", "c", "XX", "C A", &"A".repeat(10_000)] {
        assert_eq!(ask(code).await, Value::Null, "{code:.9}");
    }
    assert_eq!(app.statements(), before);
}
