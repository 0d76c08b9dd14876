//! Roles, and who works in the shop.

use bodega::domain::sample::{DEMO_ADMIN, DEMO_CUSTOMER, DEMO_PASSWORD, DEMO_STAFF};
use entity::{
    Permission::{CustomersEdit, CustomersView, OrdersEdit, OrdersView, StaffEdit},
    account::{self, Kind},
    audit_entry,
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use crate::support::{Client, SOMEONES_PASSWORD, TestApp};

const CREATE: &str = "mutation ($input: RoleCreateInput!) { roleCreate(input: $input) {
    role { id name permissions } errors { ...Error } } }";
const UPDATE: &str = "mutation ($input: RoleUpdateInput!) { roleUpdate(input: $input) {
    role { id name permissions } errors { ...Error } } }";
const DELETE: &str =
    "mutation ($input: RoleDeleteInput!) { roleDelete(input: $input) { deletedId errors { ...Error } } }";
const ASSIGN: &str = "mutation ($input: StaffAssignInput!) { staffAssign(input: $input) {
    account { email kind roles { name } permissions } errors { ...Error } } }";
const BLOCK: &str = "mutation ($input: AccountBlockInput!) { accountBlock(input: $input) {
    account { id } errors { ...Error } } }";
const ERROR: &str = "fragment Error on UserError { __typename message path
    ... on PermissionsNotHeld { permissions } ... on RoleInUse { accounts } ... on InvalidField { problem }
    ... on NotFound { id } }";
const ME: &str = "{ me { id kind roles { name } permissions needsSecondFactor blockedAt } }";

/// The payload of a mutation.
async fn call(client: &Client, mutation: &str, input: Value) -> Value {
    let data = client.ask(&format!("{mutation} {ERROR}"), json!({ "input": input })).await.data();
    data.as_object().unwrap().values().next().unwrap().clone()
}

