//! Who may call each root field, for every kind of viewer. A field without a row fails.

use std::collections::BTreeSet;

use async_graphql::parser::{
    parse_schema,
    types::{TypeKind, TypeSystemDefinition},
};
use entity::{Permission, account::Kind};
use serde_json::{Value, json};

mod rows;

use rows::{MUTATIONS, QUERIES};

use crate::support::{Client, Reply, Socket, TestApp};

/// What a viewer gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// What was asked for.
    Data,
    /// The same answer as for something that does not exist, or to be sent to the login.
    Nothing,
    /// To be told that it is not for them.
    Forbidden,
}
use Outcome::{Data, Forbidden, Nothing};

/// How many kinds of viewers there are.
const VIEWERS: usize = 7;

/// A root field, how it is called, and the answer for: anonymous, another customer, the owner, staff without a right, an
/// admin, staff with [`right`], a program with it. `$id` is the owner's account, `$address` a new one of the owner's
/// addresses, `$session` a new one of the owner's sessions, `$apiKey` a new API key, `$cart` and `$cartLine` the owner's cart and a line of it, `$category` a category, `$collection` a
/// new collection whose active period has ended, `$deadLetter` a new dead letter, `$discount` a new discount, `$promotion` a new code of one, `$option` a new option of a product,
/// `$product` a new product, `$shippingMethod` and `$shippingZone` new ones, `$taxClass` a new tax class, `$taxRate` a new
/// tax rate, `$variant` a variant.
type Row = (&'static str, &'static str, [Outcome; VIEWERS]);

const EVERYBODY: [Outcome; VIEWERS] = [Data; VIEWERS];
/// Whoever is logged in, but no program.
const PEOPLE: [Outcome; VIEWERS] = [Nothing, Data, Data, Data, Data, Data, Forbidden];
/// The owner only.
const OWNER: [Outcome; VIEWERS] = [Nothing, Nothing, Data, Nothing, Nothing, Nothing, Forbidden];
/// The owner only; to everybody else it does not exist.
const OWNER_ALONE: [Outcome; VIEWERS] = [Nothing, Nothing, Data, Nothing, Nothing, Nothing, Nothing];
/// The owner, and whoever has the right; to everybody else it does not exist.
const OWNER_AND_RIGHT: [Outcome; VIEWERS] = [Nothing, Nothing, Data, Nothing, Data, Data, Data];

/// Whoever has the right; everybody else is told what it takes.
const RIGHT: [Outcome; VIEWERS] = [Nothing, Forbidden, Forbidden, Forbidden, Data, Data, Data];

/// People who have the right: what gives rights is for no program.
const RIGHT_OF_PEOPLE: [Outcome; VIEWERS] = [Nothing, Forbidden, Forbidden, Forbidden, Data, Data, Forbidden];

