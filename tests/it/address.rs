//! The address book of an account.

use std::time::Duration;

use bodega::domain::sample::{DEMO_CUSTOMER, DEMO_PASSWORD};
use entity::{account, account::Kind, address};
use futures_util::future::join_all;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel, PaginatorTrait};
use serde_json::{Value, json};

use crate::support::{Client, TestApp, client::LOGIN};

const CREATE: &str = "mutation ($input: AddressCreateInput!) { addressCreate(input: $input) {
    address { ...Address } errors { ...Error } } }";
const UPDATE: &str = "mutation ($input: AddressUpdateInput!) { addressUpdate(input: $input) {
    address { ...Address } errors { ...Error } } }";
const DELETE: &str = "mutation ($input: AddressDeleteInput!) { addressDelete(input: $input) {
    deletedId errors { ...Error } } }";
const ADDRESS: &str =
    "fragment Address on Address { id name company line1 line2 city subdivisionCode postalCode
    countryCode phone isDefaultShipping isDefaultBilling createdAt updatedAt }";
const ERROR: &str = "fragment Error on UserError { __typename message path
    ... on InvalidField { problem } ... on AddressLimitReached { max } ... on NotFound { id } }";
const BOOK: &str = "{ me { addresses { id } defaultShippingAddress { id } defaultBillingAddress { id } } }";

/// The payload of a mutation.
async fn call(client: &Client, mutation: &str, input: Value) -> Value {
    let address = if mutation.contains("...Address") { ADDRESS } else { "" };
    let data = client.ask(&format!("{mutation} {address} {ERROR}"), json!({ "input": input })).await.data();
    data.as_object().unwrap().values().next().unwrap().clone()
}

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
    let mut payload = call(client, CREATE, input).await;
    assert_eq!(payload["errors"], json!([]));
    payload["address"].take()
}

async fn update(client: &Client, input: Value) -> Value {
    let mut payload = call(client, UPDATE, input).await;
    assert_eq!(payload["errors"], json!([]));
    payload["address"].take()
}

/// The fields that are wrong, as `field PROBLEM`.
fn problems(payload: &Value) -> Vec<String> {
    assert_eq!(payload["address"], Value::Null);
    let errors = payload["errors"].as_array().unwrap().iter();
    let problem = |error: &Value| {
        assert_eq!((&error["__typename"], &error["path"][0]), (&json!("InvalidField"), &json!("input")));
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        format!("{} {}", text(&error["path"][1]), text(&error["problem"]))
    };
    errors.map(problem).collect()
}

/// How many addresses there are, of whomever.
async fn count(app: &TestApp) -> u64 {
    address::Entity::find().count(app.services().db.connection()).await.unwrap()
}

#[tokio::test]
async fn an_address_is_added_read_changed_and_removed() {
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
    let query = format!("{{ me {{ addresses {{ ...Address }} }} }} {ADDRESS}");
    assert_eq!(client.run(&query).await.data()["me"]["addresses"], json!([expected]));

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
    let query = format!("query ($id: ID!) {{ node(id: $id) {{ ...Address }} }} {ADDRESS}");
    assert_eq!(client.ask(&query, json!({ "id": id })).await.data()["node"], expected);

    let deleted = call(&client, DELETE, json!({ "id": id })).await;
    assert_eq!(deleted, json!({ "deletedId": id, "errors": [] }));
    let nothing = json!({ "addresses": [], "defaultShippingAddress": null, "defaultBillingAddress": null });
    assert_eq!(client.run(BOOK).await.data()["me"], nothing);
}

#[tokio::test]
async fn the_country_and_its_part_are_named() {
    let app = TestApp::start().await;
    let client = app.customer().await;
    let mut input = with("countryCode", "US");
    input["subdivisionCode"] = json!("US-CA");
    create(&client, input).await;
    let query = "{ me { addresses { country { name } subdivision { code name category } } } }";
    let expected = json!([{ "country": { "name": "United States of America" },
        "subdivision": { "code": "US-CA", "name": "California", "category": "State" } }]);
    assert_eq!(client.run(query).await.data()["me"]["addresses"], expected);
}

#[tokio::test]
async fn the_first_address_is_the_default_until_another_takes_its_place() {
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
        assert_eq!(client.run(BOOK).await.data()["me"], expected);
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
    call(&client, DELETE, json!({ "id": ids[1] })).await;
    book(&[ids[0].clone(), ids[2].clone()], None, Some(&ids[0])).await;
}

