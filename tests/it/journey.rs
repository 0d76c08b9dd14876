//! Everything that happens to an account in its life, through the public API and the mail that goes out: once undisturbed,
//! and once with everything restarted between any two steps.

use std::{sync::Arc, time::Duration};

use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use services::Redis;
use totp_rs::Totp;

use crate::support::{Client, Stack, TestApp, TestDatabase, stack};

const EMAIL: &str = "ada@shop.example";
const FIRST: &str = "lamp-orbit-mustard";
const SECOND: &str = "violin-gravel-teapot";
const THIRD: &str = "cobalt-muffin-harbor";

/// The shop, and whether it is restarted between steps.
struct Journey {
    app: TestApp,
    database: Arc<TestDatabase>,
    redis: Option<Redis>,
    is_disturbed: bool,
}

impl Journey {
    async fn begin(is_disturbed: bool) -> Self {
        let database = Arc::new(TestDatabase::demo().await);
        let redis = (stack() == Stack::Services).then(|| Redis::start().unwrap());
        let url = redis.as_ref().map(Redis::url).unwrap_or_default();
        let flags = ["--redis-url", &url];
        let app = TestApp::on(database.clone(), if redis.is_some() { &flags } else { &[] }).await;
        Self { app, database, redis, is_disturbed }
    }

    /// Restarts the program, Redis (which forgets everything), and the database's connections.
    async fn disturb(&mut self) {
        if !self.is_disturbed {
            return;
        }
        if let Some(redis) = self.redis.take() {
            let port = redis.port();
            drop(redis);
            self.redis = Some(Redis::start_on(port).unwrap());
            let name = self.database.url.rsplit('/').next().unwrap();
            let other = TestDatabase::blank().await;
            let cut =
                format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
            other.connect().await.connection().execute_unprepared(&cut).await.unwrap();
        }
        self.app.stop().await;
        self.app = self.app.another_instance().await;
    }

    /// The code that the authenticator app shows next; one is good only once.
    fn next_code(&mut self, uri: &str) -> String {
        self.app.clock.advance(Duration::from_secs(30));
        let now = bodega::domain::kernel::ports::Clock::now(&self.app.clock).timestamp();
        Totp::from_url(uri).unwrap().generate(now.cast_unsigned()).to_string()
    }

    /// Runs a mutation that must go well, and answers with its payload.
    async fn does(&self, client: &Client, mutation: &str, variables: Value) -> Value {
        let declared: Vec<_> =
            variables.as_object().unwrap().keys().map(|name| format!("${name}: String!")).collect();
        let query = format!("mutation ({}) {{ it: {mutation} }}", declared.join(", "));
        let payload = client.ask(&query, variables).await.data()["it"].take();
        assert_eq!(payload["errors"], json!([]), "{mutation}");
        payload
    }

    async fn login(&self, password: &str) -> Value {
        let mutation = "login(input: { email: $email, password: $password }) {
            session { token } secondFactorRequired { challenge } errors { __typename } }";
        self.does(&self.app.anonymous(), mutation, json!({ "email": EMAIL, "password": password })).await
    }

    fn client(&self, payload: &Value) -> Client {
        self.app.anonymous().with_token(payload["session"]["token"].as_str().expect("a session"))
    }

    async fn login_with_code(&mut self, password: &str, code: &str) -> Client {
        let login = self.login(password).await;
        assert_eq!(login["session"], Value::Null, "the password is not enough");
        let challenge = login["secondFactorRequired"]["challenge"].clone();
        self.disturb().await;
        let mutation = "loginSecondFactor(input: { challenge: $challenge, code: $code }) {
            session { token } errors { __typename } }";
        let variables = json!({ "challenge": challenge, "code": code });
        let login = self.does(&self.app.anonymous(), mutation, variables).await;
        self.client(&login)
    }

    async fn token_of_the_letter(&self, about: &str) -> String {
        self.app.mail_to_until(EMAIL, |mail| mail.text.contains(about)).await.token()
    }
}

