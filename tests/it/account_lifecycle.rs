//! How an account comes to be, changes and goes: registered, verified, changed, exported, deleted.

use std::{collections::BTreeSet, time::Duration};

use entity::{
    AccountId, Currency, OrderId, OrderLineId, account, account::Kind, audit_entry, job, one_time_token,
    order, order_line, registration,
};
use futures_util::future::join_all;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait,
    QueryFilter, Statement,
};
use serde_json::{Value, json};

use crate::support::{Client, Reply, SOMEONES_PASSWORD, Stack, TestApp, stack};

const EMAIL: &str = "ada@shop.example";
const NEW_PASSWORD: &str = "violin-gravel-teapot";

const REGISTER: &str = "mutation ($input: RegisterInput!) { register(input: $input) {
    errors { __typename ... on UserError { message path } ... on InvalidField { problem } } } }";
const VERIFY: &str = "mutation ($token: String!) { emailVerify(input: { token: $token }) {
    account { email name kind } errors { __typename } } }";
const RESEND: &str =
    "mutation ($email: String!) { emailVerifyResend(input: { email: $email }) { errors { __typename } } }";
const REQUEST_RESET: &str =
    "mutation ($email: String!) { passwordResetRequest(input: { email: $email }) { errors { __typename } } }";
const RESET: &str = "mutation ($token: String!, $password: String!) {
    passwordReset(input: { token: $token, newPassword: $password }) { errors { __typename } } }";
const CHANGE_PASSWORD: &str = "mutation ($old: String!, $new: String!) {
    passwordChange(input: { password: $old, newPassword: $new }) {
        session { token isCurrent } errors { __typename ... on UserError { message path } } } }";
const REQUEST_EMAIL_CHANGE: &str = "mutation ($email: String!, $password: String!) {
    emailChangeRequest(input: { email: $email, password: $password }) { errors { __typename } } }";
const CONFIRM_EMAIL_CHANGE: &str =
    "mutation ($token: String!) { emailChangeConfirm(input: { token: $token }) {
    email errors { __typename } } }";
const DELETE: &str = "mutation ($password: String!) { accountDelete(input: { password: $password }) {
    deletedId errors { __typename } } }";

/// The `__typename` of the only error of a payload; empty without one.
fn error(reply: &Reply) -> String {
    let data = reply.data();
    let payload = data.as_object().unwrap().values().next().unwrap();
    let errors = payload["errors"].as_array().unwrap();
    assert!(errors.len() <= 1, "{errors:?}");
    errors.first().map_or(String::new(), |error| error["__typename"].as_str().unwrap().to_owned())
}

async fn register(client: &Client, email: &str, password: &str) -> Reply {
    client.ask(REGISTER, json!({ "input": { "email": email, "password": password, "name": " Ada " } })).await
}

async fn token_for(app: &TestApp, email: &str) -> String {
    app.mail_to(email).await.token()
}

async fn someone(app: &TestApp) -> Client {
    app.someone(EMAIL, Kind::Customer).await
}

#[tokio::test]
async fn a_registration_becomes_an_account_when_its_address_is_verified() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    assert_eq!(error(&register(&client, " Ada@Shop.example ", SOMEONES_PASSWORD).await), "");
    let mail = app.mail_to(EMAIL).await;
    assert!(!mail.text.contains("Ada "), "whoever registers cannot advertise by a name");
    let login = json!({ "input": { "email": EMAIL, "password": SOMEONES_PASSWORD } });
    let early = client.ask(crate::operations::LOGIN.text, login).await;
    assert_eq!(error(&early), "InvalidCredentials", "there is no account yet");

    let verified = client.ask(VERIFY, json!({ "token": mail.token() })).await.data();
    let account = json!({ "email": EMAIL, "name": "Ada", "kind": "CUSTOMER" });
    assert_eq!(verified["emailVerify"], json!({ "account": account, "errors": [] }));
    assert!(client.login(EMAIL, SOMEONES_PASSWORD).await.is_logged_in().await);
    let again = client.ask(VERIFY, json!({ "token": mail.token() })).await;
    assert_eq!(error(&again), "InvalidToken", "a token is good once");
}