/// The right that a root field takes of staff and programs, if any.
fn right(field: &str) -> &'static [Permission] {
    match field {
        "secondFactorReset" => &[Permission::CustomersView, Permission::CustomersEdit],
        "apiKeys" | "apiKeyCreate" | "apiKeyRevoke" | "auditEntries" => &[Permission::SettingsEdit],
        "deadLetters" | "deadLetterDiscard" | "deadLetterRetry" | "shopUpdate" => &[Permission::SettingsEdit],
        "customer" | "customers" | "node" | "nodes" => &[Permission::CustomersView],
        "accountBlock"
        | "accountUnblock"
        | "customerUpdate"
        | "customerTaxExemptionSet"
        | "customerTagsSet" => &[Permission::CustomersView, Permission::CustomersEdit],
        "discount" | "discounts" | "discountPreview" | "discountCreate" | "discountUpdate"
        | "discountDelete" => &[Permission::DiscountsEdit],
        "discountCodesAdd" | "discountCodesGenerate" | "discountCodeDelete" => &[Permission::DiscountsEdit],
        "cart" => &[Permission::OrdersView],
        "lowStock" | "stockMovements" | "stockReceive" | "stockAdjust" | "stockSet" | "stockPolicySet" => {
            &[Permission::InventoryEdit]
        }
        "productCreate"
        | "productUpdate"
        | "productPublish"
        | "productArchive"
        | "productDelete"
        | "productSet"
        | "productOptionCreate"
        | "productOptionUpdate"
        | "productOptionDelete"
        | "productImagesSet"
        | "metadataUpdate"
        | "variantCreate"
        | "variantsCreate"
        | "variantUpdate"
        | "variantArchive"
        | "variantsReorder"
        | "variantPricesSet" => &[Permission::ProductsEdit],
        "collection" | "collectionCreate" | "collectionUpdate" | "collectionDelete" => {
            &[Permission::ProductsEdit]
        }
        "collectionProductsAdd" | "collectionProductsRemove" | "collectionProductsReorder" => {
            &[Permission::ProductsEdit]
        }
        "categoryCreate" | "categoryUpdate" | "categoryMove" | "categoryDelete" => {
            &[Permission::ProductsEdit]
        }
        "taxSettings" | "taxSettingsUpdate" | "taxRates" | "taxPreview" => &[Permission::SettingsEdit],
        "taxRateCreate" | "taxRateUpdate" | "taxRateDelete" => &[Permission::SettingsEdit],
        "taxClasses" | "taxClassCreate" | "taxClassUpdate" | "taxClassDelete" => &[Permission::ProductsEdit],
        "shippingZones"
        | "shippingZoneCreate"
        | "shippingZoneUpdate"
        | "shippingZoneDelete"
        | "shippingMethodCreate"
        | "shippingMethodUpdate"
        | "shippingMethodDelete"
        | "shippingMethodsReorder" => &[Permission::SettingsEdit],
        "roles" | "staffMembers" | "roleCreate" | "roleDelete" | "roleUpdate" => &[Permission::StaffEdit],
        "staffAssign" => &[Permission::StaffEdit, Permission::CustomersView],
        _ => &[],
    }
}

/// Subscriptions: the first answer of each is an error for those who get nothing, and does not come before something
/// happens for the others.
const SUBSCRIPTIONS: &[Row] = &[("sessionRevoked", "sessionRevoked { isCurrent }", PEOPLE)];

