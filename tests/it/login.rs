//! Logging in with a password: what it is answered, counted, written down, and told to the owner.

use std::time::Duration;

use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version, password_hash::phc::PasswordHash};
use bodega::domain::{
    auth::{self, Login},
    credential::Passwords,
    sample::{DEMO_CUSTOMER, DEMO_PASSWORD},
};
use chrono::Utc;
use entity::{
    AccountId,
    account::{self, Kind},
    account_network,
    audit_entry::ActorKind,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::Expr,
};
use serde_json::{Value, json};

use crate::{
    operations::LOGIN,
    support::{Client, Reply, SOMEONES_PASSWORD, TestApp, context},
};

pub(crate) async fn login(client: &Client, email: &str, password: &str, transport: &str) -> Reply {
    client
        .ask(LOGIN.text, json!({ "input": { "email": email, "password": password, "transport": transport } }))
        .await
}

pub(crate) fn login_error(reply: &Reply) -> Value {
    let login = reply.data()["login"].clone();
    assert_eq!((&login["session"], &login["account"]), (&Value::Null, &Value::Null));
    assert_eq!(login["errors"].as_array().unwrap().len(), 1);
    login["errors"][0].clone()
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_get_the_same_answer() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let wrong = login_error(&login(&client, DEMO_CUSTOMER, "wrong", "BEARER").await);
    assert_eq!(wrong["__typename"], "InvalidCredentials");
    assert_eq!(wrong["message"], "The email address or the password is wrong.");
    for email in ["nobody@demo.example", "not an address", "", "' OR 1=1 --", &"a".repeat(10_000)] {
        assert_eq!(login_error(&login(&client, email, DEMO_PASSWORD, "BEARER").await), wrong, "{email:.40}");
    }
    assert_eq!(login_error(&login(&client, DEMO_CUSTOMER, "", "BEARER").await), wrong);
    let reply = login(&client, DEMO_CUSTOMER, "wrong", "COOKIE").await;
    assert_eq!(reply.header("set-cookie"), None);
}

/// Without a password check, an unknown address would be answered ten times faster. That of nobody costs as much as
/// another, as a test beside it shows.
#[tokio::test]
async fn a_login_takes_as_long_for_an_unknown_address() {
    let app = TestApp::start().await;
    let mut services = app.services().clone();
    services.passwords = Passwords::new(0);
    let ctx = context(&services, "127.0.0.1", None);
    let client = app.anonymous();
    for email in [DEMO_CUSTOMER, "nobody@demo.example", "not an address"] {
        let login = Login {
            email: email.to_owned(),
            password: "wrong".into(),
            is_remembered: true,
            cart_token: None,
        };
        tokio::select! {
            biased;
            step = auth::login(&ctx, login) => panic!("{email}: {step:?} without a check"),
            // Whatever else a login does is done before others are answered so often.
            () = async { for _ in 0..10 { client.run("{ products { totalCount } }").await.data(); } } => {}
        }
    }
}

#[tokio::test]
async fn an_account_without_a_password_cannot_log_in() {
    let app = TestApp::start().await;
    let account = app.create_account("seeded@demo.example", SOMEONES_PASSWORD, Kind::Customer).await;
    let mut account = account.into_active_model();
    account.password_hash = Set(None);
    account.update(app.services().db.connection()).await.unwrap();
    for password in [SOMEONES_PASSWORD, ""] {
        let error = login_error(&login(&app.anonymous(), "seeded@demo.example", password, "BEARER").await);
        assert_eq!(error["__typename"], "InvalidCredentials");
    }
}