async fn travel(mut shop: Journey) {
    // Register, and verify the address by the letter.
    let mutation =
        "register(input: { email: $email, password: $password, name: \"Ada\" }) { errors { __typename } }";
    shop.does(&shop.app.anonymous(), mutation, json!({ "email": EMAIL, "password": FIRST })).await;
    shop.disturb().await;
    let token = shop.token_of_the_letter("emailVerify").await;
    shop.disturb().await;
    let mutation = "emailVerify(input: { token: $token }) { account { email } errors { __typename } }";
    let verified = shop.does(&shop.app.anonymous(), mutation, json!({ "token": token })).await;
    assert_eq!(verified["account"]["email"], EMAIL);
    shop.disturb().await;

    // Log in, and set a second factor up.
    let client = shop.client(&shop.login(FIRST).await);
    let mutation = "secondFactorEnrol(input: { password: $password }) { uri qrCode errors { __typename } }";
    let enrolled = shop.does(&client, mutation, json!({ "password": FIRST })).await;
    assert!(enrolled["qrCode"].as_str().unwrap().starts_with("<svg"));
    let uri = enrolled["uri"].as_str().unwrap().to_owned();
    shop.disturb().await;
    let client = shop.client(&shop.login(FIRST).await);
    let code = shop.next_code(&uri);
    let mutation = "secondFactorConfirm(input: { code: $code }) { session { token } recoveryCodes errors { __typename } }";
    let confirmed = shop.does(&client, mutation, json!({ "code": code })).await;
    let recovery_codes = confirmed["recoveryCodes"].as_array().unwrap().clone();
    assert_eq!(recovery_codes.len(), 10);
    client.run("{ me { id } }").await.failed("UNAUTHENTICATED", "Log in again");
    shop.disturb().await;

    // Log in with both, and change the password.
    let code = shop.next_code(&uri);
    let client = shop.login_with_code(FIRST, &code).await;
    let mutation = "passwordChange(input: { password: $old, newPassword: $new }) { session { token } errors { __typename } }";
    let changed = shop.does(&client, mutation, json!({ "old": FIRST, "new": SECOND })).await;
    let client = shop.client(&changed);
    assert_eq!(client.run("{ me { name } }").await.data()["me"]["name"], "Ada");
    shop.disturb().await;

    // Forget it, and reset it by the letter. The second factor stays; a recovery code stands in for the app.
    let mutation = "passwordResetRequest(input: { email: $email }) { errors { __typename } }";
    shop.does(&shop.app.anonymous(), mutation, json!({ "email": EMAIL })).await;
    shop.disturb().await;
    let token = shop.token_of_the_letter("passwordReset").await;
    let mutation = "passwordReset(input: { token: $token, newPassword: $new }) { errors { __typename } }";
    shop.does(&shop.app.anonymous(), mutation, json!({ "token": token, "new": THIRD })).await;
    let before = shop.app.anonymous().with_token(client.token.unwrap());
    before.run("{ me { id } }").await.failed("UNAUTHENTICATED", "Log in again");
    shop.disturb().await;
    let client = shop.login_with_code(THIRD, recovery_codes[3].as_str().unwrap()).await;

    // What happened is known, and the owner was told of each step.
    let export = client.run("{ accountExport }").await.data()["accountExport"].take();
    let done: Vec<_> =
        export["auditLog"].as_array().unwrap().iter().map(|entry| entry["action"].clone()).collect();
    for action in
        ["emailVerify", "secondFactorConfirm", "passwordChange", "passwordReset", "loginSecondFactor"]
    {
        assert!(done.contains(&json!(action)), "{action} in {done:?}");
    }
    for about in ["password", "recovery code", "authenticator"] {
        shop.app.mail_to_until(EMAIL, |mail| mail.text.contains(about)).await;
    }
}

#[tokio::test]
async fn from_the_registration_to_the_reset() {
    travel(Journey::begin(false).await).await;
}

#[tokio::test]
async fn from_the_registration_to_the_reset_with_a_restart_at_every_step() {
    travel(Journey::begin(true).await).await;
}
