//! Logging in and out, and who a session belongs to.

use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version, password_hash::phc::PasswordHash};
use bodega::domain::sample::{DEMO_CUSTOMER, DEMO_PASSWORD};
use entity::account::{self, Kind};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use serde_json::{Value, json};

use crate::support::{Client, Reply, SOMEONES_PASSWORD, Stack, TestApp, TestDatabase, client::LOGIN, stack};

const ME: &str = "{ me { id email kind } }";

async fn login(client: &Client, email: &str, password: &str, transport: &str) -> Reply {
    client
        .ask(LOGIN, json!({ "input": { "email": email, "password": password, "transport": transport } }))
        .await
}

fn login_error(reply: &Reply) -> Value {
    let login = reply.data()["login"].clone();
    assert_eq!((&login["session"], &login["account"]), (&Value::Null, &Value::Null));
    assert_eq!(login["errors"].as_array().unwrap().len(), 1);
    login["errors"][0].clone()
}

#[tokio::test]
async fn a_bearer_token_opens_the_account_until_the_logout() {
    let app = TestApp::start().await;
    let reply = login(&app.anonymous(), " Customer@DEMO.example ", DEMO_PASSWORD, "BEARER").await;
    let login = &reply.data()["login"];
    assert_eq!(login["errors"], json!([]));
    assert_eq!(login["account"]["email"], DEMO_CUSTOMER);
    assert_eq!(reply.header("set-cookie"), None);
    let client = app.anonymous().with_token(login["session"]["token"].as_str().unwrap());

    let me = client.query(ME).await.data();
    assert_eq!(me["me"], json!({ "id": login["account"]["id"], "email": DEMO_CUSTOMER, "kind": "CUSTOMER" }));

    let logout = "mutation { logout { loggedOut } }";
    assert_eq!(client.query(logout).await.data()["logout"]["loggedOut"], true);
    client.query(ME).await.refused("UNAUTHENTICATED", "Log in again");
    assert_eq!(client.query(logout).await.data()["logout"]["loggedOut"], false);
}

#[tokio::test]
async fn without_a_session_there_is_no_me() {
    let app = TestApp::start().await;
    assert_eq!(app.anonymous().query(ME).await.data(), json!({ "me": null }));
    let logout = app.anonymous().query("mutation { logout { loggedOut } }").await;
    assert_eq!(logout.data()["logout"]["loggedOut"], false);
}

#[tokio::test]
async fn a_cookie_opens_the_account_and_is_hidden_from_scripts() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let reply = login(&client, DEMO_CUSTOMER, DEMO_PASSWORD, "COOKIE").await;
    assert_eq!(reply.data()["login"]["session"]["token"], Value::Null);
    let cookie = reply.header("set-cookie").unwrap();
    let (pair, attributes) = cookie.split_once("; ").unwrap();
    assert!(pair.starts_with("__Host-bodega="), "{cookie}");
    assert_eq!(attributes, "Max-Age=7776000; Path=/; Secure; HttpOnly; SameSite=Lax");

    let with_cookie = |query: &str| client.post().header("cookie", pair).json(&json!({ "query": query }));
    let me = client.send(with_cookie(ME)).await;
    assert_eq!(me.data()["me"]["email"], DEMO_CUSTOMER);

    let logout = client.send(with_cookie("mutation { logout { loggedOut } }")).await;
    assert_eq!(logout.data()["logout"]["loggedOut"], true);
    assert!(logout.header("set-cookie").unwrap().starts_with("__Host-bodega=; Max-Age=0;"));
    client.send(with_cookie(ME)).await.refused("UNAUTHENTICATED", "Log in again");
}