async fn fields(app: &TestApp, root: &str) -> BTreeSet<String> {
    let data =
        app.anonymous().run(&format!("{{ __schema {{ {root} {{ fields {{ name }} }} }} }}")).await.data();
    let fields = data["__schema"][root]["fields"].as_array().unwrap().iter();
    fields.map(|field| field["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn every_root_field_has_a_row() {
    let app = TestApp::start().await;
    for (root, rows) in
        [("queryType", QUERIES), ("mutationType", MUTATIONS), ("subscriptionType", SUBSCRIPTIONS)]
    {
        let rows = rows.iter().map(|(field, _, _)| (*field).to_owned()).collect();
        assert_eq!(fields(&app, root).await, rows, "{root}");
    }
}

/// `@requires` in the schema, the last sentence of the description and the rows say the same.
#[test]
fn what_the_schema_requires_is_what_the_rows_say() {
    let mut stated = BTreeSet::new();
    for definition in parse_schema(bodega::graphql::sdl()).unwrap().definitions {
        let TypeSystemDefinition::Type(ty) = definition else { continue };
        let TypeKind::Object(object) = &ty.node.kind else { continue };
        let root = ty.node.name.node.as_str();
        for field in object.fields.iter().filter(|_| ["Query", "Mutation", "Subscription"].contains(&root)) {
            let field = &field.node;
            let description = field.description.as_ref().unwrap().node.replace('\n', " ");
            let requires = field.directives.iter().find(|directive| directive.node.name.node == "requires");
            let Some(directive) = requires else {
                // What depends on the object is said in words.
                let last = description.rsplit(". ").next().unwrap();
                assert!(
                    !last.starts_with("Requires `") || last.matches('`').count() > 2,
                    "{}",
                    field.name.node
                );
                if description.contains("Requires ") {
                    stated.insert(field.name.node.to_string());
                }
                continue;
            };
            let permission = directive.node.get_argument("permission").unwrap().node.to_string();
            let ending = format!("Requires `{permission}`.");
            assert!(description.ends_with(&ending), "{}: {description}", field.name.node);
            let rights: Vec<_> = right(&field.name.node).iter().map(|right| right.name()).collect();
            assert!(
                rights.contains(&permission.as_str()),
                "{}: {permission}, not {rights:?}",
                field.name.node
            );
            stated.insert(field.name.node.to_string());
        }
    }
    let is_right = |outcomes: &[Outcome; VIEWERS]| [RIGHT, RIGHT_OF_PEOPLE].contains(outcomes);
    let rows = [QUERIES, MUTATIONS].into_iter().flatten().filter(|(_, _, outcomes)| is_right(outcomes));
    let unstated: Vec<_> = rows.map(|(field, ..)| *field).filter(|field| !stated.contains(*field)).collect();
    assert_eq!(unstated, [""; 0]);
}

/// Every kind of viewer, those who are made for it named after `field`.
async fn viewers(app: &TestApp, field: &str) -> [(&'static str, Client); VIEWERS] {
    [
        ("anonymous", app.anonymous()),
        ("another customer", app.someone(&format!("other-{field}@demo.example"), Kind::Customer).await),
        ("the owner", app.customer().await),
        ("staff", app.staff_with(&[]).await),
        ("an admin", app.someone(&format!("admin-{field}@demo.example"), Kind::Admin).await),
        ("staff with the right", app.staff_with(right(field)).await),
        ("a program with the right", app.program_with(right(field)).await),
    ]
}

/// What a reply comes to. Nothing is null, a payload that says so, or to be sent to the login.
#[track_caller]
fn answer(reply: &Reply, field: &str) -> Outcome {
    let json = reply.json();
    if json.get("errors").is_some() {
        if reply.error()["extensions"]["code"] == "FORBIDDEN" {
            return Forbidden;
        }
        reply.failed("UNAUTHENTICATED", "Log in first");
        return Nothing;
    }
    let data = &json["data"][field];
    let error = data["errors"][0]["__typename"].as_str().unwrap_or_default();
    let is_empty = data.as_object().is_some_and(|payload| payload.values().all(Value::is_null));
    if is_empty || [Value::Null, json!([null])].contains(data) || error.ends_with("NotFound") {
        Nothing
    } else {
        Data
    }
}

async fn new_address(owner: &Client) -> Value {
    let create =
        "mutation { addressCreate(input: { name: \"A\", line1: \"B\", city: \"C\", countryCode: \"US\" }) {
        address { id } } }";
    owner.run(create).await.data()["addressCreate"]["address"]["id"].take()
}

async fn new_session(owner: &Client) -> Value {
    owner.run("{ sessions { id } }").await.data()["sessions"][0]["id"].take()
}

async fn new_api_key(admin: &Client) -> Value {
    let create = "mutation { apiKeyCreate(input: { name: \"A\", permissions: [] }) { apiKey { id } } }";
    admin.run(create).await.data()["apiKeyCreate"]["apiKey"]["id"].take()
}

async fn new_dead_letter(app: &TestApp, admin: &Client) -> Value {
    app.dead_letter(json!({})).await;
    let query = "{ deadLetters(first: 1) { nodes { id } } }";
    admin.run(query).await.data()["deadLetters"]["nodes"][0]["id"].take()
}

async fn somebodys_role(app: &TestApp) -> Value {
    let me = app.staff_with(&[]).await.run("{ me { roles { id } } }").await.data();
    me["me"]["roles"][0]["id"].clone()
}

/// The owner's cart, with a line.
async fn cart(app: &TestApp) -> Value {
    let owner = app.customer().await;
    let create = "mutation { cartCreate(input: {}) { cart { id lines { id } } } }";
    let cart = owner.run(create).await.data()["cartCreate"]["cart"].take();
    if cart["lines"] != json!([]) {
        return cart;
    }
    let add = "mutation ($id: ID!, $variant: ID!) { cartLinesAdd(input: { id: $id, lines: [{ variantId: $variant }] }) {
        cart { id lines { id } } } }";
    let variables = json!({ "id": cart["id"], "variant": any_variant(&owner).await });
    owner.ask(add, variables).await.data()["cartLinesAdd"]["cart"].take()
}