#[tokio::test]
async fn an_outdated_hash_is_replaced_at_the_next_login() {
    let app = TestApp::start().await;
    let account = app.create_account("old@demo.example", SOMEONES_PASSWORD, Kind::Customer).await;
    let weak = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(1024, 1, 1, None).unwrap());
    let hash: PasswordHash = weak.hash_password_with_salt(SOMEONES_PASSWORD.as_bytes(), &[3; 16]).unwrap();
    let id = account.id;
    let mut account = account.into_active_model();
    account.password_hash = Set(Some(hash.to_string()));
    account.update(app.services().db.connection()).await.unwrap();

    app.anonymous().login("old@demo.example", SOMEONES_PASSWORD).await;
    let account = account::Entity::find_by_id(id).one(app.services().db.connection()).await.unwrap().unwrap();
    assert!(account.password_hash.unwrap().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    app.anonymous().login("old@demo.example", SOMEONES_PASSWORD).await;
}

/// A Mac sends the same letters in another form than Windows does.
#[tokio::test]
async fn a_password_fits_however_its_letters_are_composed() {
    let app = TestApp::start().await;
    app.create_account(
        "form@demo.example",
        "Cr\u{e8}me-br\u{fb}l\u{e9}e \u{fb01}r Z\u{fc}ri",
        Kind::Customer,
    )
    .await;
    let typed = "Cre\u{300}me-bru\u{302}le\u{301}e fir Zu\u{308}ri";
    app.anonymous().login("form@demo.example", typed).await;
    let error =
        login_error(&login(&app.anonymous(), "form@demo.example", "Creme-brulee fir Zuri", "BEARER").await);
    assert_eq!(error["__typename"], "InvalidCredentials");
}

#[tokio::test]
async fn an_endless_password_is_just_wrong() {
    let app = TestApp::start().await;
    for password in ["x".repeat(100_000), "\u{fdfa}".repeat(1_024)] {
        for email in [DEMO_CUSTOMER, "nobody@demo.example"] {
            let error = login_error(&login(&app.anonymous(), email, &password, "BEARER").await);
            assert_eq!(error["__typename"], "InvalidCredentials");
        }
    }
}

#[tokio::test]
async fn failed_logins_of_an_account_are_limited_whoever_tries() {
    let app = TestApp::with_flags(&["--login-burst-account", "3", "--login-interval", "30s"]).await;
    let client = app.anonymous();
    for _ in 0..3 {
        let error = login_error(&login(&client, DEMO_CUSTOMER, "wrong", "BEARER").await);
        assert_eq!(error["__typename"], "InvalidCredentials");
    }
    let error = login_error(&login(&client, "CUSTOMER@demo.example", DEMO_PASSWORD, "BEARER").await);
    assert_eq!(error["__typename"], "RateLimited", "even the right password has to wait");
    let retry_after = error["retryAfter"].as_u64().unwrap();
    assert!((1..=30).contains(&retry_after), "{error}");
    assert_eq!(error["message"], format!("Too many attempts. Try again in {retry_after} seconds."));

    app.staff().await;
    app.clock.advance(Duration::from_secs(retry_after));
    app.customer().await;
}

