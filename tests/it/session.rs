//! The sessions of an account: seen, ended, and how long they last.

use std::time::Duration;

use bodega::domain::sample::{DEMO_CUSTOMER, DEMO_PASSWORD};
use entity::account::Kind;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};
use serde_json::{Value, json};

use crate::{
    operations::LOGIN,
    support::{Client, SOMEONES_PASSWORD, Socket, TestApp},
};

const EMAIL: &str = "ada@shop.example";
const PROTOCOL: (&str, &str) = ("sec-websocket-protocol", "graphql-transport-ws");
const SESSIONS: &str =
    "{ sessions { id device ipAddress isCurrent withSecondFactor token createdAt lastSeenAt } }";
const REVOKE: &str = "mutation ($id: ID!) { sessionRevoke(input: { id: $id }) {
    revokedId errors { __typename ... on NotFound { path id } } } }";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

async fn login_from(app: &TestApp, user_agent: &str, input: Value) -> Client {
    let client = app.anonymous();
    let mut input = input;
    input["email"] = json!(EMAIL);
    input["password"] = json!(SOMEONES_PASSWORD);
    let body = json!({ "query": LOGIN.text, "variables": { "input": input } });
    let data = client.send(client.post().header("user-agent", user_agent).json(&body)).await.data();
    client.with_token(data["login"]["session"]["token"].as_str().unwrap())
}

async fn sessions(client: &Client) -> Vec<Value> {
    client.run(SESSIONS).await.data()["sessions"].as_array().unwrap().clone()
}

async fn app() -> TestApp {
    let app = TestApp::start().await;
    app.create_account(EMAIL, SOMEONES_PASSWORD, Kind::Customer).await;
    app
}

#[tokio::test]
async fn people_see_their_sessions_and_nobody_elses() {
    let app = app().await;
    app.customer().await;
    let first = login_from(&app, FIREFOX, json!({})).await;
    app.clock.advance(Duration::from_secs(60));
    let second = login_from(&app, "shop-app/2.1", json!({})).await;
    let seen = sessions(&second).await;
    let devices: Vec<_> = seen.iter().map(|session| session["device"].as_str().unwrap()).collect();
    assert_eq!(devices, ["shop-app", "Firefox on Linux"], "the latest used first");
    assert_eq!((&seen[0]["isCurrent"], &seen[1]["isCurrent"]), (&json!(true), &json!(false)));
    for session in &seen {
        assert_eq!(session["ipAddress"], "127.0.0.1");
        assert_eq!((&session["token"], &session["withSecondFactor"]), (&Value::Null, &json!(false)));
    }
    app.anonymous().run(SESSIONS).await.failed("UNAUTHENTICATED", "Log in first");

    app.clock.advance(Duration::from_secs(24 * 3600));
    let seen = sessions(&first).await;
    assert_eq!(seen[0]["device"], "Firefox on Linux", "it was used last");
    assert!(seen[0]["lastSeenAt"].as_str() > seen[0]["createdAt"].as_str());
    let node = "query ($id: ID!) { node(id: $id) { ... on Session { device } } }";
    let id = json!({ "id": seen[1]["id"] });
    assert_eq!(first.ask(node, id.clone()).await.data()["node"]["device"], "shop-app");
    assert_eq!(app.customer().await.ask(node, id).await.data()["node"], Value::Null);
}