/// A category with products.
async fn any_category(app: &TestApp) -> Value {
    app.anonymous().run("{ category(slug: \"brewing\") { id } }").await.data()["category"]["id"].take()
}

/// A new collection whose active period has ended.
async fn ended_collection(admin: &Client) -> Value {
    let create = "mutation ($slug: String!) { collectionCreate(input: { name: \"x\", slug: $slug,
        activeUntil: \"2020-01-01T00:00:00Z\" }) { collection { id } } }";
    let reply = admin.ask(create, json!({ "slug": uuid::Uuid::now_v7() })).await;
    reply.data()["collectionCreate"]["collection"]["id"].take()
}

async fn any_variant(admin: &Client) -> Value {
    let query = "{ product(slug: \"hand-grinder\") { variants { id } } }";
    admin.run(query).await.data()["product"]["variants"][0]["id"].take()
}

async fn new_product(admin: &Client) -> Value {
    let name = uuid::Uuid::now_v7();
    let create = format!(
        "mutation {{ productCreate(input: {{ name: \"{name}\", options: [{{ name: \"A\", values: [\"B\"] }}] }}) {{
        product {{ id options {{ id }} }} }} }}"
    );
    admin.run(&create).await.data()["productCreate"]["product"].take()
}

async fn new_tax_class(admin: &Client) -> Value {
    let create = "mutation ($name: String!) { taxClassCreate(input: { name: $name }) { taxClass { id } } }";
    let reply = admin.ask(create, json!({ "name": uuid::Uuid::now_v7() })).await;
    reply.data()["taxClassCreate"]["taxClass"]["id"].take()
}

async fn new_tax_rate(admin: &Client) -> Value {
    let create = "mutation ($class: ID!) { taxRateCreate(input: { taxClassId: $class, name: \"y\", percentage: \"1\" }) {
        rate { id } } }";
    let reply = admin.ask(create, json!({ "class": new_tax_class(admin).await })).await;
    reply.data()["taxRateCreate"]["rate"]["id"].take()
}

async fn new_shipping_zone(admin: &Client) -> Value {
    let name = uuid::Uuid::now_v7();
    let create = format!(
        "mutation {{ shippingZoneCreate(input: {{ name: \"{name}\", places: [] }}) {{ zone {{ id }} }} }}"
    );
    admin.run(&create).await.data()["shippingZoneCreate"]["zone"]["id"].take()
}

async fn new_shipping_method(admin: &Client) -> Value {
    let create =
        "mutation ($zone: ID!) { shippingMethodCreate(input: { zoneId: $zone, name: \"x\", prices: [] }) {
        method { id } } }";
    let reply = admin.ask(create, json!({ "zone": new_shipping_zone(admin).await })).await;
    reply.data()["shippingMethodCreate"]["method"]["id"].take()
}

async fn new_discount(admin: &Client) -> Value {
    let create =
        "mutation { discountCreate(input: { name: \"x\", kind: FREE_SHIPPING }) { discount { id } } }";
    admin.run(create).await.data()["discountCreate"]["discount"]["id"].take()
}

/// A new code of a new discount.
async fn new_promotion(admin: &Client) -> Value {
    let add = "mutation ($id: ID!, $code: String!) { discountCodesAdd(input: { discountId: $id, codes: [{ code: $code }] }) {
        codes { id } } }";
    let variables = json!({ "id": new_discount(admin).await, "code": uuid::Uuid::now_v7() });
    admin.ask(add, variables).await.data()["discountCodesAdd"]["codes"][0]["id"].take()
}

async fn new_customer(app: &TestApp) -> Value {
    let email = format!("{}@demo.example", uuid::Uuid::now_v7());
    let someone = app.someone(&email, Kind::Customer).await;
    someone.id().await
}