#[tokio::test]
async fn the_database_itself_keeps_a_second_default_out() {
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
async fn everything_that_is_wrong_is_told_at_once() {
    let app = TestApp::start().await;
    let client = app.customer().await;
    let wrong = json!({
        "name": " ", "company": "a\nb", "line1": "", "line2": "x".repeat(201), "city": "y".repeat(101),
        "subdivisionCode": "US-ZZ", "postalCode": "1".repeat(21), "countryCode": "ZZ", "phone": "call me",
    });
    let payload = call(&client, CREATE, wrong.clone()).await;
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
    assert_eq!(problems(&payload), expected);
    assert_eq!(payload["errors"][4]["message"], "The city is longer than 100 characters.");
    assert_eq!(count(&app).await, 0);

    let kept = create(&client, valid()).await;
    let mut change = wrong;
    change["id"] = kept["id"].clone();
    assert_eq!(problems(&call(&client, UPDATE, change).await), expected);
    let nulls = json!({ "id": kept["id"], "name": null, "line1": null, "city": null, "countryCode": null });
    let missing = ["name REQUIRED", "line1 REQUIRED", "city REQUIRED", "countryCode REQUIRED"];
    assert_eq!(problems(&call(&client, UPDATE, nulls).await), missing);
    assert_eq!(update(&client, json!({ "id": kept["id"] })).await["name"], "Ada Lovelace");
}

#[tokio::test]
async fn each_text_has_its_bounds() {
    let app = TestApp::start().await;
    let client = app.customer().await;
    let id = create(&client, valid()).await["id"].clone();
    let set = async |field: &str, value: &str| {
        let payload = call(&client, UPDATE, json!({ "id": id, field: value })).await;
        match payload["address"].is_null() {
            true => problems(&payload),
            false => {
                assert_eq!(payload["address"][field], value);
                Vec::new()
            }
        }
    };
    for (field, max) in
        [("name", 100), ("company", 100), ("line1", 200), ("line2", 200), ("city", 100), ("postalCode", 20)]
    {
        assert_eq!(set(field, &"\u{1F3E0}".repeat(max)).await, [""; 0], "{field}");
        for length in [max + 1, 20_000] {
            assert_eq!(set(field, &"\u{e4}".repeat(length)).await, [format!("{field} TOO_LONG")]);
        }
        for text in ["a\u{1}b", "a\u{1b}[31m", "a\u{85}b", "a\u{2028}b", "\u{7f}", "a\u{202e}b", "\u{200b}"] {
            assert_eq!(set(field, text).await, [format!("{field} FORBIDDEN_CHARACTER")], "{text:?}");
        }
    }
    for phone in ["+49 (0)30/123-456", "1", &"1".repeat(32)] {
        assert_eq!(set("phone", phone).await, [""; 0], "{phone}");
    }
    for (phone, problem) in [
        ("+-()/", "INVALID_FORMAT"),
        ("12x", "INVALID_FORMAT"),
        ("\u{661}\u{662}", "INVALID_FORMAT"),
        (&"1".repeat(33), "TOO_LONG"),
    ] {
        assert_eq!(set("phone", phone).await, [format!("phone {problem}")], "{phone}");
    }
    for country in ["", "g", "gbr", "GBR", "XX", "UK", &"G".repeat(20_000)] {
        let problem = if country.is_empty() { "REQUIRED" } else { "UNKNOWN_VALUE" };
        assert_eq!(set("countryCode", country).await, [format!("countryCode {problem}")], "{country:.9}");
    }
}

#[tokio::test]
async fn codes_in_small_letters_are_kept_in_capital_ones() {
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
async fn a_part_must_belong_to_the_country() {
    let app = TestApp::start().await;
    let client = app.customer().await;
    let foreign = ["subdivisionCode INCONSISTENT"];
    assert_eq!(problems(&call(&client, CREATE, with("subdivisionCode", "US-CA")).await), foreign);
    let id = create(&client, with("subdivisionCode", "GB-EDH")).await["id"].clone();
    for change in [json!({ "countryCode": "US" }), json!({ "subdivisionCode": "US-CA" })] {
        let mut input = change.clone();
        input["id"] = id.clone();
        assert_eq!(problems(&call(&client, UPDATE, input).await), foreign, "{change}");
    }
    let both = json!({ "id": id, "countryCode": "US", "subdivisionCode": "US-CA" });
    assert_eq!(update(&client, both).await["subdivisionCode"], "US-CA");
    let neither = json!({ "id": id, "countryCode": "DE", "subdivisionCode": null });
    assert_eq!(update(&client, neither).await["subdivisionCode"], Value::Null);
}

/// ISO withdraws codes of parts now and then: France's regions got new ones in 2016.
#[tokio::test]
async fn an_address_with_a_code_that_was_withdrawn_can_still_be_used() {
    let app = TestApp::start().await;
    let client = app.customer().await;
    let id = create(&client, with("countryCode", "FR")).await["id"].clone();
    let db = app.services().db.connection();
    let mut row = address::Entity::find().one(db).await.unwrap().unwrap().into_active_model();
    row.subdivision = Set(Some("FR-O".to_owned()));
    row.update(db).await.unwrap();
    let changed = update(&client, json!({ "id": id, "phone": "1" })).await;
    assert_eq!((&changed["subdivisionCode"], &changed["phone"]), (&json!("FR-O"), &json!("1")));
    let query = "{ me { addresses { subdivision { name } country { name } } } }";
    let expected = json!([{ "subdivision": null, "country": { "name": "France" } }]);
    assert_eq!(client.run(query).await.data()["me"]["addresses"], expected);
    let change = json!({ "id": id, "subdivisionCode": "FR-O" });
    assert_eq!(problems(&call(&client, UPDATE, change).await), ["subdivisionCode UNKNOWN_VALUE"]);
}

/// From two instances at once: neither sees what the other has not committed.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_account_has_50_addresses_at_most_however_many_come_at_once() {
    let app = TestApp::start().await;
    let second = app.another_instance().await;
    let client = app.customer().await;
    let clients = [client.clone(), second.anonymous().with_token(client.token.clone().unwrap())];
    let calls = (0..60).map(|n| {
        let client = clients[n % 2].clone();
        tokio::spawn(async move { call(&client, CREATE, with("isDefaultShipping", true)).await })
    });
    let payloads: Vec<_> = join_all(calls).await.into_iter().map(Result::unwrap).collect();
    let refused: Vec<_> = payloads.iter().filter(|payload| payload["address"].is_null()).collect();
    assert_eq!((refused.len(), count(&app).await), (10, 50));
    let limit = json!([{ "__typename": "AddressLimitReached", "path": null, "max": 50,
        "message": "An account can have at most 50 addresses. Remove one first." }]);
    assert!(refused.iter().all(|payload| payload["errors"] == limit), "{:?}", refused[0]);

    let query = "{ me { addresses { id isDefaultShipping isDefaultBilling } } }";
    let addresses = client.run(query).await.data()["me"]["addresses"].take();
    for flag in ["isDefaultShipping", "isDefaultBilling"] {
        let defaults = addresses.as_array().unwrap().iter().filter(|address| address[flag] == true);
        assert_eq!(defaults.count(), 1, "{flag}");
    }
    call(&client, DELETE, json!({ "id": addresses[0]["id"] })).await;
    create(&client, valid()).await;
    assert_eq!(call(&client, CREATE, valid()).await["errors"], limit);
    assert_eq!(count(&app).await, 50);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_default_is_left_however_many_are_chosen_at_once() {
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
async fn the_addresses_of_others_do_not_exist() {
    let app = TestApp::start().await;
    let (owner, other) = (app.customer().await, app.someone("other@demo.example", Kind::Customer).await);
    let id = create(&owner, valid()).await["id"].clone();
    let own = create(&other, valid()).await["id"].clone();
    let before = address::Entity::in_order().all(app.services().db.connection()).await.unwrap();
    let absent = "BQAAAAAAAAAAAAAAAAAAAAA";
    for id in [&id, &json!(absent)] {
        let error = json!([{ "__typename": "NotFound", "path": ["input", "id"], "id": id,
            "message": "There is no address with this id." }]);
        let update = call(&other, UPDATE, json!({ "id": id, "city": "", "isDefaultShipping": true })).await;
        assert_eq!(update, json!({ "address": null, "errors": error }));
        let delete = call(&other, DELETE, json!({ "id": id })).await;
        assert_eq!(delete, json!({ "deletedId": null, "errors": error }));
        let nodes = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }";
        let found = json!([null, { "__typename": "Address", "id": own }]);
        assert_eq!(other.ask(nodes, json!({ "ids": [id, own] })).await.data()["nodes"], found);
        assert_eq!(app.anonymous().ask(nodes, json!({ "ids": [id] })).await.data()["nodes"], json!([null]));
    }
    for mutation in [UPDATE, DELETE] {
        let account = other.run("{ me { id } }").await.data()["me"]["id"].take();
        let mutation = if mutation == UPDATE { format!("{mutation} {ADDRESS}") } else { mutation.to_owned() };
        for (id, why) in [(account, "is the id of an Account"), (json!("x"), "is not an id")] {
            let variables = json!({ "input": { "id": id } });
            let reply = other.ask(&format!("{mutation} {ERROR}"), variables).await;
            reply.failed("BAD_USER_INPUT", &format!("`input.id` {why}"));
        }
    }
    assert_eq!(address::Entity::in_order().all(app.services().db.connection()).await.unwrap(), before);
}

#[tokio::test]
async fn the_number_of_statements_does_not_grow_with_the_book() {
    let app = TestApp::start().await;
    let client = app.customer().await;
    let statements = async |query: &str, variables: Value| {
        let before = app.statements();
        client.ask(query, variables).await.data();
        app.statements() - before
    };
    let nodes = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    let (mut ids, mut counts) = (Vec::new(), Vec::new());
    for size in [1, 20] {
        while ids.len() < size {
            ids.push(create(&client, valid()).await["id"].clone());
        }
        let me = statements("{ me { id } }", json!({})).await;
        counts.push((
            statements(BOOK, json!({})).await - me,
            statements(nodes, json!({ "ids": ids })).await - me,
        ));
    }
    assert_eq!(counts, [(1, 1); 2]);
}

#[tokio::test]
async fn the_book_counts_against_the_objects_of_an_operation() {
    let app = TestApp::with_flags(&["--max-unpaged-objects", "1"]).await;
    let client = app.customer().await;
    create(&client, valid()).await;
    assert_eq!(client.run(BOOK).await.data()["me"]["addresses"].as_array().unwrap().len(), 1);
    create(&client, valid()).await;
    client.run(BOOK).await.failed("QUERY_TOO_COMPLEX", "more than 1 objects");
    client.run("{ countries { code } }").await.failed("QUERY_TOO_COMPLEX", "more than 1 objects");
    let parts = "{ country(code: \"US\") { subdivisions { code } } }";
    client.run(parts).await.failed("QUERY_TOO_COMPLEX", "more than 1 objects");
}

#[tokio::test]
async fn a_login_shows_the_book() {
    let app = TestApp::start().await;
    let id = create(&app.customer().await, valid()).await["id"].clone();
    let login = LOGIN.replace("account { id", "account { defaultBillingAddress { id } id");
    let input = json!({ "email": DEMO_CUSTOMER, "password": DEMO_PASSWORD });
    let data = app.anonymous().ask(&login, json!({ "input": input })).await.data();
    assert_eq!(data["login"]["account"]["defaultBillingAddress"], json!({ "id": id }));
}

#[tokio::test]
async fn a_deleted_account_leaves_no_address_and_gets_none() {
    let app = TestApp::start().await;
    let (gone, other) = (app.customer().await, app.someone("other@demo.example", Kind::Customer).await);
    create(&gone, valid()).await;
    create(&other, valid()).await;
    let db = app.services().db.connection();
    let row = account::Entity::with_email(DEMO_CUSTOMER).one(db).await.unwrap().unwrap();
    account::Entity::delete_by_id(row.id).exec(db).await.unwrap();
    assert_eq!(count(&app).await, 1);
    let reply = gone.ask(&format!("{CREATE} {ADDRESS} {ERROR}"), json!({ "input": valid() })).await;
    reply.failed("UNAUTHENTICATED", "Log in");
    assert_eq!(count(&app).await, 1);
}

#[tokio::test]
async fn countries_come_with_their_parts_and_without_a_statement() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let before = app.statements();
    let countries = client.run("{ countries { code name } }").await.data()["countries"].take();
    assert_eq!(countries.as_array().unwrap().len(), 249);
    assert_eq!(countries[0], json!({ "code": "AF", "name": "Afghanistan" }));
    assert_eq!(countries[1], json!({ "code": "AX", "name": "\u{c5}land Islands" }));
    let query =
        "query ($code: String!) { country(code: $code) { name subdivisions { code name category } } }";
    let ask = async |code: &str| client.ask(query, json!({ "code": code })).await.data()["country"].take();
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