#[tokio::test]
async fn a_revoked_session_is_dead_at_once_with_its_sockets_on_every_instance() {
    let app = app().await;
    let other = app.another_instance().await;
    let first = login_from(&app, FIREFOX, json!({})).await;
    let second = login_from(&other, FIREFOX, json!({})).await;
    let elsewhere = other.anonymous().with_token(first.token.clone().unwrap());
    // Without Redis each instance tells its own listeners, and the others look for themselves.
    let mut socket = Socket::connect(&app, first.token.as_deref()).await;
    let id = sessions(&app.anonymous().with_token(second.token.clone().unwrap())).await;
    let id = id.iter().find(|session| session["isCurrent"] == false).unwrap()["id"].clone();

    let not_found = json!({ "revokedId": null, "errors": [
        { "__typename": "NotFound", "path": ["input", "id"], "id": id }] });
    let strangers = app.customer().await.ask(REVOKE, json!({ "id": id })).await.data();
    assert_eq!(strangers["sessionRevoke"], not_found);
    assert!(elsewhere.is_logged_in().await);
    let mine = app.anonymous().with_token(second.token.clone().unwrap());
    let revoked = mine.ask(REVOKE, json!({ "id": id })).await.data()["sessionRevoke"].take();
    assert_eq!(revoked, json!({ "revokedId": id, "errors": [] }));
    assert!(!first.is_logged_in().await && !elsewhere.is_logged_in().await && second.is_logged_in().await);
    assert_eq!(socket.closed().await.0, 4403);
    assert_eq!(mine.ask(REVOKE, json!({ "id": id })).await.data()["sessionRevoke"], not_found);
    let wrong = json!({ "id": app.customer().await.id().await });
    mine.ask(REVOKE, wrong).await.failed("BAD_USER_INPUT", "not of a Session");
}

#[tokio::test]
async fn all_sessions_end_together_or_all_but_one() {
    let app = app().await;
    let bystander = app.customer().await;
    let mut open = Vec::new();
    for _ in 0..3 {
        open.push(login_from(&app, FIREFOX, json!({})).await);
    }
    let but_this =
        "mutation { sessionsRevokeAll(input: { keepCurrent: true }) { count errors { message } } }";
    let ended = open[1].run(but_this).await.data();
    assert_eq!(ended["sessionsRevokeAll"], json!({ "count": 2, "errors": [] }));
    assert!(!open[0].is_logged_in().await && open[1].is_logged_in().await && !open[2].is_logged_in().await);

    let another = login_from(&app, FIREFOX, json!({})).await;
    let mut socket = Socket::connect(&app, another.token.as_deref()).await;
    let all = "mutation { sessionsRevokeAll { count } }";
    assert_eq!(open[1].run(all).await.data()["sessionsRevokeAll"]["count"], 2);
    assert!(!open[1].is_logged_in().await && !another.is_logged_in().await && bystander.is_logged_in().await);
    assert_eq!(socket.closed().await.0, 4403);
    open[1].run(all).await.failed("UNAUTHENTICATED", "Log in again");
}

/// Whatever the store of sessions still holds: the database decides.
#[tokio::test]
async fn sessions_of_an_earlier_epoch_are_dead_wherever_they_are_kept() {
    let app = app().await;
    let client = login_from(&app, FIREFOX, json!({})).await;
    let db = app.services().db.connection();
    let account = entity::account::Entity::with_email(EMAIL).one(db).await.unwrap().unwrap();
    let mut account = account.into_active_model();
    account.session_epoch = Set(1);
    account.update(db).await.unwrap();
    assert!(!client.is_logged_in().await);
    let again = login_from(&app, FIREFOX, json!({})).await;
    assert_eq!(sessions(&again).await.len(), 1, "what is dead is not shown");
}

#[tokio::test]
async fn a_session_that_is_not_remembered_is_short() {
    let app = app().await;
    let brief = login_from(&app, FIREFOX, json!({ "rememberMe": false })).await;
    let long = login_from(&app, FIREFOX, json!({})).await;
    app.clock.advance(Duration::from_secs(110 * 60));
    assert!(brief.is_logged_in().await, "used within two hours");
    app.clock.advance(Duration::from_secs(130 * 60));
    assert!(!brief.is_logged_in().await && long.is_logged_in().await);

    let client = app.anonymous();
    let input =
        json!({ "email": EMAIL, "password": SOMEONES_PASSWORD, "transport": "COOKIE", "rememberMe": false });
    let cookie = client.ask(LOGIN.text, json!({ "input": input })).await;
    let cookie = cookie.header("set-cookie").unwrap();
    assert!(!cookie.contains("Max-Age") && cookie.contains("HttpOnly"), "it ends with the browser: {cookie}");
}