#[tokio::test]
async fn every_viewer_gets_what_is_theirs() {
    let app = TestApp::start().await;
    let owner = app.customer().await;
    let admin = app.someone("boss@demo.example", Kind::Admin).await;
    let id = owner.id().await;
    for (kind, rows) in [("query", QUERIES), ("mutation", MUTATIONS)] {
        for (field, call, expected) in rows {
            let viewers = viewers(&app, field).await;
            let names = [
                "id",
                "address",
                "apiKey",
                "cart",
                "cartLine",
                "category",
                "collection",
                "deadLetter",
                "discount",
                "option",
                "product",
                "promotion",
                "role",
                "session",
                "shippingMethod",
                "shippingZone",
                "someone",
                "taxClass",
                "taxRate",
                "variant",
            ];
            let used: Vec<_> = names.into_iter().filter(|name| call.contains(&format!("${name}"))).collect();
            let declared: String = used.iter().map(|name| format!("${name}: ID!")).collect();
            let declared = if declared.is_empty() { declared } else { format!("({declared})") };
            for ((viewer, client), expected) in viewers.into_iter().zip(expected) {
                let mut variables = json!({});
                for name in &used {
                    variables[*name] = match *name {
                        "address" => new_address(&app.customer().await).await,
                        "apiKey" => new_api_key(&admin).await,
                        "cart" => cart(&app).await["id"].take(),
                        "cartLine" => cart(&app).await["lines"][0]["id"].take(),
                        "category" => any_category(&app).await,
                        "collection" => ended_collection(&admin).await,
                        "session" => new_session(&app.customer().await).await,
                        "deadLetter" => new_dead_letter(&app, &admin).await,
                        "discount" => new_discount(&admin).await,
                        "promotion" => new_promotion(&admin).await,
                        "role" => somebodys_role(&app).await,
                        "someone" => new_customer(&app).await,
                        "option" => new_product(&admin).await["options"][0]["id"].take(),
                        "product" => new_product(&admin).await["id"].take(),
                        "taxClass" => new_tax_class(&admin).await,
                        "taxRate" => new_tax_rate(&admin).await,
                        "shippingMethod" => new_shipping_method(&admin).await,
                        "shippingZone" => new_shipping_zone(&admin).await,
                        "variant" => any_variant(&admin).await,
                        _ => id.clone(),
                    };
                }
                let reply = client.ask(&format!("{kind} {declared} {{ {call} }}"), variables).await;
                assert_eq!(answer(&reply, field), *expected, "{field} for {viewer}: {}", reply.text);
            }
        }
    }
}

#[tokio::test]
async fn every_viewer_hears_what_concerns_them() {
    let app = TestApp::start().await;
    for (field, call, expected) in SUBSCRIPTIONS {
        let mut ears = Vec::new();
        for ((viewer, client), expected) in viewers(&app, field).await.into_iter().zip(expected) {
            let mut socket = Socket::connect(&app, client.token.as_deref()).await;
            socket.subscribe("1", &format!("subscription {{ {call} }}")).await;
            socket.subscribe("2", "{ __typename }").await;
            let heard = match expected {
                Nothing | Forbidden => {
                    let mut first = socket.receive().await;
                    while first["id"] != "1" {
                        first = socket.receive().await;
                    }
                    first
                }
                Data => socket.receive().await,
            };
            let code = &heard["payload"]["errors"][0]["extensions"]["code"];
            match expected {
                Nothing => assert_eq!(code, "UNAUTHENTICATED", "{field} for {viewer}: {heard}"),
                Forbidden => assert_eq!(code, "FORBIDDEN", "{field} for {viewer}: {heard}"),
                Data => {
                    assert_eq!(heard["id"], "2", "{field} for {viewer}: {heard}");
                    assert_eq!(socket.receive().await["type"], "complete");
                    ears.push((viewer, socket));
                }
            }
        }
        // Something happens to the owner only. Once the owner has heard of it, the others would have, too.
        let (mut owner, others): (Vec<_>, Vec<_>) =
            ears.into_iter().partition(|(viewer, _)| *viewer == "the owner");
        let event = app.end_sessions_until(owner[0].1.receive()).await;
        assert_eq!(event["type"], "next");
        for (viewer, mut socket) in others {
            socket.send(json!({ "type": "ping" })).await;
            assert_eq!(socket.receive().await["type"], "pong", "{viewer}");
        }
    }
}
