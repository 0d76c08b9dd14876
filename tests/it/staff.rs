//! Roles, and who works in the shop.

use bodega::domain::sample::{DEMO_ADMIN, DEMO_CUSTOMER, DEMO_STAFF};
use entity::{
    Permission::{CustomersEdit, CustomersView, OrdersEdit, OrdersView, StaffEdit},
    account::{self, Kind},
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use crate::{
    operations::{
        ACCOUNT_BLOCK, CUSTOMERS, ME_PERMISSIONS, ME_ROLES, NODE, ROLE_CREATE, ROLE_DELETE, ROLE_UPDATE,
        ROLES, STAFF_ASSIGN, STAFF_MEMBERS, STAFF_MEMBERS_WITHOUT_COUNT,
    },
    support::{Client, Mutation, SOMEONES_PASSWORD, TestApp, texts},
};

async fn me(client: &Client) -> Value {
    client.query(ME_PERMISSIONS, json!({})).await.data()["me"].take()
}

/// A new role; its id.
async fn role(client: &Client, name: &str, permissions: &[&str]) -> Value {
    let payload = client.mutate(ROLE_CREATE, json!({ "name": name, "permissions": permissions })).await.ok();
    payload["role"]["id"].clone()
}

/// Gives an account these roles and no others.
async fn assign(client: &Client, account: &Value, roles: &[&Value]) -> Value {
    let mut payload = client.mutate(STAFF_ASSIGN, json!({ "id": account, "roleIds": roles })).await.ok();
    payload["account"].take()
}

#[tokio::test]
async fn role_is_created_found_updated_and_deleted() {
    let app = TestApp::start().await;
    let client = app.admin().await;
    let id = role(&client, "  Packer ", &["ORDERS_VIEW", "INVENTORY_EDIT"]).await;
    let roles = client.query(ROLES, json!({})).await.data()["roles"].take();
    assert_eq!(roles["totalCount"], 2);
    let packer = json!({ "id": id, "name": "Packer", "permissions": ["INVENTORY_EDIT", "ORDERS_VIEW"] });
    assert_eq!(roles["nodes"][0], packer);
    assert_eq!(roles["nodes"][1]["name"], "Shop staff");
    assert_eq!(client.query(NODE, json!({ "id": id })).await.data()["node"]["name"], "Packer");
    let other = app.staff_with(&[OrdersView]).await;
    assert_eq!(other.query(NODE, json!({ "id": id })).await.data()["node"], Value::Null);

    let changed = client.mutate(ROLE_UPDATE, json!({ "id": id, "name": "Sender" })).await.ok();
    assert_eq!(changed["role"]["name"], "Sender");
    assert_eq!(changed["role"]["permissions"], packer["permissions"], "what is left out stays");
    let changed = client.mutate(ROLE_UPDATE, json!({ "id": id, "permissions": ["ORDERS_VIEW"] })).await.ok();
    assert_eq!(changed["role"]["permissions"], json!(["ORDERS_VIEW"]));
    client.mutate(ROLE_UPDATE, json!({ "id": id, "name": "Sender", "permissions": null })).await.ok();

    let deleted = client.mutate(ROLE_DELETE, json!({ "id": id })).await.ok();
    assert_eq!(deleted, json!({ "deletedId": id, "errors": [] }));
    for (mutation, input) in
        [(ROLE_DELETE, json!({ "id": id })), (ROLE_UPDATE, json!({ "id": id, "name": "x" }))]
    {
        assert_eq!(client.mutate(mutation, input).await.rejected("NotFound").at("input.id")["id"], id);
    }

    let both = json!(["INVENTORY_EDIT", "ORDERS_VIEW"]);
    let role = || "Role".to_owned();
    let created = Some(json!({ "name": "Packer", "permissions": both }));
    assert_eq!(app.audited_changes("roleCreate").await, [(role(), None, created)]);
    let updates = [
        (role(), Some(json!({ "name": "Packer" })), Some(json!({ "name": "Sender" }))),
        (role(), Some(json!({ "permissions": both })), Some(json!({ "permissions": ["ORDERS_VIEW"] }))),
    ];
    assert_eq!(app.audited_changes("roleUpdate").await, updates, "what changes nothing is not told");
    let deleted = Some(json!({ "name": "Sender", "permissions": ["ORDERS_VIEW"] }));
    assert_eq!(app.audited_changes("roleDelete").await, [(role(), deleted, None)]);
}

#[tokio::test]
async fn role_names_are_validated_and_unique() {
    let app = TestApp::start().await;
    let client = app.admin().await;
    let id = role(&client, &"\u{e4}".repeat(100), &[]).await;
    for (name, problem) in [
        ("", "REQUIRED"),
        ("  ", "REQUIRED"),
        ("a\nb", "FORBIDDEN_CHARACTER"),
        ("a\u{202e}b", "FORBIDDEN_CHARACTER"),
        ("\u{200b}", "FORBIDDEN_CHARACTER"),
        (&"x".repeat(101), "TOO_LONG"),
        ("Shop staff", "TAKEN"),
    ] {
        for (mutation, input) in [
            (ROLE_CREATE, json!({ "name": name, "permissions": [] })),
            (ROLE_UPDATE, json!({ "id": id, "name": name })),
        ] {
            let error = client.mutate(mutation, input).await.rejected("InvalidField").at("input.name");
            assert_eq!(error["problem"], problem, "{name:?}");
        }
    }
}

#[tokio::test]
async fn role_permissions_are_limited_to_those_of_the_editor() {
    let app = TestApp::start().await;
    let boss = app.admin().await;
    let strong = role(&boss, "Strong", &["ORDERS_VIEW", "ORDERS_EDIT", "SETTINGS_EDIT"]).await;
    let client = app.staff_with(&[StaffEdit, OrdersView]).await;
    let missing = async |mutation: Mutation, input: Value, path: &str, permissions: &[&str]| {
        let error = client.mutate(mutation, input).await.rejected("PermissionsNotHeld").at(path);
        assert_eq!(error["permissions"], json!(permissions));
    };
    let beyond = ["ORDERS_EDIT", "SETTINGS_EDIT"];
    let create = json!({ "name": "x", "permissions": ["ORDERS_VIEW", "ORDERS_EDIT"] });
    missing(ROLE_CREATE, create, "input.permissions", &["ORDERS_EDIT"]).await;
    for change in [json!({ "id": strong, "name": "x" }), json!({ "id": strong, "permissions": [] })] {
        missing(ROLE_UPDATE, change, "input.permissions", &beyond).await;
    }
    missing(ROLE_DELETE, json!({ "id": strong }), "input.id", &beyond).await;

    let weak = role(&client, "Weak", &["ORDERS_VIEW"]).await;
    let raise = json!({ "id": weak, "permissions": ["ORDERS_EDIT"] });
    missing(ROLE_UPDATE, raise, "input.permissions", &["ORDERS_EDIT"]).await;
    assert_eq!(client.mutate(ROLE_DELETE, json!({ "id": weak })).await.ok()["deletedId"], weak);
}

#[tokio::test]
async fn role_delete_refuses_a_role_in_use() {
    let app = TestApp::start().await;
    let client = app.admin().await;
    let role = role(&client, "Packer", &["ORDERS_VIEW"]).await;
    let account = app.customer().await.id().await;
    assign(&client, &account, &[&role]).await;
    let delete = client.mutate(ROLE_DELETE, json!({ "id": role })).await;
    assert_eq!(delete.rejected("RoleInUse").at("input.id")["accounts"], 1);
    assign(&client, &account, &[]).await;
    assert_eq!(client.mutate(ROLE_DELETE, json!({ "id": role })).await.ok()["deletedId"], role);
}

#[tokio::test]
async fn staff_assign_makes_staff_of_a_customer_and_back() {
    let app = TestApp::start().await;
    let client = app.admin().await;
    let packer = role(&client, "Packer", &["ORDERS_VIEW"]).await;
    let greeter = role(&client, "Greeter", &["CUSTOMERS_VIEW"]).await;
    let customer = app.customer().await;
    let account = customer.id().await;
    let hired = assign(&client, &account, &[&packer, &greeter, &packer]).await;
    let expected = json!({ "email": DEMO_CUSTOMER, "kind": "STAFF",
        "roles": [{ "name": "Greeter" }, { "name": "Packer" }],
        "permissions": ["ORDERS_VIEW", "CUSTOMERS_VIEW"] });
    assert_eq!(hired, expected);
    customer.query(ME_PERMISSIONS, json!({})).await.failed("UNAUTHENTICATED", "Log in again");

    let staff = app.customer().await;
    assert_eq!(me(&staff).await["permissions"], json!(["ORDERS_VIEW", "CUSTOMERS_VIEW"]));
    staff.query(CUSTOMERS, json!({})).await.data();
    let fewer = assign(&client, &account, &[&packer]).await;
    assert_eq!(fewer["permissions"], json!(["ORDERS_VIEW"]));
    staff.query(CUSTOMERS, json!({})).await.failed("FORBIDDEN", "CUSTOMERS_VIEW");
    assert_eq!(me(&staff).await["kind"], "STAFF", "a loss ends no session, and counts at once");

    let left = assign(&client, &account, &[]).await;
    assert_eq!((&left["kind"], &left["roles"]), (&json!("CUSTOMER"), &json!([])));
    assert_eq!(me(&staff).await["permissions"], json!([]));

    let about = || "Account".to_owned();
    let told = |kind: &str, roles: &[&str]| Some(json!({ "kind": kind, "roles": roles }));
    let (none, few) = (|| told("CUSTOMER", &[]), || told("STAFF", &["Packer"]));
    let both = || told("STAFF", &["Greeter", "Packer"]);
    let expected = [(about(), none(), both()), (about(), both(), few()), (about(), few(), none())];
    assert_eq!(app.audited_changes("staffAssign").await, expected);
}

#[tokio::test]
async fn staff_assign_gives_and_takes_no_more_than_the_editor_has() {
    let app = TestApp::start().await;
    let boss = app.admin().await;
    let (weak, strong) =
        (role(&boss, "Weak", &["CUSTOMERS_VIEW"]).await, role(&boss, "Strong", &["ORDERS_EDIT"]).await);
    let customer = app.customer().await.id().await;
    let staff = app.staff().await.id().await;
    let client = app.staff_with(&[StaffEdit, CustomersView]).await;
    let input = |account: &Value, is_admin: bool, roles: &[&Value]| json!({ "id": account, "isAdmin": is_admin, "roleIds": roles });
    let (own, boss_id) = (client.id().await, boss.id().await);
    for input in [input(&customer, false, &[&weak, &strong]), input(&own, false, &[&strong])] {
        let error =
            client.mutate(STAFF_ASSIGN, input).await.rejected("PermissionsNotHeld").at("input.roleIds");
        assert_eq!(error["permissions"], json!(["ORDERS_EDIT"]));
    }
    let everything = app.staff_with(entity::Permission::ALL).await;
    for (client, account) in [(&client, &customer), (&client, &own), (&everything, &customer)] {
        let assign = client.mutate(STAFF_ASSIGN, input(account, true, &[])).await;
        assign.rejected("AdminRequired").at("input.isAdmin");
    }
    for (client, input) in [
        (&client, input(&boss_id, false, &[])),
        (&client, input(&staff, false, &[])),
        (&everything, input(&boss_id, true, &[&weak])),
    ] {
        client.mutate(STAFF_ASSIGN, input).await.rejected("AccountMayDoMore").at("input.id");
    }

    let blind = app.staff_with(&[StaffEdit]).await;
    boss.mutate(ROLE_DELETE, json!({ "id": strong })).await.ok();
    for (client, roles, path, missing) in
        [(&blind, &[][..], "input.id", &customer), (&boss, &[&weak, &strong], "input.roleIds", &strong)]
    {
        let assign = client.mutate(STAFF_ASSIGN, input(&customer, false, roles)).await;
        assert_eq!(&assign.rejected("NotFound").at(path)["id"], missing);
    }
    assert_eq!(app.audited_changes("staffAssign").await, [], "nothing was changed");
    assert_eq!(assign(&client, &customer, &[&weak]).await["kind"], "STAFF");

    let many = json!({ "id": customer, "roleIds": vec![weak; 101] });
    client.mutate(STAFF_ASSIGN, many).await.failed("BAD_USER_INPUT", "at most 100 ids, not 101");
}

#[tokio::test]
async fn last_admin_who_can_log_in_stays_admin() {
    let app = TestApp::start().await;
    let boss = app.admin().await;
    let own = boss.id().await;
    let resign = json!({ "id": own, "roleIds": [] });
    let is_refused = async || {
        boss.mutate(STAFF_ASSIGN, resign.clone()).await.rejected("LastAdmin").at("input.isAdmin");
    };
    is_refused().await;
    assert_eq!(me(&boss).await["kind"], "ADMIN");

    let second = app.someone("second@demo.example", Kind::Admin).await;
    boss.mutate(ACCOUNT_BLOCK, json!({ "id": second.id().await })).await.ok();
    is_refused().await;

    let customer = app.customer().await.id().await;
    let appoint =
        boss.mutate(STAFF_ASSIGN, json!({ "id": customer, "isAdmin": true, "roleIds": [] })).await.ok();
    assert_eq!(appoint["account"]["kind"], "ADMIN");
    assert_eq!(boss.mutate(STAFF_ASSIGN, resign.clone()).await.ok()["account"]["kind"], "CUSTOMER");
    boss.query(ROLES, json!({})).await.failed("FORBIDDEN", "STAFF_EDIT");
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
        let (a_id, b_id) = (a.id().await, b.id().await);
        let remove = async |client: &Client, other: &Value| {
            let (mutation, input) = match round % 2 {
                0 => (STAFF_ASSIGN, json!({ "id": other, "roleIds": [] })),
                _ => (ACCOUNT_BLOCK, json!({ "id": other })),
            };
            client.mutate(mutation, input).await
        };
        tokio::join!(remove(&a, &b_id), remove(&b, &a_id));
        assert_eq!(admins().count(db).await.unwrap(), 1, "round {round}");
        let left = admins().one(db).await.unwrap().unwrap();
        account::Entity::delete_by_id(left.id).exec(db).await.unwrap();
    }
}