#[tokio::test]
async fn a_login_ends_the_session_that_it_comes_with() {
    let app = app().await;
    let before = login_from(&app, FIREFOX, json!({})).await;
    let after = before.login(EMAIL, SOMEONES_PASSWORD).await;
    assert!(!before.is_logged_in().await && after.is_logged_in().await);
}

/// Nobody fills the store: the login that is one too many ends the session that was not used for the longest time.
#[tokio::test]
async fn an_account_has_a_hundred_sessions_at_most() {
    let app = app().await;
    let db = app.services().db.connection();
    let first = login_from(&app, FIREFOX, json!({})).await;
    let account = entity::account::Entity::with_email(EMAIL).one(db).await.unwrap().unwrap();
    let store = &app.services().sessions;
    let now = app.services().clock.now();
    let template = store.of_account(account.id, now).await.unwrap().remove(0);
    for _ in 0..99 {
        app.clock.advance(Duration::from_secs(1));
        let now = app.services().clock.now();
        let token = bodega::domain::identity::Token::new(app.services().random.secret());
        let id = entity::SessionId(app.services().random.id(now));
        let session =
            bodega::domain::identity::Session { id, created_at: now, last_seen_at: now, ..template.clone() };
        store.insert(&token.hash(), &session).await.unwrap();
    }
    app.clock.advance(Duration::from_secs(1));
    let last = login_from(&app, FIREFOX, json!({})).await;
    assert_eq!(store.of_account(account.id, app.services().clock.now()).await.unwrap().len(), 100);
    assert!(!first.is_logged_in().await && last.is_logged_in().await);
}

/// Scripts cannot remove the cookie, so the server does.
#[tokio::test]
async fn cookie_without_a_session_counts_as_none_and_is_removed() {
    let app = TestApp::with_flags(&["--max-batch", "2"]).await;
    let client = app.anonymous();
    let me = "{ me { id } }";
    let ended = app.customer().await;
    ended.run("mutation { logout { loggedOut } }").await.data();
    let ended = ended.token.unwrap();
    for value in [&*ended, "nonsense", &format!("bdg_{ended}")] {
        let cookie = format!("__Host-bodega={value}");
        let ask = |body: Value| client.post().header("cookie", &cookie).json(&body);
        let reply = client.send(ask(json!({ "query": me }))).await;
        assert_eq!(reply.data(), json!({ "me": null }));
        let removed = "__Host-bodega=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax";
        assert_eq!(reply.header("set-cookie"), Some(removed));
        let sessions = client.send(ask(json!({ "query": "{ sessions { id } }" }))).await;
        assert_eq!(sessions.failed("UNAUTHENTICATED", "Log in first").header("set-cookie"), Some(removed));

        let login = json!({ "query": LOGIN.text, "variables": { "input": {
            "email": DEMO_CUSTOMER, "password": DEMO_PASSWORD, "transport": "COOKIE" } } });
        for batch in [json!([login, { "query": me }]), json!([{ "query": me }, login])] {
            let reply = client.send(ask(batch)).await;
            let cookies: Vec<_> = reply.headers.get_all("set-cookie").iter().collect();
            assert_eq!(cookies.len(), 1, "{cookies:?}");
            assert!(
                !cookies[0].to_str().unwrap().contains("Max-Age=0"),
                "a login's cookie stays: {cookies:?}"
            );
        }
        let stream = ask(json!({ "query": me })).header("accept", "text/event-stream");
        assert!(client.send(stream).await.text.contains("\"me\":null"));
        let origin = client.url.clone();
        let headers = [PROTOCOL, ("origin", origin.as_str()), ("cookie", cookie.as_str())];
        let mut socket = Socket::handshake(&app, &headers).await.unwrap().0;
        socket.send(json!({ "type": "connection_init" })).await;
        assert_eq!(socket.receive().await["type"], "connection_ack");
        socket.subscribe("1", me).await;
        assert_eq!(socket.receive().await["payload"]["data"], json!({ "me": null }));
    }
    let bearer = client.with_token(ended).run(me).await;
    assert_eq!(bearer.failed("UNAUTHENTICATED", "Log in again").header("set-cookie"), None);
}