#[tokio::test]
async fn a_known_address_gets_the_same_answer_and_its_owner_a_letter() {
    let app = TestApp::start().await;
    let client = someone(&app).await;
    let unknown = register(&client, "nobody@shop.example", NEW_PASSWORD).await;
    let statements = app.statements();
    let known = register(&client, EMAIL, NEW_PASSWORD).await;
    let with_known = app.statements() - statements;
    let statements = app.statements();
    register(&client, "nobody2@shop.example", NEW_PASSWORD).await;
    assert_eq!(known.text, unknown.text);
    assert_eq!(with_known, app.statements() - statements, "nor does the time tell");
    assert_eq!(with_known, 5, "the shop's name; expired registrations, this one, its mail, the audit log");
    assert!(app.mail_to(EMAIL).await.text.contains("already"));
    client.login(EMAIL, SOMEONES_PASSWORD).await;
}

/// Nobody prepares an account for somebody else: the letters look alike, so the password tells which registration is whose.
#[tokio::test]
async fn an_address_that_was_registered_twice_is_verified_with_the_password() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    register(&client, EMAIL, SOMEONES_PASSWORD).await;
    let mine = token_for(&app, EMAIL).await;
    register(&client, EMAIL, NEW_PASSWORD).await;
    let strangers = app.mail_to_until(EMAIL, |mail| mail.token() != mine).await.token();
    let verify = async |token: &str, password: Option<&str>| {
        let query = "mutation ($token: String!, $password: String) {
            emailVerify(input: { token: $token, password: $password }) { errors { __typename } } }";
        error(&client.ask(query, json!({ "token": token, "password": password })).await)
    };
    for password in [None, Some(SOMEONES_PASSWORD), Some("")] {
        assert_eq!(verify(&strangers, password).await, "PasswordRequired", "{password:?}");
    }
    assert_eq!(verify(&mine, None).await, "PasswordRequired");
    assert_eq!(verify(&mine, Some(SOMEONES_PASSWORD)).await, "", "refusals do not use a token up");
    assert_eq!(verify(&strangers, Some(NEW_PASSWORD)).await, "InvalidToken");
    client.login(EMAIL, SOMEONES_PASSWORD).await;
}

#[tokio::test]
async fn bad_registrations_are_refused_with_the_field_and_change_nothing() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let refused = async |input: Value| {
        let data = client.ask(REGISTER, json!({ "input": input })).await.data();
        let error = data["register"]["errors"][0].clone();
        (error["__typename"].clone(), error["path"].clone(), error["problem"].clone())
    };
    let at = |field: &str| json!(["input", field]);
    for email in ["", "nobody", "a b@c.example", &"a".repeat(10_000)] {
        let answer = refused(json!({ "email": email, "password": NEW_PASSWORD })).await;
        assert_eq!(answer, (json!("InvalidField"), at("email"), json!("INVALID_FORMAT")), "{email:.20}");
    }
    for (password, problem) in [
        ("short", "TOO_SHORT"),
        (&*"ü€".repeat(200), "TOO_LONG"),
        ("password1", "TOO_WEAK"),
        ("ada@shop.example", "TOO_WEAK"),
        ("aaaaaaaaaaaa", "TOO_WEAK"),
    ] {
        let answer = refused(json!({ "email": EMAIL, "password": password })).await;
        assert_eq!(answer, (json!("InvalidField"), at("password"), json!(problem)), "{password:.20}");
    }
    for (name, problem) in [
        ("a\nb", "FORBIDDEN_CHARACTER"),
        ("a\u{202e}b", "FORBIDDEN_CHARACTER"),
        ("\u{200b}\u{2060}", "FORBIDDEN_CHARACTER"),
        (&"a".repeat(101), "TOO_LONG"),
    ] {
        let answer = refused(json!({ "email": EMAIL, "password": NEW_PASSWORD, "name": name })).await;
        assert_eq!(answer, (json!("InvalidField"), at("name"), json!(problem)), "{name:.20}");
    }
    let db = app.services().db.connection();
    assert_eq!(registration::Entity::find().count(db).await.unwrap(), 0);
}

#[tokio::test]
async fn a_registration_that_nobody_verifies_expires() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    register(&client, EMAIL, SOMEONES_PASSWORD).await;
    let token = token_for(&app, EMAIL).await;
    app.clock.advance(Duration::from_secs(24 * 3600));
    assert_eq!(error(&client.ask(VERIFY, json!({ "token": token })).await), "InvalidToken");
    register(&client, "other@shop.example", SOMEONES_PASSWORD).await;
    let left = registration::Entity::find().all(app.services().db.connection()).await.unwrap();
    assert_eq!(left.len(), 1, "what has expired is removed");
}