#[tokio::test]
async fn role_update_that_adds_permissions_ends_sessions() {
    let app = TestApp::start().await;
    let client = app.admin().await;
    let (packer, sender) =
        (role(&client, "Packer", &["ORDERS_VIEW"]).await, role(&client, "Sender", &["ORDERS_EDIT"]).await);
    let member = async |email: &str, roles: &[&Value]| {
        let new = app.someone(email, Kind::Customer).await;
        assign(&client, &new.id().await, roles).await;
        app.anonymous().login(email, SOMEONES_PASSWORD).await
    };
    let one = member("one@demo.example", &[&packer]).await;
    let two = member("two@demo.example", &[&packer, &sender]).await;
    let raised = json!({ "id": packer, "permissions": ["ORDERS_VIEW", "ORDERS_EDIT"] });
    client.mutate(ROLE_UPDATE, raised).await.ok();
    one.query(ME_PERMISSIONS, json!({})).await.failed("UNAUTHENTICATED", "Log in again");
    assert_eq!(me(&two).await["kind"], "STAFF", "who had the right already goes on");
    let one = app.anonymous().login("one@demo.example", SOMEONES_PASSWORD).await;
    assert_eq!(me(&one).await["permissions"], json!(["ORDERS_VIEW", "ORDERS_EDIT"]));

    let lowered = json!({ "id": packer, "permissions": ["ORDERS_EDIT"] });
    client.mutate(ROLE_UPDATE, lowered).await.ok();
    assert_eq!(me(&one).await["permissions"], json!(["ORDERS_EDIT"]));
}