#[tokio::test]
async fn failed_logins_from_an_address_are_limited_whichever_account_it_tries() {
    let app = TestApp::with_flags(&["--login-burst-address", "4", "--trusted-proxies", "1"]).await;
    let from = async |address: &str, email: &str| {
        let body =
            json!({ "query": LOGIN.text, "variables": { "input": { "email": email, "password": "wrong" } } });
        let request = app.anonymous().post().header("x-forwarded-for", format!("1.1.1.1, {address}"));
        login_error(&app.anonymous().send(request.json(&body)).await)["__typename"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    for number in 0..4 {
        assert_eq!(from("192.0.2.7", &format!("user{number}@demo.example")).await, "InvalidCredentials");
    }
    assert_eq!(from("192.0.2.7", DEMO_CUSTOMER).await, "RateLimited");
    assert_eq!(from("192.0.2.8", DEMO_CUSTOMER).await, "InvalidCredentials");
}

/// Somebody who keeps trying one account does not lock out the others behind the same address.
#[tokio::test]
async fn attempts_that_are_refused_for_the_account_do_not_count_for_the_address() {
    let app = TestApp::with_flags(&["--login-burst-account", "1", "--login-burst-address", "3"]).await;
    for _ in 0..10 {
        login_error(&login(&app.anonymous(), "someone@demo.example", "wrong", "BEARER").await);
    }
    app.customer().await;
}

#[tokio::test]
async fn logins_that_succeed_are_not_limited() {
    let app = TestApp::with_flags(&["--login-burst-account", "2", "--login-burst-address", "2"]).await;
    for _ in 0..6 {
        app.customer().await;
    }
}

/// Logs in from this network address, with a proxy before the server.
async fn login_from(app: &TestApp, address: &str, email: &str, password: &str) -> Reply {
    let body =
        json!({ "query": LOGIN.text, "variables": { "input": { "email": email, "password": password } } });
    let client = app.anonymous();
    let request = client.post().header("x-forwarded-for", address).header("user-agent", "bodega-test/1");
    client.send(request.json(&body)).await
}

fn is_in(reply: &Reply) -> bool {
    reply.data()["login"]["session"]["token"].is_string()
}

async fn block(app: &TestApp, id: AccountId) {
    account::Entity::update_many()
        .col_expr(account::Column::BlockedAt, Expr::value(Utc::now()))
        .filter(account::Column::Id.eq(id))
        .exec(app.services().db.connection())
        .await
        .unwrap();
}

/// Whoever counts statements or reads answers cannot tell who has an account.
#[tokio::test]
async fn unknown_wrong_and_blocked_get_one_answer_for_as_many_statements() {
    let app = TestApp::start().await;
    let blocked = app.create_account("blocked@demo.example", SOMEONES_PASSWORD, Kind::Customer).await;
    block(&app, blocked.id).await;
    let mut answers = Vec::new();
    for (email, password) in [
        (DEMO_CUSTOMER, "wrong"),
        ("nobody@demo.example", "wrong"),
        ("not an address", "wrong"),
        ("blocked@demo.example", "wrong"),
        ("blocked@demo.example", SOMEONES_PASSWORD),
    ] {
        let before = app.statements();
        let error = login_error(&login(&app.anonymous(), email, password, "BEARER").await);
        answers.push((error, app.statements() - before));
    }
    assert_eq!(answers[0].0["__typename"], "InvalidCredentials");
    assert_eq!(answers[0].1, 3, "the account, its network, the audit log");
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
}

#[tokio::test]
async fn logins_are_written_down_with_what_is_known() {
    let app = TestApp::start().await;
    let account = app.create_account("someone@demo.example", SOMEONES_PASSWORD, Kind::Customer).await;
    login(&app.anonymous(), "someone@demo.example", "wrong", "BEARER").await.data();
    login(&app.anonymous(), "nobody@demo.example", "wrong", "BEARER").await.data();
    assert!(is_in(&login(&app.anonymous(), "someone@demo.example", SOMEONES_PASSWORD, "BEARER").await));
    let session =
        app.services().sessions.of_account(account.id, app.services().clock.now()).await.unwrap().remove(0);
    let entries = app.audited("login").await;
    let told: Vec<_> = entries
        .iter()
        .map(|entry| {
            (
                entry.succeeded,
                entry.actor_kind,
                entry.actor_id,
                entry.subject_kind.as_deref(),
                entry.subject_id,
            )
        })
        .collect();
    let expected = [
        (false, ActorKind::Anonymous, None, Some("Account"), Some(account.id.0)),
        (false, ActorKind::Anonymous, None, None, None),
        (true, ActorKind::Account, Some(account.id.0), Some("Session"), Some(session.id.0)),
    ];
    assert_eq!(told, expected);
    assert!(entries.iter().all(|entry| entry.ip_address.as_deref() == Some("127.0.0.1")));
}

/// A stranger keeps guessing from everywhere; the owner logs in at home as ever.
#[tokio::test]
async fn a_stranger_does_not_delay_the_owner_at_home() {
    let flags = ["--login-burst-account", "3", "--login-interval", "10m", "--trusted-proxies", "1"];
    let app = TestApp::with_flags(&flags).await;
    assert!(is_in(&login_from(&app, "192.0.2.1", DEMO_CUSTOMER, DEMO_PASSWORD).await));
    let mut refused = 0;
    for host in 0..10 {
        let reply = login_from(&app, &format!("198.51.{host}.1"), DEMO_CUSTOMER, "wrong").await;
        refused += usize::from(login_error(&reply)["__typename"] == "RateLimited");
    }
    assert_eq!(refused, 7, "strangers are counted together");
    let abroad = login_from(&app, "203.0.113.1", DEMO_CUSTOMER, DEMO_PASSWORD).await;
    assert_eq!(login_error(&abroad)["__typename"], "RateLimited");
    assert!(is_in(&login_from(&app, "192.0.2.1", DEMO_CUSTOMER, DEMO_PASSWORD).await));
}

#[tokio::test]
async fn a_network_is_known_for_ninety_days_and_then_forgotten() {
    const DAY: Duration = Duration::from_secs(24 * 3600);
    let flags = ["--login-burst-account", "1", "--login-interval", "10m", "--trusted-proxies", "1"];
    let app = TestApp::with_flags(&flags).await;
    let home = async || is_in(&login_from(&app, "192.0.2.1", DEMO_CUSTOMER, DEMO_PASSWORD).await);
    let stranger = async || login_error(&login_from(&app, "198.51.100.1", DEMO_CUSTOMER, "wrong").await);
    assert!(home().await);
    app.clock.advance(89 * DAY);
    stranger().await;
    assert!(home().await, "known, and again for ninety days");
    app.clock.advance(91 * DAY);
    stranger().await;
    assert!(!home().await, "a stranger's failures count for what is not known");
    app.clock.advance(Duration::from_secs(3600));
    assert!(is_in(&login_from(&app, "192.0.2.2", DEMO_CUSTOMER, DEMO_PASSWORD).await));
    let networks = account_network::Entity::find().all(app.services().db.connection()).await.unwrap();
    let networks: Vec<_> = networks.iter().map(|row| row.network.as_str()).collect();
    assert_eq!(networks, ["192.0.2.2"], "nothing is kept that counts for nothing");
}

#[tokio::test]
async fn a_login_from_a_new_network_is_told_to_the_owner() {
    let app = TestApp::with_flags(&["--trusted-proxies", "1"]).await;
    app.create_account("someone@demo.example", SOMEONES_PASSWORD, Kind::Customer).await;
    for address in ["192.0.2.1", "192.0.2.1", "2001:db8:1:2::3", "2001:db8:1:2::4", "192.0.2.1"] {
        assert!(is_in(&login_from(&app, address, "someone@demo.example", SOMEONES_PASSWORD).await));
    }
    login_error(&login_from(&app, "192.0.2.9", "someone@demo.example", "wrong").await);
    let mails = app.all_mails().await;
    let [mail] = &mails[..] else { panic!("one letter for one new network, not {mails:?}") };
    assert_eq!(mail.to, "someone@demo.example");
    assert!(mail.subject.starts_with("A new login"), "{}", mail.subject);
    assert!(mail.text.contains("2001:db8:1:2::3") && mail.text.contains("bodega-test"), "{}", mail.text);
}

#[tokio::test]
async fn first_logins_at_the_same_moment_all_succeed_and_are_told_to_nobody() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let logins = (0..6).map(|_| login(&client, DEMO_CUSTOMER, DEMO_PASSWORD, "BEARER"));
    for reply in futures_util::future::join_all(logins).await {
        assert!(is_in(&reply), "{}", reply.text);
    }
    assert_eq!(app.audited("login").await.len(), 6);
    assert!(app.all_mails().await.is_empty());
}