#[tokio::test]
async fn a_letter_is_sent_again_only_where_a_registration_waits() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    register(&client, EMAIL, SOMEONES_PASSWORD).await;
    let first = token_for(&app, EMAIL).await;
    for email in [EMAIL, "nobody@shop.example", "customer@demo.example"] {
        assert_eq!(error(&client.ask(RESEND, json!({ "email": email })).await), "");
    }
    let second = app.mail_to_until(EMAIL, |mail| mail.token() != first).await.token();
    assert_eq!(error(&client.ask(VERIFY, json!({ "token": second })).await), "");
    assert!(app.mails().iter().all(|mail| mail.to == EMAIL), "nobody else gets mail");
    assert_eq!(error(&client.ask(RESEND, json!({ "email": "nonsense" })).await), "InvalidField");
}

#[tokio::test]
async fn a_reset_ends_all_sessions_and_tokens() {
    let app = TestApp::start().await;
    let other = app.another_instance().await;
    let client = someone(&app).await;
    let elsewhere = other.anonymous().with_token(client.token.clone().unwrap());
    let anonymous = app.anonymous();
    for _ in 0..2 {
        assert_eq!(error(&anonymous.ask(REQUEST_RESET, json!({ "email": EMAIL })).await), "");
    }
    let first = token_for(&app, EMAIL).await;
    let tokens = [app.mail_to_until(EMAIL, |mail| mail.token() != first).await.token(), first];
    let weak = anonymous.ask(RESET, json!({ "token": tokens[0], "password": "password1" })).await;
    assert_eq!(error(&weak), "InvalidField", "which does not use the token up");
    assert!(elsewhere.is_logged_in().await);
    let reset = anonymous.ask(RESET, json!({ "token": tokens[0], "password": NEW_PASSWORD })).await;
    assert_eq!(error(&reset), "");
    assert!(!client.is_logged_in().await && !elsewhere.is_logged_in().await);
    for token in &tokens {
        let again = anonymous.ask(RESET, json!({ "token": token, "password": NEW_PASSWORD })).await;
        assert_eq!(error(&again), "InvalidToken");
    }
    assert!(anonymous.login(EMAIL, NEW_PASSWORD).await.is_logged_in().await);
}

#[tokio::test]
async fn nobody_learns_by_a_reset_who_has_an_account() {
    let app = TestApp::start().await;
    someone(&app).await;
    let client = app.anonymous();
    let mut seen = Vec::new();
    for email in [EMAIL, "nobody@shop.example"] {
        let statements = app.statements();
        let reply = client.ask(REQUEST_RESET, json!({ "email": email })).await;
        seen.push((reply.text, app.statements() - statements));
    }
    assert_eq!(seen[0], seen[1]);
    app.mail_to(EMAIL).await;
    assert!(app.mails().iter().all(|mail| mail.to == EMAIL));
}