#[tokio::test]
async fn me_shows_roles_and_permissions() {
    let app = TestApp::start().await;
    let all = entity::Permission::ALL.iter().map(|permission| permission.name());
    let all: Vec<_> = all.collect();
    let most: Vec<_> = all.iter().filter(|name| !["STAFF_EDIT", "SETTINGS_EDIT"].contains(*name)).collect();
    let expected = |kind: &str, roles: Value, permissions: Value| {
        json!({ "kind": kind, "roles": roles, "permissions": permissions, "needsSecondFactor": false,
            "blockedAt": null })
    };
    let (boss, staff, customer) = (app.admin().await, app.staff().await, app.customer().await);
    for (client, expected) in [
        (&boss, expected("ADMIN", json!([]), json!(all))),
        (&staff, expected("STAFF", json!([{ "name": "Shop staff" }]), json!(most))),
        (&customer, expected("CUSTOMER", json!([]), json!([]))),
    ] {
        let mut me = me(client).await;
        me.as_object_mut().unwrap().remove("id");
        assert_eq!(me, expected);
    }
    let own_role = staff.query(ME_ROLES, json!({})).await.data()["me"]["roles"][0]["id"].take();
    let node = staff.query(NODE, json!({ "id": own_role })).await;
    assert_eq!(node.data()["node"]["id"], own_role, "one's own role is found again");
}

