//! Sessions, in and out, and who one belongs to.

use std::time::Duration;

use bodega::domain::sample::{DEMO_CUSTOMER, DEMO_PASSWORD};
use entity::account::{self, Kind};
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use crate::{
    login::{login, login_error},
    support::{Stack, TestApp, TestDatabase, stack},
};

const ME: &str = "{ me { id email kind } }";

#[tokio::test]
async fn a_bearer_token_opens_the_account_until_the_logout() {
    let app = TestApp::start().await;
    let reply = login(&app.anonymous(), " Customer@DEMO.example ", DEMO_PASSWORD, "BEARER").await;
    let login = &reply.data()["login"];
    assert_eq!(login["errors"], json!([]));
    assert_eq!(login["account"]["email"], DEMO_CUSTOMER);
    assert_eq!(reply.header("set-cookie"), None);
    let client = app.anonymous().with_token(login["session"]["token"].as_str().unwrap());

    let me = client.run(ME).await.data();
    assert_eq!(me["me"], json!({ "id": login["account"]["id"], "email": DEMO_CUSTOMER, "kind": "CUSTOMER" }));

    let logout = "mutation { logout { loggedOut } }";
    assert_eq!(client.run(logout).await.data()["logout"]["loggedOut"], true);
    client.run(ME).await.failed("UNAUTHENTICATED", "Log in again");
    assert_eq!(client.run(logout).await.data()["logout"]["loggedOut"], false);
}

#[tokio::test]
async fn without_a_session_there_is_no_me() {
    let app = TestApp::start().await;
    assert_eq!(app.anonymous().run(ME).await.data(), json!({ "me": null }));
    let logout = app.anonymous().run("mutation { logout { loggedOut } }").await;
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
    let after = client.send(with_cookie(ME)).await;
    assert_eq!(after.data(), json!({ "me": null }));
}

#[tokio::test]
async fn a_cookie_counts_only_from_our_own_pages_and_allowed_ones() {
    let app = TestApp::with_flags(&["--cors-origin", "https://shop.example"]).await;
    let token = app.customer().await.token.unwrap();
    let from = async |origin: &str| {
        let request = app.anonymous().post().header("cookie", format!("__Host-bodega={token}"));
        app.anonymous().send(request.header("origin", origin).json(&json!({ "query": ME }))).await
    };
    from("https://evil.example").await.status(403).failed("FORBIDDEN", "--cors-origin");
    from("null").await.status(403);
    assert_eq!(from(&format!("http://{}", app.address)).await.data()["me"]["email"], DEMO_CUSTOMER);
    let allowed = from("https://shop.example").await;
    assert_eq!(allowed.data()["me"]["email"], DEMO_CUSTOMER);
    assert_eq!(allowed.header("access-control-allow-origin"), Some("https://shop.example"));
    assert_eq!(allowed.header("access-control-allow-credentials"), Some("true"));
    assert_eq!(allowed.header("vary"), Some("Accept, Origin, Accept-Encoding"));
}

/// All instances count together when they share Redis.
#[tokio::test]
async fn instances_share_sessions_and_with_redis_counters() {
    let app = TestApp::with_flags(&["--login-burst-account", "2"]).await;
    let other = app.another_instance().await;
    let token = app.customer().await.token.unwrap();
    assert_eq!(other.anonymous().with_token(token).run(ME).await.data()["me"]["email"], DEMO_CUSTOMER);

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
    assert_eq!(client.run(ME).await.data()["me"]["email"], DEMO_CUSTOMER);
    app.clock.advance(Duration::from_secs(2 * 24 * 3600));
    client.run(ME).await.failed("UNAUTHENTICATED", "expired");
}

#[tokio::test]
async fn forged_tokens_are_refused_where_a_session_is_needed() {
    let app = TestApp::start().await;
    let token = app.customer().await.token.unwrap();
    let mut changed = token.clone().into_bytes();
    changed[0] = if changed[0] == b'A' { b'B' } else { b'A' };
    let changed = String::from_utf8(changed).unwrap();
    app.anonymous().with_token(changed).run(ME).await.failed("UNAUTHENTICATED", "unknown, expired");
    for malformed in ["x".to_owned(), format!("{token}A"), token[1..].to_owned(), "%00".to_owned()] {
        app.anonymous().with_token(malformed).run(ME).await.failed("UNAUTHENTICATED", "malformed");
    }
    let send = async |header: &str| {
        let request = app.anonymous().post().header("authorization", header);
        let request = request.header("cookie", format!("__Host-bodega={token}"));
        app.anonymous().send(request.json(&json!({ "query": ME }))).await
    };
    for header in ["Bearer", "bearer ", "Bearer x y"] {
        send(header).await.failed("UNAUTHENTICATED", "malformed");
    }
    let behind_basic = send("Basic dXNlcjpwYXNz").await;
    assert_eq!(behind_basic.data()["me"]["email"], DEMO_CUSTOMER, "another scheme is a proxy's affair");
}

#[tokio::test]
async fn a_bad_token_does_not_keep_anybody_from_the_catalogue_or_the_login() {
    let app = TestApp::start().await;
    let client = app.anonymous().with_token("forged");
    assert_eq!(client.run("{ products(first: 1) { nodes { id } } }").await.status.as_u16(), 200);
    client.login(DEMO_CUSTOMER, DEMO_PASSWORD).await;
    let both = client.run("{ me { id } products(first: 1) { nodes { id } } }").await.json();
    assert_eq!(both["data"]["me"], Value::Null);
    assert_eq!(both["data"]["products"]["nodes"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_session_of_a_deleted_account_opens_nothing() {
    let app = TestApp::start().await;
    let client = app.someone("gone@demo.example", Kind::Customer).await;
    let gone = account::Entity::with_email("gone@demo.example");
    let gone = gone.one(app.services().db.connection()).await.unwrap().unwrap();
    account::Entity::delete_by_id(gone.id).exec(app.services().db.connection()).await.unwrap();
    client.run(ME).await.failed("UNAUTHENTICATED", "Log in again");
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
