//! Setting a second factor up, and logging in with it.

use std::{collections::BTreeSet, time::Duration};

use bodega::domain::{
    kernel::ports::Clock,
    sample::{DEMO_CUSTOMER, DEMO_PASSWORD, DEMO_STAFF},
};
use entity::{
    account::{self, Kind},
    audit_entry::ActorKind,
    recovery_code, second_factor,
};
use futures_util::future::join_all;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, PaginatorTrait};
use serde_json::{Value, json};
use totp_rs::Totp;

use super::{
    EMAIL, Enrolled, STEP, answer, challenge, code, confirm, enrol, enrolled, error, me, mutate, token,
    wrong_code,
};
use crate::{
    cli::Server,
    login::login,
    support::{Client, SOMEONES_PASSWORD, Stack, TestApp, TestDatabase, stack},
};

#[tokio::test]
async fn from_setting_it_up_to_logging_in_with_it() {
    let app = TestApp::start().await;
    let before = app.someone(EMAIL, Kind::Customer).await;
    assert_eq!(me(&before).await["secondFactor"], Value::Null);
    let enrolment = enrol(&before, SOMEONES_PASSWORD).await;
    let uri = enrolment["uri"].as_str().unwrap();
    assert!(uri.starts_with("otpauth://totp/Bodega:someone%40demo.example?"), "{uri}");
    assert!(uri.contains(enrolment["secret"].as_str().unwrap()));
    assert!(enrolment["qrCode"].as_str().unwrap().starts_with("<svg "));
    assert_eq!(me(&before).await["secondFactor"], Value::Null, "it does not count yet");
    app.anonymous().login(EMAIL, SOMEONES_PASSWORD).await;

    assert_eq!(error(&confirm(&before, &wrong_code(&app, uri)).await), "InvalidCode");
    let confirmed = confirm(&before, &code(&app, uri)).await;
    let after = before.with_token(token(&confirmed));
    before.run("{ me { id } }").await.failed("UNAUTHENTICATED", "Log in again");
    assert_eq!(me(&after).await["secondFactor"]["recoveryCodesLeft"], 10);
    assert!(app.mail_to(EMAIL).await.subject.contains("Two-step login"));

    app.clock.advance(STEP);
    let challenge = challenge(&app).await;
    app.anonymous().with_token(challenge.as_str()).run("{ me { id } }").await.failed("UNAUTHENTICATED", "");
    let answered = answer(&app.anonymous(), &challenge, &code(&app, uri)).await;
    assert_eq!(answered["account"], json!({ "email": EMAIL, "secondFactor": { "recoveryCodesLeft": 10 } }));
    let client = app.anonymous().with_token(token(&answered));
    assert_eq!(me(&client).await["secondFactor"]["recoveryCodesLeft"], 10);
    assert_eq!(error(&answer(&app.anonymous(), &challenge, &code(&app, uri)).await), "ChallengeExpired");

    let id =
        account::Entity::with_email(EMAIL).one(app.services().db.connection()).await.unwrap().unwrap().id;
    let sessions = app.services().sessions.of_account(id, app.clock.now()).await.unwrap();
    let strong: Vec<_> =
        sessions.iter().filter(|session| session.is_strong).map(|session| session.id.0).collect();
    assert_eq!((sessions.len(), strong.len()), (2, 2), "those of before have ended");
    let entries = app.audited("loginSecondFactor").await;
    let [entry] = &entries[..] else { panic!("{entries:?}") };
    assert_eq!((entry.succeeded, entry.actor_kind, entry.actor_id), (true, ActorKind::Account, Some(id.0)));
    assert_eq!(entry.subject_kind.as_deref(), Some("Session"));
    assert!(strong.contains(&entry.subject_id.unwrap()));
    for (action, outcomes) in [("secondFactorEnrol", vec![true]), ("secondFactorConfirm", vec![false, true])]
    {
        let entries = app.audited(action).await;
        assert_eq!(entries.iter().map(|entry| entry.succeeded).collect::<Vec<_>>(), outcomes, "{action}");
        assert!(entries.iter().all(|entry| entry.actor_id == Some(id.0) && entry.subject_id == Some(id.0)));
    }
}

#[tokio::test]
async fn only_its_owner_knows_of_it() {
    let app = TestApp::start().await;
    let Enrolled { client, .. } = enrolled(&app).await;
    let id = me(&client).await["id"].take();
    let query = "query ($id: ID!) { node(id: $id) { ... on Account { email secondFactor { enabledAt } } } }";
    let seen = async |client: &Client| client.ask(query, json!({ "id": id })).await.data()["node"].take();
    let admin = app.someone("boss@demo.example", Kind::Admin).await;
    assert_eq!(seen(&admin).await, json!({ "email": EMAIL, "secondFactor": null }));
    assert!(seen(&client).await["secondFactor"]["enabledAt"].is_string());
}

