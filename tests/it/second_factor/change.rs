//! What the owner of a second factor does with it.

use std::{collections::BTreeSet, time::Duration};

use bodega::domain::kernel::ports::Clock;
use entity::account::Kind;
use serde_json::{Value, json};

use super::{
    EMAIL, Enrolled, answer, challenge, code, disable, enrolled, error, me, mutate, renew, set_up, token,
};
use crate::{
    login::login,
    support::{Reply, SOMEONES_PASSWORD, Socket, TestApp},
};

#[tokio::test]
async fn disabling_takes_both_and_ends_all_sessions() {
    let app = TestApp::start().await;
    let Enrolled { id, client, uri, recovery_codes } = enrolled(&app).await;
    let elsewhere = answer(&app.anonymous(), &challenge(&app).await, &recovery_codes[0]).await;
    let elsewhere = app.anonymous().with_token(token(&elsewhere));
    let waiting = challenge(&app).await;
    assert_eq!(error(&disable(&client, "wrong", &code(&app, &uri)).await), "WrongPassword");
    assert_eq!(error(&disable(&client, SOMEONES_PASSWORD, "123").await), "InvalidCode");
    assert_eq!(me(&elsewhere).await["secondFactor"]["recoveryCodesLeft"], 9, "nothing has changed");

    let after = client.with_token(token(&disable(&client, SOMEONES_PASSWORD, &code(&app, &uri)).await));
    for old in [&client, &elsewhere] {
        old.run("{ me { id } }").await.failed("UNAUTHENTICATED", "Log in again");
    }
    assert_eq!(me(&after).await["secondFactor"], Value::Null);
    let sessions = app.services().sessions.of_account(id, app.clock.now()).await.unwrap();
    assert_eq!(sessions.iter().map(|session| session.is_strong).collect::<Vec<_>>(), [false]);
    assert_eq!(error(&answer(&app.anonymous(), &waiting, &recovery_codes[1]).await), "ChallengeExpired");
    assert_eq!(error(&disable(&after, SOMEONES_PASSWORD, &recovery_codes[1]).await), "NotEnrolled");
    app.anonymous().login(EMAIL, SOMEONES_PASSWORD).await;
    let mails = app.all_mails().await;
    assert!(mails.iter().any(|mail| mail.subject.ends_with("is off")), "{mails:?}");
    let outcomes: Vec<_> =
        app.audited("secondFactorDisable").await.iter().map(|entry| entry.succeeded).collect();
    assert_eq!(outcomes, [false, false, true]);
    set_up(&app, &after, SOMEONES_PASSWORD).await;
}

#[tokio::test]
async fn new_recovery_codes_take_the_place_of_the_old() {
    let app = TestApp::start().await;
    let Enrolled { client, uri, recovery_codes, .. } = enrolled(&app).await;
    assert_eq!(error(&renew(&client, "wrong", &code(&app, &uri)).await), "WrongPassword");
    assert_eq!(error(&renew(&client, SOMEONES_PASSWORD, "123").await), "InvalidCode");
    let renewed = renew(&client, SOMEONES_PASSWORD, &recovery_codes[0]).await;
    let new: BTreeSet<_> =
        renewed["recoveryCodes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap()).collect();
    assert_eq!(new.len(), 10);
    assert!(recovery_codes.iter().all(|old| !new.contains(old.as_str())));
    assert_eq!(me(&client).await["secondFactor"]["recoveryCodesLeft"], 10, "the session goes on");
    let waiting = challenge(&app).await;
    assert_eq!(error(&answer(&app.anonymous(), &waiting, &recovery_codes[1]).await), "InvalidCode");
    token(&answer(&app.anonymous(), &waiting, new.first().unwrap()).await);
}

/// A session that came by cookie is replaced by cookie, and no script sees its token.
#[tokio::test]
async fn a_browsers_new_sessions_come_as_cookies() {
    let app = TestApp::start().await;
    app.create_account(EMAIL, SOMEONES_PASSWORD, Kind::Customer).await;
    let cookie = |reply: &Reply| {
        let cookie = reply.header("set-cookie").expect("a cookie");
        let (pair, attributes) = cookie.split_once("; ").unwrap();
        assert!(attributes.ends_with("Path=/; Secure; HttpOnly; SameSite=Lax"), "{cookie}");
        pair.to_owned()
    };
    let send = async |cookie: &str, query: &str| {
        let client = app.anonymous();
        client.send(client.post().header("cookie", cookie).json(&json!({ "query": query }))).await
    };
    let first = cookie(&login(&app.anonymous(), EMAIL, SOMEONES_PASSWORD, "COOKIE").await);
    let enrol =
        format!("mutation {{ secondFactorEnrol(input: {{ password: \"{SOMEONES_PASSWORD}\" }}) {{ uri }} }}");
    let uri = send(&first, &enrol).await.data()["secondFactorEnrol"]["uri"].as_str().unwrap().to_owned();

    let confirm = |code: String| {
        format!(
            "mutation {{ secondFactorConfirm(input: {{ code: \"{code}\" }}) {{ session {{ token }} recoveryCodes }} }}"
        )
    };
    let headers = [("sec-websocket-protocol", "graphql-transport-ws"), ("cookie", &*first)];
    let mut socket = Socket::handshake(&app, &headers).await.unwrap().0;
    socket.send(json!({ "type": "connection_init" })).await;
    assert_eq!(socket.receive().await["type"], "connection_ack");
    socket.subscribe("1", &confirm(code(&app, &uri))).await;
    let refused = socket.receive().await["payload"]["errors"][0].take();
    assert_eq!(refused["extensions"]["code"], "BAD_USER_INPUT", "a socket cannot set one: {refused}");

    let confirmed = send(&first, &confirm(code(&app, &uri))).await;
    let second = cookie(&confirmed);
    let payload = confirmed.data()["secondFactorConfirm"].take();
    assert_eq!(payload["session"]["token"], Value::Null);
    assert_eq!(send(&first, "{ me { id } }").await.data(), json!({ "me": null }));
    assert_eq!(send(&second, "{ me { email } }").await.data()["me"]["email"], EMAIL);

    let disable = format!(
        "mutation {{ secondFactorDisable(input: {{ password: \"{SOMEONES_PASSWORD}\", code: {} }}) {{ session {{ token }} }} }}",
        payload["recoveryCodes"][0]
    );
    let disabled = send(&second, &disable).await;
    assert_eq!(disabled.data()["secondFactorDisable"]["session"]["token"], Value::Null);
    assert_eq!(send(&cookie(&disabled), "{ me { email } }").await.data()["me"]["email"], EMAIL);
}

/// A client that was not to remember its session is not given one to remember.
#[tokio::test]
async fn the_new_session_lasts_as_the_old_one_would() {
    let app = TestApp::start().await;
    let id = app.create_account(EMAIL, SOMEONES_PASSWORD, Kind::Customer).await.id;
    let brief = json!({ "email": EMAIL, "password": SOMEONES_PASSWORD, "rememberMe": false });
    let payload = mutate(&app.anonymous(), "login", "session { token }", brief).await.data()["login"].take();
    let client = app.anonymous().with_token(token(&payload));
    set_up(&app, &client, SOMEONES_PASSWORD).await;
    let sessions = app.services().sessions.of_account(id, app.clock.now()).await.unwrap();
    let [session] = &sessions[..] else { panic!("{sessions:?}") };
    assert_eq!((session.is_strong, session.idle), (true, Duration::from_secs(2 * 3600)));
}