#[tokio::test]
async fn asking_for_letters_is_limited_for_each_recipient() {
    let app = TestApp::with_flags(&["--mail-burst-recipient", "2"]).await;
    let client = app.anonymous();
    for _ in 0..2 {
        assert_eq!(error(&client.ask(REQUEST_RESET, json!({ "email": EMAIL })).await), "");
    }
    assert_eq!(error(&client.ask(REQUEST_RESET, json!({ "email": EMAIL })).await), "RateLimited");
    assert_eq!(error(&register(&client, EMAIL, NEW_PASSWORD).await), "", "letters of each kind count apart");
    assert_eq!(error(&client.ask(RESEND, json!({ "email": "b@shop.example" })).await), "");
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions_and_renews_the_present_one() {
    let app = TestApp::start().await;
    let client = someone(&app).await;
    let second = app.anonymous().login(EMAIL, SOMEONES_PASSWORD).await;
    app.anonymous().ask(REQUEST_RESET, json!({ "email": EMAIL })).await;
    let token = token_for(&app, EMAIL).await;

    let wrong = client.ask(CHANGE_PASSWORD, json!({ "old": "wrong", "new": NEW_PASSWORD })).await;
    let told = json!([{ "__typename": "WrongPassword", "message": "The current password is wrong.",
        "path": ["input", "password"] }]);
    assert_eq!(wrong.data()["passwordChange"]["errors"], told);
    assert!(second.is_logged_in().await);

    let changed =
        client.ask(CHANGE_PASSWORD, json!({ "old": SOMEONES_PASSWORD, "new": NEW_PASSWORD })).await.data();
    let session = &changed["passwordChange"]["session"];
    assert_eq!(session["isCurrent"], true);
    let renewed = app.anonymous().with_token(session["token"].as_str().unwrap());
    assert!(renewed.is_logged_in().await && !client.is_logged_in().await && !second.is_logged_in().await);
    let reset = app.anonymous().ask(RESET, json!({ "token": token, "password": SOMEONES_PASSWORD })).await;
    assert_eq!(error(&reset), "InvalidToken", "tokens end with the password");
    let open = renewed.run("{ sessions { isCurrent } }").await.data();
    assert_eq!(open["sessions"], json!([{ "isCurrent": true }]));
}

#[tokio::test]
async fn a_session_that_a_cookie_shows_is_renewed_by_a_cookie() {
    let app = TestApp::start().await;
    let token = someone(&app).await.token.unwrap();
    let client = app.anonymous();
    let body =
        json!({ "query": CHANGE_PASSWORD, "variables": { "old": SOMEONES_PASSWORD, "new": NEW_PASSWORD } });
    let reply =
        client.send(client.post().header("cookie", format!("__Host-bodega={token}")).json(&body)).await;
    assert_eq!(reply.data()["passwordChange"]["session"]["token"], Value::Null);
    let cookie = reply.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let me = client.post().header("cookie", cookie).json(&json!({ "query": "{ me { email } }" }));
    assert_eq!(client.send(me).await.data()["me"]["email"], EMAIL);
}

#[tokio::test]
async fn an_address_changes_when_the_new_one_confirms_and_both_are_told() {
    let app = TestApp::start().await;
    let client = someone(&app).await;
    app.anonymous().ask(REQUEST_RESET, json!({ "email": EMAIL })).await;
    let reset = token_for(&app, EMAIL).await;
    let new = "lovelace@shop.example";
    let ask = async |email: &str, password: &str| {
        error(&client.ask(REQUEST_EMAIL_CHANGE, json!({ "email": email, "password": password })).await)
    };
    assert_eq!(ask(new, "wrong").await, "WrongPassword");
    assert_eq!(ask("nonsense", SOMEONES_PASSWORD).await, "InvalidField");
    assert_eq!(ask(EMAIL, SOMEONES_PASSWORD).await, "InvalidField");
    assert_eq!(ask(new, SOMEONES_PASSWORD).await, "");
    let token = token_for(&app, new).await;
    let told = app.mail_to_until(EMAIL, |mail| mail.text.contains("l***@")).await;
    assert!(!told.text.contains(new), "the old address sees only a part of the new one");

    let changed = app.anonymous().ask(CONFIRM_EMAIL_CHANGE, json!({ "token": token })).await.data();
    assert_eq!(changed["emailChangeConfirm"]["email"], new);
    assert_eq!(
        error(&app.anonymous().ask(CONFIRM_EMAIL_CHANGE, json!({ "token": token })).await),
        "InvalidToken"
    );
    assert!(client.is_logged_in().await);
    let reset = app.anonymous().ask(RESET, json!({ "token": reset, "password": NEW_PASSWORD })).await;
    assert_eq!(error(&reset), "InvalidToken", "letters to the old address are no good any more");
    app.anonymous().login(new, SOMEONES_PASSWORD).await;
    for to in [EMAIL, new] {
        app.mail_to_until(to, |mail| mail.subject.to_lowercase().contains("changed")).await;
    }
}

#[tokio::test]
async fn an_address_that_has_an_account_is_told_instead() {
    let app = TestApp::start().await;
    let client = someone(&app).await;
    app.create_account("taken@shop.example", SOMEONES_PASSWORD, Kind::Customer).await;
    let ask = json!({ "email": "taken@shop.example", "password": SOMEONES_PASSWORD });
    assert_eq!(error(&client.ask(REQUEST_EMAIL_CHANGE, ask).await), "");
    assert!(!app.mail_to("taken@shop.example").await.text.contains("#token="));
    let tokens = one_time_token::Entity::find().count(app.services().db.connection()).await.unwrap();
    assert_eq!(tokens, 0);
}

#[tokio::test]
async fn a_profile_keeps_what_is_left_out() {
    let app = TestApp::start().await;
    let client = someone(&app).await;
    let update = async |input: &str| {
        let query = format!(
            "mutation {{ profileUpdate(input: {input}) {{ account {{ name }} errors {{ __typename }} }} }}"
        );
        client.run(&query).await.data()["profileUpdate"].take()
    };
    assert_eq!(update("{ name: \" Ada \" }").await, json!({ "account": { "name": "Ada" }, "errors": [] }));
    assert_eq!(update("{}").await["account"]["name"], "Ada");
    let refused = update("{ name: \"a\\nb\" }").await;
    assert_eq!(refused, json!({ "account": null, "errors": [{ "__typename": "InvalidField" }] }));
    assert_eq!(client.run("{ me { name } }").await.data()["me"]["name"], "Ada");
}

#[tokio::test]
async fn an_export_holds_all_that_is_known_and_no_secret() {
    let app = TestApp::start().await;
    let client = someone(&app).await;
    let address =
        "mutation { addressCreate(input: { name: \"Ada\", line1: \"St James's Square 12\", city: \"London\",
        countryCode: \"GB\" }) { errors { __typename } } }";
    client.run(address).await.data();
    client.run("mutation { profileUpdate(input: { name: \"Ada\" }) { errors { __typename } } }").await.data();
    let db = app.services().db.connection();
    let mine = account::Entity::with_email(EMAIL).one(db).await.unwrap().unwrap();
    order_of(&app, mine.id).await;

    let export = client.run("{ accountExport }").await;
    let data = export.data()["accountExport"].take();
    assert_eq!((&data["account"]["email"], &data["account"]["name"]), (&json!(EMAIL), &json!("Ada")));
    assert_eq!(data["addresses"][0]["line1"], "St James's Square 12");
    assert_eq!(data["orders"][0]["total"], json!({ "amount": "24.00", "currency": "EUR" }));
    assert_eq!(data["orders"][0]["lines"][0]["unitPrice"]["amount"], "12.00");
    let [session] = &data["sessions"].as_array().unwrap()[..] else { panic!("{data:#}") };
    assert_eq!(session["ipAddress"], "127.0.0.1");
    let entries = data["auditLog"].as_array().unwrap();
    let update = entries.iter().find(|entry| entry["action"] == "profileUpdate").unwrap();
    assert_eq!(update["ipAddress"], "127.0.0.1");
    assert!(!export.text.contains("$argon2id$") && !export.text.contains("Hash"), "{}", export.text);

    let others = app.customer().await.run("{ accountExport }").await.text;
    assert!(!others.contains(EMAIL) && !others.contains("St James"));
    client.ask(DELETE, json!({ "password": SOMEONES_PASSWORD })).await.data();
    let order = order::Entity::find().filter(order::Column::Number.eq(77)).one(db).await.unwrap().unwrap();
    assert_eq!((order.account_id, order.total_minor), (None, 2400), "the figures stay, the person goes");
}

/// An order of this account over two pieces of 12 euros.
async fn order_of(app: &TestApp, account: AccountId) {
    let now = app.services().clock.now();
    let id = OrderId(app.services().random.id(now));
    let order = order::ActiveModel {
        id: Set(id),
        number: Set(77),
        account_id: Set(Some(account)),
        currency: Set(Currency::EUR),
        total_minor: Set(2400),
        placed_at: Set(now),
    };
    order.insert(app.services().db.connection()).await.unwrap();
    let line = order_line::ActiveModel {
        id: Set(OrderLineId(app.services().random.id(now))),
        order_id: Set(id),
        variant_id: Set(None),
        sku: Set("CUP-1".to_owned()),
        product_name: Set("Cup".to_owned()),
        variant_name: Set("White".to_owned()),
        quantity: Set(2),
        unit_price_minor: Set(1200),
    };
    line.insert(app.services().db.connection()).await.unwrap();
}

#[tokio::test]
async fn a_deleted_account_leaves_nothing_but_figures() {
    let app = TestApp::start().await;
    let client = someone(&app).await;
    let wrong = client.ask(DELETE, json!({ "password": "wrong" })).await;
    assert_eq!(error(&wrong), "WrongPassword");
    let deleted = client.ask(DELETE, json!({ "password": SOMEONES_PASSWORD })).await;
    assert_eq!(error(&deleted), "");
    client.run("{ me { id } }").await.failed("UNAUTHENTICATED", "Log in again");
    app.mail_to_until(EMAIL, |mail| mail.text.contains("deleted")).await;
    let db = app.services().db.connection();
    assert!(account::Entity::with_email(EMAIL).one(db).await.unwrap().is_none());
    register(&app.anonymous(), EMAIL, NEW_PASSWORD).await;
    app.mail_to_until(EMAIL, |mail| mail.text.contains("emailVerify")).await;
}

/// What belongs to an account is exported and erased by the noun that the table belongs to.
#[tokio::test]
async fn every_table_with_an_account_has_a_hook() {
    let app = TestApp::empty().await;
    let db = app.services().db.connection();
    let tables = match stack() {
        Stack::Embedded => {
            "SELECT t.name AS \"table\" FROM sqlite_schema t, pragma_table_info(t.name) c
            WHERE t.type = 'table' AND c.name = 'account_id'"
        }
        Stack::Services => {
            "SELECT table_name::text AS \"table\" FROM information_schema.columns
            WHERE table_schema = current_schema() AND column_name = 'account_id'"
        }
    };
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), tables)).await.unwrap();
    let there: BTreeSet<String> = rows.iter().map(|row| row.try_get("", "table").unwrap()).collect();
    let hooked = app.services().account_hooks.iter().flat_map(|hooks| hooks.tables());
    let hooked: BTreeSet<_> = hooked.map(|table| (*table).to_owned()).collect();
    assert_eq!(hooked, there);
}

