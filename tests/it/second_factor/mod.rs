//! The second factor: setting it up, logging in with it, and every way around it that must be closed.

mod change;
mod login;
mod staff;

use std::{collections::BTreeSet, time::Duration};

use bodega::domain::kernel::ports::Clock;
use entity::{AccountId, account::Kind};
use serde_json::{Value, json};
use totp_rs::Totp;

use crate::{
    login::login,
    support::{Client, Reply, SOMEONES_PASSWORD, TestApp},
};

const EMAIL: &str = "someone@demo.example";
const STEP: Duration = Duration::from_secs(30);

/// Runs a mutation of this input, and answers with its payload.
async fn mutate(client: &Client, field: &str, selection: &str, input: Value) -> Reply {
    let (first, rest) = field.split_at(1);
    let name = format!("{}{rest}Input", first.to_uppercase());
    let retry_after = if field == "secondFactorReset" { "" } else { "... on RateLimited { retryAfter }" };
    let errors = format!("errors {{ __typename ... on UserError {{ message path }} {retry_after} }}");
    let query = format!("mutation ($input: {name}!) {{ {field}(input: $input) {{ {selection} {errors} }} }}");
    client.ask(&query, json!({ "input": input })).await
}

async fn enrol(client: &Client, password: &str) -> Value {
    let reply =
        mutate(client, "secondFactorEnrol", "uri qrCode secret", json!({ "password": password })).await;
    reply.data()["secondFactorEnrol"].take()
}

async fn confirm(client: &Client, code: &str) -> Value {
    let selection = "recoveryCodes session { token expiresAt }";
    let reply = mutate(client, "secondFactorConfirm", selection, json!({ "code": code })).await;
    reply.data()["secondFactorConfirm"].take()
}

async fn disable(client: &Client, password: &str, code: &str) -> Value {
    let input = json!({ "password": password, "code": code });
    let reply = mutate(client, "secondFactorDisable", "session { token }", input).await;
    reply.data()["secondFactorDisable"].take()
}

async fn renew(client: &Client, password: &str, code: &str) -> Value {
    let input = json!({ "password": password, "code": code });
    let reply = mutate(client, "secondFactorRecoveryCodesRenew", "recoveryCodes", input).await;
    reply.data()["secondFactorRecoveryCodesRenew"].take()
}

async fn reset(client: &Client, account: &Value) -> Reply {
    mutate(client, "secondFactorReset", "account { id }", json!({ "id": account })).await
}

/// Shows a password, and answers with the challenge.
async fn challenge(app: &TestApp) -> String {
    let reply = login(&app.anonymous(), EMAIL, SOMEONES_PASSWORD, "BEARER").await;
    let payload = &reply.data()["login"];
    assert_eq!((&payload["session"], &payload["account"]), (&Value::Null, &Value::Null));
    assert_eq!(payload["errors"], json!([]));
    payload["secondFactorRequired"]["challenge"].as_str().expect("a challenge").to_owned()
}

async fn answer(client: &Client, challenge: &str, code: &str) -> Value {
    let selection = "session { token expiresAt } account { email secondFactor { recoveryCodesLeft } }";
    let input = json!({ "challenge": challenge, "code": code });
    mutate(client, "loginSecondFactor", selection, input).await.data()["loginSecondFactor"].take()
}

fn error(payload: &Value) -> &str {
    assert_eq!(payload["errors"].as_array().map(Vec::len), Some(1), "{payload}");
    payload["errors"][0]["__typename"].as_str().unwrap()
}

fn token(payload: &Value) -> String {
    assert_eq!(payload["errors"], json!([]));
    payload["session"]["token"].as_str().expect("a token").to_owned()
}

/// The code that the app of somebody with this URI shows now.
fn code(app: &TestApp, uri: &str) -> String {
    let now = app.clock.now().timestamp();
    Totp::from_url(uri).unwrap().generate(now.cast_unsigned()).to_string()
}

/// A code that the app does not show around now.
fn wrong_code(app: &TestApp, uri: &str) -> String {
    let totp = Totp::from_url(uri).unwrap();
    let now = app.clock.now().timestamp().cast_unsigned();
    let shown: BTreeSet<_> = (now - 90..now + 90).map(|at| totp.generate(at).to_string()).collect();
    (0..).map(|n| format!("{n:06}")).find(|code| !shown.contains(code)).unwrap()
}

/// Somebody with a second factor.
struct Enrolled {
    id: AccountId,
    client: Client,
    uri: String,
    recovery_codes: Vec<String>,
}

/// Sets a second factor up for somebody who is logged in. The code that confirmed it is used up; the next one is shown.
async fn set_up(app: &TestApp, client: &Client, password: &str) -> (Client, String, Vec<String>) {
    let uri = enrol(client, password).await["uri"].as_str().expect("a URI").to_owned();
    let confirmed = confirm(client, &code(app, &uri)).await;
    app.clock.advance(STEP);
    let codes = confirmed["recoveryCodes"].as_array().unwrap().iter();
    let codes = codes.map(|code| code.as_str().unwrap().to_owned()).collect();
    (client.with_token(token(&confirmed)), uri, codes)
}

async fn enrolled(app: &TestApp) -> Enrolled {
    let id = app.create_account(EMAIL, SOMEONES_PASSWORD, Kind::Customer).await.id;
    let client = app.anonymous().login(EMAIL, SOMEONES_PASSWORD).await;
    let (client, uri, recovery_codes) = set_up(app, &client, SOMEONES_PASSWORD).await;
    Enrolled { id, client, uri, recovery_codes }
}

async fn me(client: &Client) -> Value {
    client.run("{ me { id secondFactor { enabledAt recoveryCodesLeft } } }").await.data()["me"].take()
}