/// The only error of a payload, without its message.
async fn error(client: &Client, mutation: &str, input: Value) -> Value {
    let payload = call(client, mutation, input).await;
    let errors = payload["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1, "{payload}");
    assert_eq!(payload.as_object().unwrap().values().filter(|value| value.is_null()).count(), 1);
    let mut error = errors[0].clone();
    assert!(!error.as_object_mut().unwrap().remove("message").unwrap().as_str().unwrap().is_empty());
    error
}

async fn admin(app: &TestApp) -> Client {
    app.anonymous().login(DEMO_ADMIN, DEMO_PASSWORD).await
}

async fn me(client: &Client) -> Value {
    client.run(ME).await.data()["me"].take()
}

async fn id(client: &Client) -> Value {
    me(client).await["id"].take()
}

/// A new role; its id.
async fn role(client: &Client, name: &str, permissions: &[&str]) -> Value {
    let payload = call(client, CREATE, json!({ "name": name, "permissions": permissions })).await;
    assert_eq!(payload["errors"], json!([]));
    payload["role"]["id"].clone()
}

/// Gives an account these roles and no others.
async fn assign(client: &Client, account: &Value, roles: &[&Value]) -> Value {
    let mut payload = call(client, ASSIGN, json!({ "id": account, "roleIds": roles })).await;
    assert_eq!(payload["errors"], json!([]));
    payload["account"].take()
}

/// What was written down of an action: its subject, before and after.
async fn audited(app: &TestApp, action: &str) -> Vec<(Option<String>, Option<Value>, Option<Value>)> {
    let entries = audit_entry::Entity::find()
        .filter(audit_entry::Column::Action.eq(action))
        .order_by_asc(audit_entry::Column::At)
        .order_by_asc(audit_entry::Column::Id);
    let entries = entries.all(app.services().db.connection()).await.unwrap();
    entries.into_iter().map(|entry| (entry.subject_kind, entry.before, entry.after)).collect()
}

#[tokio::test]
async fn a_role_is_made_found_changed_and_deleted() {
    let app = TestApp::start().await;
    let client = admin(&app).await;
    let id = role(&client, "  Packer ", &["ORDERS_VIEW", "INVENTORY_EDIT"]).await;
    let query = "{ roles { totalCount nodes { id name permissions } } }";
    let roles = client.run(query).await.data()["roles"].take();
    assert_eq!(roles["totalCount"], 2);
    let packer = json!({ "id": id, "name": "Packer", "permissions": ["INVENTORY_EDIT", "ORDERS_VIEW"] });
    assert_eq!(roles["nodes"][0], packer);
    assert_eq!(roles["nodes"][1]["name"], "Shop staff");
    let node = "query ($id: ID!) { node(id: $id) { ... on Role { name } } }";
    assert_eq!(client.ask(node, json!({ "id": id })).await.data()["node"]["name"], "Packer");
    let other = app.staff_with(&[OrdersView]).await;
    assert_eq!(other.ask(node, json!({ "id": id })).await.data()["node"], Value::Null);

    let changed = call(&client, UPDATE, json!({ "id": id, "name": "Sender" })).await;
    assert_eq!(changed["role"]["name"], "Sender");
    assert_eq!(changed["role"]["permissions"], packer["permissions"], "what is left out stays");
    let changed = call(&client, UPDATE, json!({ "id": id, "permissions": ["ORDERS_VIEW"] })).await;
    assert_eq!(changed["role"]["permissions"], json!(["ORDERS_VIEW"]));
    let nothing = call(&client, UPDATE, json!({ "id": id, "name": "Sender", "permissions": null })).await;
    assert_eq!(nothing["errors"], json!([]));

    let deleted = call(&client, DELETE, json!({ "id": id })).await;
    assert_eq!(deleted, json!({ "deletedId": id, "errors": [] }));
    let gone = json!({ "__typename": "NotFound", "path": ["input", "id"], "id": id });
    assert_eq!(error(&client, DELETE, json!({ "id": id })).await, gone);
    assert_eq!(error(&client, UPDATE, json!({ "id": id, "name": "x" })).await, gone);

    let both = json!(["INVENTORY_EDIT", "ORDERS_VIEW"]);
    let role = || Some("Role".to_owned());
    let created = Some(json!({ "name": "Packer", "permissions": both }));
    assert_eq!(audited(&app, "roleCreate").await, [(role(), None, created)]);
    let updates = [
        (role(), Some(json!({ "name": "Packer" })), Some(json!({ "name": "Sender" }))),
        (role(), Some(json!({ "permissions": both })), Some(json!({ "permissions": ["ORDERS_VIEW"] }))),
    ];
    assert_eq!(audited(&app, "roleUpdate").await, updates, "what changes nothing is not told");
    let deleted = Some(json!({ "name": "Sender", "permissions": ["ORDERS_VIEW"] }));
    assert_eq!(audited(&app, "roleDelete").await, [(role(), deleted, None)]);
}

#[tokio::test]
async fn roles_have_names_of_their_own() {
    let app = TestApp::start().await;
    let client = admin(&app).await;
    let id = role(&client, &"\u{e4}".repeat(100), &[]).await;
    let invalid = |problem: &str| json!({ "__typename": "InvalidField", "path": ["input", "name"], "problem": problem });
    for (name, problem) in [
        ("", "REQUIRED"),
        ("  ", "REQUIRED"),
        ("a\nb", "FORBIDDEN_CHARACTER"),
        ("a\u{202e}b", "FORBIDDEN_CHARACTER"),
        ("\u{200b}", "FORBIDDEN_CHARACTER"),
        (&"x".repeat(101), "TOO_LONG"),
    ] {
        let expected = invalid(problem);
        assert_eq!(error(&client, CREATE, json!({ "name": name, "permissions": [] })).await, expected);
        assert_eq!(error(&client, UPDATE, json!({ "id": id, "name": name })).await, expected);
    }
    let expected = invalid("TAKEN");
    assert_eq!(error(&client, CREATE, json!({ "name": "Shop staff", "permissions": [] })).await, expected);
    assert_eq!(error(&client, UPDATE, json!({ "id": id, "name": "Shop staff" })).await, expected);
}

#[tokio::test]
async fn nobody_puts_into_a_role_what_they_do_not_have() {
    let app = TestApp::start().await;
    let boss = admin(&app).await;
    let strong = role(&boss, "Strong", &["ORDERS_VIEW", "ORDERS_EDIT", "SETTINGS_EDIT"]).await;
    let client = app.staff_with(&[StaffEdit, OrdersView]).await;
    let missing = |field: &str, permissions: &[&str]| json!({ "__typename": "PermissionsNotHeld", "path": ["input", field], "permissions": permissions });
    let beyond = ["ORDERS_EDIT", "SETTINGS_EDIT"];
    let create = json!({ "name": "x", "permissions": ["ORDERS_VIEW", "ORDERS_EDIT"] });
    assert_eq!(error(&client, CREATE, create).await, missing("permissions", &["ORDERS_EDIT"]));
    for change in [json!({ "id": strong, "name": "x" }), json!({ "id": strong, "permissions": [] })] {
        assert_eq!(error(&client, UPDATE, change).await, missing("permissions", &beyond));
    }
    assert_eq!(error(&client, DELETE, json!({ "id": strong })).await, missing("id", &beyond));

    let weak = role(&client, "Weak", &["ORDERS_VIEW"]).await;
    let raise = json!({ "id": weak, "permissions": ["ORDERS_EDIT"] });
    assert_eq!(error(&client, UPDATE, raise).await, missing("permissions", &["ORDERS_EDIT"]));
    assert_eq!(call(&client, DELETE, json!({ "id": weak })).await["deletedId"], weak);
}

#[tokio::test]
async fn a_role_that_somebody_has_is_not_deleted() {
    let app = TestApp::start().await;
    let client = admin(&app).await;
    let role = role(&client, "Packer", &["ORDERS_VIEW"]).await;
    let account = id(&app.customer().await).await;
    assign(&client, &account, &[&role]).await;
    let expected = json!({ "__typename": "RoleInUse", "path": ["input", "id"], "accounts": 1 });
    assert_eq!(error(&client, DELETE, json!({ "id": role })).await, expected);
    assign(&client, &account, &[]).await;
    assert_eq!(call(&client, DELETE, json!({ "id": role })).await["deletedId"], role);
}

#[tokio::test]
async fn roles_make_staff_of_a_customer_and_back() {
    let app = TestApp::start().await;
    let client = admin(&app).await;
    let packer = role(&client, "Packer", &["ORDERS_VIEW"]).await;
    let greeter = role(&client, "Greeter", &["CUSTOMERS_VIEW"]).await;
    let customer = app.customer().await;
    let account = id(&customer).await;
    let hired = assign(&client, &account, &[&packer, &greeter, &packer]).await;
    let expected = json!({ "email": DEMO_CUSTOMER, "kind": "STAFF",
        "roles": [{ "name": "Greeter" }, { "name": "Packer" }],
        "permissions": ["ORDERS_VIEW", "CUSTOMERS_VIEW"] });
    assert_eq!(hired, expected);
    customer.run(ME).await.failed("UNAUTHENTICATED", "Log in again");

    let staff = app.customer().await;
    assert_eq!(me(&staff).await["permissions"], json!(["ORDERS_VIEW", "CUSTOMERS_VIEW"]));
    let customers = "{ customers { nodes { id } } }";
    staff.run(customers).await.data();
    let fewer = assign(&client, &account, &[&packer]).await;
    assert_eq!(fewer["permissions"], json!(["ORDERS_VIEW"]));
    staff.run(customers).await.failed("FORBIDDEN", "CUSTOMERS_VIEW");
    assert_eq!(me(&staff).await["kind"], "STAFF", "a loss ends no session, and counts at once");

    let left = assign(&client, &account, &[]).await;
    assert_eq!((&left["kind"], &left["roles"]), (&json!("CUSTOMER"), &json!([])));
    assert_eq!(me(&staff).await["permissions"], json!([]));

    let about = || Some("Account".to_owned());
    let told = |kind: &str, roles: &[&str]| Some(json!({ "kind": kind, "roles": roles }));
    let (none, few) = (|| told("CUSTOMER", &[]), || told("STAFF", &["Packer"]));
    let both = || told("STAFF", &["Greeter", "Packer"]);
    let expected = [(about(), none(), both()), (about(), both(), few()), (about(), few(), none())];
    assert_eq!(audited(&app, "staffAssign").await, expected);
}

#[tokio::test]
async fn nobody_gives_or_takes_more_than_they_have() {
    let app = TestApp::start().await;
    let boss = admin(&app).await;
    let (weak, strong) =
        (role(&boss, "Weak", &["CUSTOMERS_VIEW"]).await, role(&boss, "Strong", &["ORDERS_EDIT"]).await);
    let customer = id(&app.customer().await).await;
    let staff = id(&app.staff().await).await;
    let client = app.staff_with(&[StaffEdit, CustomersView]).await;
    let input = |account: &Value, is_admin: bool, roles: &[&Value]| json!({ "id": account, "isAdmin": is_admin, "roleIds": roles });
    let refused = |name: &str, field: &str| json!({ "__typename": name, "path": ["input", field] });

    let beyond = json!({ "__typename": "PermissionsNotHeld", "path": ["input", "roleIds"],
        "permissions": ["ORDERS_EDIT"] });
    assert_eq!(error(&client, ASSIGN, input(&customer, false, &[&weak, &strong])).await, beyond);
    let own = id(&client).await;
    assert_eq!(error(&client, ASSIGN, input(&own, false, &[&strong])).await, beyond);
    let admin_required = refused("AdminRequired", "isAdmin");
    assert_eq!(error(&client, ASSIGN, input(&customer, true, &[])).await, admin_required);
    assert_eq!(error(&client, ASSIGN, input(&own, true, &[])).await, admin_required);
    let more = refused("AccountMayDoMore", "id");
    let boss_id = id(&boss).await;
    assert_eq!(error(&client, ASSIGN, input(&boss_id, false, &[])).await, more);
    assert_eq!(error(&client, ASSIGN, input(&staff, false, &[])).await, more);
    let everything = app.staff_with(entity::Permission::ALL).await;
    assert_eq!(error(&everything, ASSIGN, input(&boss_id, true, &[&weak])).await, more);
    assert_eq!(error(&everything, ASSIGN, input(&customer, true, &[])).await, admin_required);

    let blind = app.staff_with(&[StaffEdit]).await;
    let not_found =
        |field: &str, id: &Value| json!({ "__typename": "NotFound", "path": ["input", field], "id": id });
    let unseen = not_found("id", &customer);
    assert_eq!(error(&blind, ASSIGN, input(&customer, false, &[])).await, unseen);
    call(&boss, DELETE, json!({ "id": strong })).await;
    let no_role = not_found("roleIds", &strong);
    assert_eq!(error(&boss, ASSIGN, input(&customer, false, &[&weak, &strong])).await, no_role);
    assert_eq!(audited(&app, "staffAssign").await, [], "nothing was changed");
    assert_eq!(assign(&client, &customer, &[&weak]).await["kind"], "STAFF");

    let many = json!({ "input": { "id": customer, "roleIds": vec![weak; 101] } });
    let reply = client.ask(&format!("{ASSIGN} {ERROR}"), many).await;
    reply.failed("BAD_USER_INPUT", "at most 100 ids, not 101");
}

#[tokio::test]
async fn the_last_admin_who_can_log_in_stays() {
    let app = TestApp::start().await;
    let boss = admin(&app).await;
    let own = id(&boss).await;
    let resign = json!({ "id": own, "roleIds": [] });
    let last = json!({ "__typename": "LastAdmin", "path": ["input", "isAdmin"] });
    assert_eq!(error(&boss, ASSIGN, resign.clone()).await, last);
    assert_eq!(me(&boss).await["kind"], "ADMIN");

    let second = app.someone("second@demo.example", Kind::Admin).await;
    let blocked = call(&boss, BLOCK, json!({ "id": id(&second).await })).await;
    assert_eq!(blocked["errors"], json!([]));
    assert_eq!(error(&boss, ASSIGN, resign.clone()).await, last, "somebody who is blocked helps nobody");

    let customer = id(&app.customer().await).await;
    let appoint = call(&boss, ASSIGN, json!({ "id": customer, "isAdmin": true, "roleIds": [] })).await;
    assert_eq!(appoint["account"]["kind"], "ADMIN");
    assert_eq!(call(&boss, ASSIGN, resign).await["account"]["kind"], "CUSTOMER");
    boss.run("{ roles { nodes { id } } }").await.failed("FORBIDDEN", "STAFF_EDIT");
}

/// Whichever comes first, the other is refused: as the last admin, or as none any more.
#[tokio::test]
async fn admins_who_remove_each_other_at_the_same_moment_leave_one() {
    let app = TestApp::empty().await;
    let admins = || {
        account::Entity::find()
            .filter(account::Column::Kind.eq(Kind::Admin))
            .filter(account::Column::BlockedAt.is_null())
    };
    let db = app.services().db.connection();
    for round in 0..6 {
        let a = app.someone(&format!("a{round}@demo.example"), Kind::Admin).await;
        let b = app.someone(&format!("b{round}@demo.example"), Kind::Admin).await;
        let (a_id, b_id) = (id(&a).await, id(&b).await);
        let remove = async |client: &Client, other: &Value| {
            let (mutation, input) = match round % 2 {
                0 => (ASSIGN, json!({ "id": other, "roleIds": [] })),
                _ => (BLOCK, json!({ "id": other })),
            };
            client.ask(&format!("{mutation} {ERROR}"), json!({ "input": input })).await
        };
        tokio::join!(remove(&a, &b_id), remove(&b, &a_id));
        assert_eq!(admins().count(db).await.unwrap(), 1, "round {round}");
        let left = admins().one(db).await.unwrap().unwrap();
        account::Entity::delete_by_id(left.id).exec(db).await.unwrap();
    }
}

#[tokio::test]
async fn whoever_may_do_more_by_a_role_logs_in_anew() {
    let app = TestApp::start().await;
    let client = admin(&app).await;
    let (packer, sender) =
        (role(&client, "Packer", &["ORDERS_VIEW"]).await, role(&client, "Sender", &["ORDERS_EDIT"]).await);
    let member = async |email: &str, roles: &[&Value]| {
        let new = app.someone(email, Kind::Customer).await;
        assign(&client, &id(&new).await, roles).await;
        app.anonymous().login(email, SOMEONES_PASSWORD).await
    };
    let one = member("one@demo.example", &[&packer]).await;
    let two = member("two@demo.example", &[&packer, &sender]).await;
    let raised = json!({ "id": packer, "permissions": ["ORDERS_VIEW", "ORDERS_EDIT"] });
    assert_eq!(call(&client, UPDATE, raised).await["errors"], json!([]));
    one.run(ME).await.failed("UNAUTHENTICATED", "Log in again");
    assert_eq!(me(&two).await["kind"], "STAFF", "who had the right already goes on");
    let one = app.anonymous().login("one@demo.example", SOMEONES_PASSWORD).await;
    assert_eq!(me(&one).await["permissions"], json!(["ORDERS_VIEW", "ORDERS_EDIT"]));

    let lowered = json!({ "id": packer, "permissions": ["ORDERS_EDIT"] });
    assert_eq!(call(&client, UPDATE, lowered).await["errors"], json!([]));
    assert_eq!(me(&one).await["permissions"], json!(["ORDERS_EDIT"]));
}

#[tokio::test]
async fn people_see_what_they_may_do() {
    let app = TestApp::start().await;
    let all = entity::Permission::ALL.iter().map(|permission| permission.name());
    let all: Vec<_> = all.collect();
    let most: Vec<_> = all.iter().filter(|name| !["STAFF_EDIT", "SETTINGS_EDIT"].contains(*name)).collect();
    let expected = |kind: &str, roles: Value, permissions: Value| {
        json!({ "kind": kind, "roles": roles, "permissions": permissions, "needsSecondFactor": false,
            "blockedAt": null })
    };
    let (boss, staff, customer) = (admin(&app).await, app.staff().await, app.customer().await);
    for (client, expected) in [
        (&boss, expected("ADMIN", json!([]), json!(all))),
        (&staff, expected("STAFF", json!([{ "name": "Shop staff" }]), json!(most))),
        (&customer, expected("CUSTOMER", json!([]), json!([]))),
    ] {
        let mut me = me(client).await;
        me.as_object_mut().unwrap().remove("id");
        assert_eq!(me, expected);
    }
    let own_role = staff.run("{ me { roles { id } } }").await.data()["me"]["roles"][0]["id"].take();
    let node = staff.ask("query ($id: ID!) { node(id: $id) { id } }", json!({ "id": own_role })).await;
    assert_eq!(node.data()["node"]["id"], own_role, "one's own role is found again");
}

#[tokio::test]
async fn without_the_second_factor_that_the_shop_requires_staff_may_do_nothing() {
    let app = TestApp::with_flags(&["--staff-second-factor"]).await;
    let staff = app.staff().await;
    let seen = me(&staff).await;
    assert_eq!((&seen["needsSecondFactor"], &seen["permissions"]), (&json!(true), &json!([])));
    assert_eq!(seen["roles"], json!([{ "name": "Shop staff" }]));
    staff.run("{ customers { nodes { id } } }").await.failed("FORBIDDEN", "second factor");
    assert_eq!(me(&app.customer().await).await["needsSecondFactor"], false);
}

#[tokio::test]
async fn the_members_of_staff_are_listed_with_what_they_may_do() {
    let app = TestApp::start().await;
    let client = app.staff_with(&[StaffEdit, OrdersEdit, CustomersEdit]).await;
    let query = "query ($first: Int, $after: String) { staffMembers(first: $first, after: $after) {
        totalCount nodes { email kind roles { name } permissions } pageInfo { hasNextPage endCursor } } }";
    let page = client.ask(query, json!({})).await.data()["staffMembers"].take();
    assert_eq!(page["totalCount"], 3);
    let emails: Vec<_> = page["nodes"].as_array().unwrap().iter().map(|node| &node["email"]).collect();
    assert_eq!((emails.len(), emails[0]), (3, &json!(DEMO_ADMIN)), "no customers: {emails:?}");
    let staff = page["nodes"].as_array().unwrap().iter().find(|node| node["email"] == DEMO_STAFF).unwrap();
    assert_eq!(staff["roles"], json!([{ "name": "Shop staff" }]));
    assert_eq!(staff["permissions"].as_array().unwrap().len(), entity::Permission::ALL.len() - 2);

    let first = client.ask(query, json!({ "first": 1 })).await.data()["staffMembers"].take();
    assert_eq!(first["pageInfo"]["hasNextPage"], true);
    let rest = json!({ "after": first["pageInfo"]["endCursor"] });
    let rest = client.ask(query, rest).await.data()["staffMembers"].take();
    assert_eq!(rest["nodes"].as_array().unwrap().len(), 2);

    let count = async |first: u32| {
        let before = app.statements();
        client.ask(&query.replace("totalCount", ""), json!({ "first": first })).await.data();
        app.statements() - before
    };
    assert_eq!(count(1).await, count(3).await);
}