#[tokio::test]
async fn staff_without_the_required_second_factor_has_no_permissions() {
    let app = TestApp::with_flags(&["--staff-second-factor"]).await;
    let staff = app.staff().await;
    let seen = me(&staff).await;
    assert_eq!((&seen["needsSecondFactor"], &seen["permissions"]), (&json!(true), &json!([])));
    assert_eq!(seen["roles"], json!([{ "name": "Shop staff" }]));
    staff.query(CUSTOMERS, json!({})).await.failed("FORBIDDEN", "second factor");
    assert_eq!(me(&app.customer().await).await["needsSecondFactor"], false);
}

#[tokio::test]
async fn staff_members_are_listed_with_their_permissions() {
    let app = TestApp::start().await;
    let client = app.staff_with(&[StaffEdit, OrdersEdit, CustomersEdit]).await;
    let list =
        async |variables: Value| client.query(STAFF_MEMBERS, variables).await.data()["staffMembers"].take();
    let page = list(json!({})).await;
    assert_eq!(page["totalCount"], 3);
    let emails = texts(&page["nodes"], "email");
    assert_eq!((emails.len(), emails[0]), (3, DEMO_ADMIN), "no customers: {emails:?}");
    let staff = page["nodes"].as_array().unwrap().iter().find(|node| node["email"] == DEMO_STAFF).unwrap();
    assert_eq!(staff["roles"], json!([{ "name": "Shop staff" }]));
    assert_eq!(staff["permissions"].as_array().unwrap().len(), entity::Permission::ALL.len() - 2);

    let first = list(json!({ "first": 1 })).await;
    assert_eq!(first["pageInfo"]["hasNextPage"], true);
    let rest = list(json!({ "after": first["pageInfo"]["endCursor"] })).await;
    assert_eq!(rest["nodes"].as_array().unwrap().len(), 2);

    let count = async |first: u32| {
        let query = client.query(STAFF_MEMBERS_WITHOUT_COUNT, json!({ "first": first }));
        let (reply, statements) = app.counting_statements(query).await;
        reply.data();
        statements
    };
    assert_eq!(count(1).await, count(3).await);
}