#[tokio::test]
async fn a_cookie_counts_only_from_our_own_pages_and_allowed_ones() {
    let app = TestApp::with_flags(&["--cors-origin", "https://shop.example"]).await;
    let token = app.customer().await.token.unwrap();
    let from = async |origin: &str| {
        let request = app.anonymous().post().header("cookie", format!("__Host-bodega={token}"));
        app.anonymous().send(request.header("origin", origin).json(&json!({ "query": ME }))).await
    };
    from("https://evil.example").await.status(403).refused("FORBIDDEN", "--cors-origin");
    from("null").await.status(403);
    assert_eq!(from(&format!("http://{}", app.address)).await.data()["me"]["email"], DEMO_CUSTOMER);
    let allowed = from("https://shop.example").await;
    assert_eq!(allowed.data()["me"]["email"], DEMO_CUSTOMER);
    assert_eq!(allowed.header("access-control-allow-origin"), Some("https://shop.example"));
    assert_eq!(allowed.header("access-control-allow-credentials"), Some("true"));
    assert_eq!(allowed.header("vary"), Some("Origin, Accept-Encoding"));
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

/// Without the hash of nobody, an unknown address would be answered ten times faster.
#[tokio::test]
async fn a_login_takes_as_long_for_an_unknown_address() {
    let app = TestApp::with_flags(&["--login-burst-account", "1000", "--login-burst-address", "1000"]).await;
    let client = app.anonymous();
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for _ in 0..25 {
        for (email, times) in [(DEMO_CUSTOMER, &mut known), ("nobody@demo.example", &mut unknown)] {
            let begin = Instant::now();
            login_error(&login(&client, email, "wrong", "BEARER").await);
            times.push(begin.elapsed());
        }
    }
    known.sort();
    unknown.sort();
    let ratio = known[12].as_secs_f64() / unknown[12].as_secs_f64();
    assert!((0.5..2.0).contains(&ratio), "median known {:?}, unknown {:?}", known[12], unknown[12]);
}

#[tokio::test]
async fn an_account_without_a_password_cannot_log_in() {
    let app = TestApp::start().await;
    let account = app.create_account("seeded@demo.example", SOMEONES_PASSWORD, Kind::Customer).await;
    let mut account = account.into_active_model();
    account.password_hash = Set(None);
    account.update(app.ports().db.connection()).await.unwrap();
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
    account.update(app.ports().db.connection()).await.unwrap();

    app.anonymous().login("old@demo.example", SOMEONES_PASSWORD).await;
    let account = account::Entity::find_by_id(id).one(app.ports().db.connection()).await.unwrap().unwrap();
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
    assert_eq!(error["message"], format!("Too many failed logins. Try again in {retry_after} seconds."));

    app.staff().await;
    app.clock.advance(Duration::from_secs(retry_after));
    app.customer().await;
}

#[tokio::test]
async fn failed_logins_from_an_address_are_limited_whichever_account_it_tries() {
    let app = TestApp::with_flags(&["--login-burst-address", "4", "--trusted-proxies", "1"]).await;
    let from = async |address: &str, email: &str| {
        let body =
            json!({ "query": LOGIN, "variables": { "input": { "email": email, "password": "wrong" } } });
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

/// All instances count together when they share Redis.
#[tokio::test]
async fn instances_share_sessions_and_with_redis_counters() {
    let app = TestApp::with_flags(&["--login-burst-account", "2"]).await;
    let other = app.another_instance().await;
    let token = app.customer().await.token.unwrap();
    assert_eq!(other.anonymous().with_token(token).query(ME).await.data()["me"]["email"], DEMO_CUSTOMER);

    for instance in [&app, &other] {
        login_error(&login(&instance.anonymous(), DEMO_CUSTOMER, "wrong", "BEARER").await);
    }
    let error = login_error(&login(&app.anonymous(), DEMO_CUSTOMER, "wrong", "BEARER").await);
    let expected = if stack() == Stack::Services { "RateLimited" } else { "InvalidCredentials" };
    assert_eq!(error["__typename"], expected);
}

#[tokio::test]
async fn a_session_survives_a_restart_and_ends_with_its_lifetime() {
    let mut app = TestApp::with_flags(&["--session-lifetime", "60d", "--session-idle", "60d"]).await;
    let token = app.customer().await.token.unwrap();
    app.stop().await;
    let app = app.another_instance().await;
    let client = app.anonymous().with_token(token);
    app.clock.advance(Duration::from_secs(59 * 24 * 3600));
    assert_eq!(client.query(ME).await.data()["me"]["email"], DEMO_CUSTOMER);
    app.clock.advance(Duration::from_secs(2 * 24 * 3600));
    client.query(ME).await.refused("UNAUTHENTICATED", "expired");
}

#[tokio::test]
async fn forged_tokens_are_refused_where_a_session_is_needed() {
    let app = TestApp::start().await;
    let token = app.customer().await.token.unwrap();
    let mut changed = token.clone().into_bytes();
    changed[0] = if changed[0] == b'A' { b'B' } else { b'A' };
    let changed = String::from_utf8(changed).unwrap();
    app.anonymous().with_token(changed).query(ME).await.refused("UNAUTHENTICATED", "unknown, expired");
    for malformed in ["x".to_owned(), format!("{token}A"), token[1..].to_owned(), "%00".to_owned()] {
        app.anonymous().with_token(malformed).query(ME).await.refused("UNAUTHENTICATED", "malformed");
    }
    let send = async |header: &str| {
        let request = app.anonymous().post().header("authorization", header);
        let request = request.header("cookie", format!("__Host-bodega={token}"));
        app.anonymous().send(request.json(&json!({ "query": ME }))).await
    };
    for header in ["Bearer", "bearer ", "Bearer x y"] {
        send(header).await.refused("UNAUTHENTICATED", "malformed");
    }
    let behind_basic = send("Basic dXNlcjpwYXNz").await;
    assert_eq!(behind_basic.data()["me"]["email"], DEMO_CUSTOMER, "another scheme is a proxy's affair");
}

#[tokio::test]
async fn a_bad_token_does_not_keep_anybody_from_the_catalogue_or_the_login() {
    let app = TestApp::start().await;
    let client = app.anonymous().with_token("forged");
    assert_eq!(client.query("{ products(first: 1) { nodes { id } } }").await.status.as_u16(), 200);
    client.login(DEMO_CUSTOMER, DEMO_PASSWORD).await;
    let both = client.query("{ me { id } products(first: 1) { nodes { id } } }").await.json();
    assert_eq!(both["data"]["me"], Value::Null);
    assert_eq!(both["data"]["products"]["nodes"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_session_of_a_deleted_account_opens_nothing() {
    let app = TestApp::start().await;
    let client = app.someone("gone@demo.example", Kind::Customer).await;
    let gone = account::Entity::with_email("gone@demo.example");
    let gone = gone.one(app.ports().db.connection()).await.unwrap().unwrap();
    account::Entity::delete_by_id(gone.id).exec(app.ports().db.connection()).await.unwrap();
    client.query(ME).await.refused("UNAUTHENTICATED", "Log in again");
}

/// The database holds neither a password nor a token: whoever reads it gets in nowhere.
#[tokio::test]
async fn nothing_secret_is_stored_in_clear() {
    if stack() != Stack::Embedded {
        return;
    }
    let database = std::sync::Arc::new(TestDatabase::demo().await);
    let mut app = TestApp::on(database.clone(), &[]).await;
    let token = app.customer().await.token.unwrap();
    app.stop().await;
    let path = database.url.strip_prefix("sqlite:").unwrap();
    let mut file = std::fs::read(path).unwrap();
    file.extend(std::fs::read(format!("{path}-wal")).unwrap_or_default());
    let holds = |secret: &[u8]| file.windows(secret.len()).any(|window| window == secret);
    assert!(holds(DEMO_CUSTOMER.as_bytes()), "the file is read rightly");
    assert!(!holds(token.as_bytes()) && !holds(DEMO_PASSWORD.as_bytes()));
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    assert!(!holds(&URL_SAFE_NO_PAD.decode(&token).unwrap()));
}