/// However many ask at the same moment: the letter goes out once, and the others are told to log in.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_ten_deletions_at_the_same_moment_one_deletes() {
    let app = TestApp::start().await;
    let client = someone(&app).await;
    let deletions = (0..10).map(|_| client.ask(DELETE, json!({ "password": SOMEONES_PASSWORD })));
    let replies = join_all(deletions).await;
    let (done, late): (Vec<_>, Vec<_>) =
        replies.iter().partition(|reply| reply.json().get("errors").is_none());
    assert_eq!(done.len(), 1, "{done:?}");
    assert_eq!(error(done[0]), "");
    for reply in late {
        reply.failed("UNAUTHENTICATED", "Log in");
    }
    let mails = app.all_mails().await;
    assert_eq!(mails.iter().filter(|mail| mail.text.contains("deleted")).count(), 1, "{mails:?}");
    let entries = audit_entry::Entity::find().filter(audit_entry::Column::Action.eq("accountDelete"));
    assert_eq!(entries.count(app.services().db.connection()).await.unwrap(), 1);
}

/// Otherwise a mail that cannot be made becomes a dead letter, and anybody can raise the alert.
#[tokio::test]
async fn address_that_takes_no_mail_is_refused_wherever_one_is_typed() {
    let app = TestApp::start().await;
    let client = someone(&app).await;
    let email = "\"a b\"@example.org";
    let replies = [
        register(&client, email, NEW_PASSWORD).await,
        client.ask(RESEND, json!({ "email": email })).await,
        client.ask(REQUEST_RESET, json!({ "email": email })).await,
        client.ask(REQUEST_EMAIL_CHANGE, json!({ "email": email, "password": SOMEONES_PASSWORD })).await,
    ];
    for reply in replies {
        assert_eq!(error(&reply), "InvalidField", "{reply:?}");
    }
    assert_eq!(job::Entity::find().count(app.services().db.connection()).await.unwrap(), 0);
}

#[tokio::test]
async fn password_of_the_shops_name_or_a_known_example_is_refused() {
    let app = TestApp::start().await;
    app.name_shop("Nuts & Bolts").await;
    let passwords = ["Nuts & Bolts 2026", "b0lts-NUTS-2026!", "correct horse battery staple", "Tr0ub4dor&3"];
    for password in passwords {
        let reply = register(&app.anonymous(), EMAIL, password).await;
        assert_eq!(reply.data()["register"]["errors"][0]["problem"], "TOO_WEAK", "{password}");
    }
    app.create_account("demo@shop.example", bodega::domain::sample::DEMO_PASSWORD, Kind::Customer).await;
}