#[tokio::test]
async fn setting_it_up_takes_the_password_and_does_not_overwrite_one_that_counts() {
    let app = TestApp::with_flags(&["--login-burst-account", "3"]).await;
    let client = app.someone(EMAIL, Kind::Customer).await;
    assert_eq!(error(&confirm(&client, "123456").await), "NotEnrolled");
    let wrong = enrol(&client, "wrong").await;
    assert_eq!(wrong["errors"][0]["__typename"], "WrongPassword");
    assert_eq!(wrong["errors"][0]["path"], json!(["input", "password"]));
    assert_eq!(
        (&wrong["uri"], &wrong["qrCode"], &wrong["secret"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    let first = enrol(&client, SOMEONES_PASSWORD).await;
    let second = enrol(&client, SOMEONES_PASSWORD).await;
    let (first, second) = (first["uri"].as_str().unwrap(), second["uri"].as_str().unwrap());
    assert_ne!(first, second);
    let old = code(&app, first);
    if old != code(&app, second) {
        assert_eq!(error(&confirm(&client, &old).await), "InvalidCode", "another secret took its place");
    }
    let client = client.with_token(token(&confirm(&client, &code(&app, second)).await));
    assert_eq!(error(&enrol(&client, SOMEONES_PASSWORD).await), "AlreadyEnrolled");
    assert_eq!(error(&confirm(&client, "123456").await), "AlreadyEnrolled");
    app.clock.advance(STEP);
    let challenge = challenge(&app).await;
    token(&answer(&app.anonymous(), &challenge, &code(&app, second)).await);

    for _ in 0..2 {
        enrol(&client, "wrong").await;
    }
    assert_eq!(error(&enrol(&client, SOMEONES_PASSWORD).await), "RateLimited", "guesses count as logins do");
}

/// The code that confirmed the factor is used up, too, and so are those before it.
#[tokio::test]
async fn a_code_works_once() {
    let app = TestApp::start().await;
    let client = app.someone(EMAIL, Kind::Customer).await;
    let uri = enrol(&client, SOMEONES_PASSWORD).await["uri"].as_str().unwrap().to_owned();
    let confirming = code(&app, &uri);
    token(&confirm(&client, &confirming).await);
    let waiting = challenge(&app).await;
    assert_eq!(error(&answer(&app.anonymous(), &waiting, &confirming).await), "InvalidCode");
    app.clock.advance(STEP);
    let next = code(&app, &uri);
    token(&answer(&app.anonymous(), &waiting, &next).await);
    let another = challenge(&app).await;
    let again = answer(&app.anonymous(), &another, &next).await;
    assert_eq!(error(&again), "InvalidCode");
    assert_eq!(again["errors"][0]["path"], json!(["input", "code"]));
    let outcomes: Vec<_> =
        app.audited("loginSecondFactor").await.iter().map(|entry| entry.succeeded).collect();
    assert_eq!(outcomes, [false, true, false]);
}

/// On all instances together, each login with a challenge of its own.
#[tokio::test]
async fn of_many_logins_with_one_code_at_the_same_moment_one_succeeds() {
    let app = TestApp::start().await;
    let other = app.another_instance().await;
    let Enrolled { uri, recovery_codes, .. } = enrolled(&app).await;
    for code in [code(&app, &uri), recovery_codes[0].clone()] {
        let mut logins = Vec::new();
        for instance in [&app, &other, &app, &other] {
            logins.push((instance.anonymous(), challenge(instance).await));
        }
        let answers =
            join_all(logins.iter().map(|(client, challenge)| answer(client, challenge, &code))).await;
        let tokens = answers.iter().filter(|answer| answer["session"]["token"].is_string()).count();
        assert_eq!(tokens, 1, "{answers:?}");
        let wrong =
            answers.iter().filter(|answer| answer["errors"][0]["__typename"] == "InvalidCode").count();
        assert_eq!(wrong, 3, "{answers:?}");
        // Their failures make nobody wait any more.
        app.clock.advance(Duration::from_secs(24 * 3600));
    }
}

#[tokio::test]
async fn one_challenge_opens_one_session_also_at_the_same_moment() {
    let app = TestApp::start().await;
    let Enrolled { uri, recovery_codes, .. } = enrolled(&app).await;
    let challenge = challenge(&app).await;
    let codes = [code(&app, &uri), recovery_codes[0].clone(), recovery_codes[1].clone()];
    let client = app.anonymous();
    let answers = join_all(codes.iter().map(|code| answer(&client, &challenge, code))).await;
    let tokens = answers.iter().filter(|answer| answer["session"]["token"].is_string()).count();
    assert_eq!(tokens, 1, "{answers:?}");
    assert!(
        answers
            .iter()
            .flat_map(|answer| answer["errors"].as_array().unwrap())
            .all(|error| error["__typename"] == "ChallengeExpired")
    );
    let left = recovery_code::Entity::find().count(app.services().db.connection()).await.unwrap();
    assert!(left >= 9, "the codes of the others were not used up: {left}");
}

#[tokio::test]
async fn each_of_ten_recovery_codes_works_once() {
    let app = TestApp::start().await;
    let Enrolled { recovery_codes, .. } = enrolled(&app).await;
    assert_eq!(recovery_codes.iter().collect::<BTreeSet<_>>().len(), 10);
    for (used, code) in recovery_codes.iter().enumerate() {
        let typed = if used == 0 { code.to_lowercase().replace('-', " ") } else { code.clone() };
        let answered = answer(&app.anonymous(), &challenge(&app).await, &typed).await;
        assert_eq!(answered["account"]["secondFactor"]["recoveryCodesLeft"], 9 - used, "{answered}");
    }
    let again = answer(&app.anonymous(), &challenge(&app).await, &recovery_codes[4]).await;
    assert_eq!(error(&again), "InvalidCode");
    let mails = app.all_mails().await;
    let told = mails.iter().filter(|mail| mail.subject.contains("recovery code was used"));
    let left: BTreeSet<_> = told
        .map(|mail| (0..=9).find(|left| mail.text.contains(&format!("Codes left: {left}."))).unwrap())
        .collect();
    assert_eq!(left, (0..=9).collect(), "a letter for each");
}

#[tokio::test]
async fn five_wrong_codes_end_a_login_and_make_the_next_wait() {
    let app = TestApp::start().await;
    let Enrolled { uri, recovery_codes, .. } = enrolled(&app).await;
    let first = challenge(&app).await;
    let second = challenge(&app).await;
    for wrong in [&*wrong_code(&app, &uri), "", "0000-0000-0000-0000", "x", "1234567"] {
        assert_eq!(error(&answer(&app.anonymous(), &first, wrong).await), "InvalidCode", "{wrong}");
    }
    assert_eq!(error(&answer(&app.anonymous(), &first, &recovery_codes[0]).await), "ChallengeExpired");
    let limited = answer(&app.anonymous(), &second, &recovery_codes[0]).await;
    assert_eq!(error(&limited), "RateLimited", "all logins of the account count together");
    let wait = limited["errors"][0]["retryAfter"].as_u64().unwrap();
    assert!((1..=30).contains(&wait), "{limited}");
    app.clock.advance(Duration::from_secs(wait));
    assert_eq!(error(&answer(&app.anonymous(), &first, &recovery_codes[0]).await), "ChallengeExpired");
    token(&answer(&app.anonymous(), &second, &recovery_codes[0]).await);
}

#[tokio::test]
async fn a_challenge_is_good_for_five_minutes_and_nobody_else() {
    let app = TestApp::start().await;
    let Enrolled { id, uri, recovery_codes, .. } = enrolled(&app).await;
    for forged in ["", "x", &"A".repeat(43), &"é".repeat(10_000)] {
        let answered = answer(&app.anonymous(), forged, &recovery_codes[0]).await;
        assert_eq!(error(&answered), "ChallengeExpired");
        assert_eq!(answered["errors"][0]["path"], json!(["input", "challenge"]));
    }
    let late = challenge(&app).await;
    app.clock.advance(Duration::from_secs(299));
    assert_eq!(error(&answer(&app.anonymous(), &late, &wrong_code(&app, &uri)).await), "InvalidCode");
    app.clock.advance(Duration::from_secs(1));
    assert_eq!(error(&answer(&app.anonymous(), &late, &recovery_codes[0]).await), "ChallengeExpired");

    let blocked = challenge(&app).await;
    let account =
        account::ActiveModel { id: Set(id), blocked_at: Set(Some(app.clock.now())), ..Default::default() };
    account.update(app.services().db.connection()).await.unwrap();
    assert_eq!(error(&answer(&app.anonymous(), &blocked, &recovery_codes[0]).await), "ChallengeExpired");
    let left = recovery_code::Entity::find().count(app.services().db.connection()).await.unwrap();
    assert_eq!(left, 10, "no code was used up");
}

#[tokio::test]
async fn a_login_goes_on_after_a_restart() {
    let mut app = TestApp::start().await;
    let Enrolled { uri, .. } = enrolled(&app).await;
    let waiting = challenge(&app).await;
    app.stop().await;
    let app = app.another_instance().await;
    app.clock.advance(STEP);
    token(&answer(&app.anonymous(), &waiting, &code(&app, &uri)).await);
}

/// On PostgreSQL an operator has to set a key.
#[tokio::test]
async fn without_a_key_there_are_no_second_factors_and_the_log_says_why() {
    if stack() != Stack::Services {
        return;
    }
    let database = TestDatabase::demo().await;
    let server = Server::start(&["--listen", "127.0.0.1:0", "--database-url", &database.url]);
    let client = server.client().login(DEMO_STAFF, DEMO_PASSWORD).await;
    let input = json!({ "password": DEMO_PASSWORD });
    let reply = mutate(&client, "secondFactorEnrol", "uri", input).await;
    reply.failed("UNAVAILABLE", "Second factors are not configured in this shop.");
    assert!(!reply.text.contains("BODEGA_SECRET_KEY"));
    let log = server.end();
    let told = |line: &String| line.contains("operation failed") && line.contains("BODEGA_SECRET_KEY");
    assert!(log.iter().any(told), "{log:#?}");
}

/// Neither the secret nor a code is in the database, and no row opens for another account.
#[tokio::test]
async fn nothing_of_it_is_stored_in_clear() {
    let app = TestApp::start().await;
    let Enrolled { id, uri, recovery_codes, .. } = enrolled(&app).await;
    let db = app.services().db.connection();
    let row = second_factor::Entity::find_by_id(id).one(db).await.unwrap().unwrap();
    let totp = Totp::from_url(&uri).unwrap();
    let secret = totp.secret().as_ref().to_vec();
    assert_eq!(secret.len(), 20);
    assert!(!row.sealed_secret.windows(secret.len()).any(|window| window == secret));
    let codes = recovery_code::Entity::find().all(db).await.unwrap();
    assert!(codes.iter().all(|code| code.code_hash.len() == 32));
    assert!(recovery_codes.iter().all(|text| codes.iter().all(|code| code.code_hash != text.as_bytes())));

    let other = account::Entity::with_email(DEMO_CUSTOMER).one(db).await.unwrap().unwrap();
    let moved = second_factor::ActiveModel {
        account_id: Set(other.id),
        sealed_secret: Set(row.sealed_secret),
        last_step: Set(0),
        created_at: Set(row.created_at),
        confirmed_at: Set(row.confirmed_at),
    };
    moved.insert(db).await.unwrap();
    let reply = login(&app.anonymous(), DEMO_CUSTOMER, DEMO_PASSWORD, "BEARER").await;
    let challenge = reply.data()["login"]["secondFactorRequired"]["challenge"].take();
    let input = json!({ "challenge": challenge, "code": code(&app, &uri) });
    mutate(&app.anonymous(), "loginSecondFactor", "session { token }", input).await.failed("INTERNAL", "");
}

/// Also at its most talkative.
#[tokio::test]
async fn the_log_holds_no_secret_of_it() {
    let database = TestDatabase::demo().await;
    let key = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
    let args = ["--listen", "127.0.0.1:0", "--database-url", &database.url, "--secret-key", key];
    let server = Server::start(&[&args[..], &["--log", "trace", "--log-format", "json"]].concat());
    let client = server.client().login(DEMO_CUSTOMER, DEMO_PASSWORD).await;
    let enrolment = enrol(&client, DEMO_PASSWORD).await;
    let totp = Totp::from_url(enrolment["uri"].as_str().unwrap()).unwrap();
    let confirmed = confirm(&client, &totp.generate_current().to_string()).await;
    let recovery_code = confirmed["recoveryCodes"][0].as_str().unwrap();
    let reply = login(&server.client(), DEMO_CUSTOMER, DEMO_PASSWORD, "BEARER").await;
    let challenge = reply.data()["login"]["secondFactorRequired"]["challenge"].take();
    let challenge = challenge.as_str().unwrap();
    assert_eq!(error(&answer(&server.client(), challenge, "my-wrong-code").await), "InvalidCode");
    let opened = token(&answer(&server.client(), challenge, recovery_code).await);
    let log = server.end().join("\n");
    assert!(log.contains("second_factor::login"), "{log}");
    let secret = enrolment["secret"].as_str().unwrap();
    for secret in [secret, "otpauth:", "<svg", recovery_code, challenge, "my-wrong-code", &opened, key] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}
