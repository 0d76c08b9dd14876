//! How failed logins are slowed down, and whom that does not hit.

use std::time::Duration;

use bodega::domain::{
    context::OpContext,
    kernel::fault::Throttled,
    sample::{DEMO_CUSTOMER, DEMO_PASSWORD},
    throttle::{Attempt, Keys, ThrottlePolicies, digest},
};
use serde_json::{Value, json};

use crate::{
    operations::LOGIN,
    support::{TestApp, config, context},
};

const MINUTE: Duration = Duration::from_secs(60);

/// A first delay of ten minutes, so that a slow machine's seconds do not matter.
const SLOW: [&str; 6] =
    ["--login-burst-account", "2", "--login-interval", "10m", "--login-longest-delay", "40m"];

/// The name of a login's error and the seconds to wait, from a network address of its own.
async fn fails_from(app: &TestApp, address: &str, email: &str) -> (String, u64) {
    let body =
        json!({ "query": LOGIN.text, "variables": { "input": { "email": email, "password": "wrong" } } });
    let request = app.anonymous().post().header("x-forwarded-for", address).json(&body);
    let error: Value = app.anonymous().send(request).await.data()["login"]["errors"][0].take();
    (error["__typename"].as_str().unwrap().to_owned(), error["retryAfter"].as_u64().unwrap_or_default())
}

async fn fails(app: &TestApp, email: &str) -> (String, u64) {
    fails_from(app, "127.0.0.1", email).await
}

/// Asserts that the next attempts are failures and then the one after them has to wait for nearly so many minutes.
async fn waits(app: &TestApp, email: &str, failures: usize, minutes: u64) {
    for _ in 0..failures {
        assert_eq!(fails(app, email).await, ("InvalidCredentials".to_owned(), 0), "{email}");
    }
    let (name, seconds) = fails(app, email).await;
    assert_eq!(name, "RateLimited");
    assert!((60 * (minutes - 1)..=60 * minutes).contains(&seconds), "{seconds} are not {minutes} minutes");
}

#[tokio::test]
async fn delays_double_up_to_the_longest_whether_there_is_such_an_account_or_not() {
    let app = TestApp::with_flags(&SLOW).await;
    for email in [DEMO_CUSTOMER, "nobody@demo.example", "not an address"] {
        waits(&app, email, 2, 10).await;
        for (passed, next) in [(10, 20), (20, 40), (40, 40), (40, 40)] {
            app.clock.advance(passed * MINUTE);
            waits(&app, email, 1, next).await;
        }
    }
}

#[tokio::test]
async fn time_takes_failures_back_and_a_success_is_none() {
    let app = TestApp::with_flags(&SLOW).await;
    waits(&app, DEMO_CUSTOMER, 2, 10).await;
    app.clock.advance(10 * MINUTE);
    for _ in 0..3 {
        app.customer().await;
    }
    waits(&app, DEMO_CUSTOMER, 1, 20).await;
    // One is forgiven after 160 minutes, another one after as many again.
    app.clock.advance(150 * MINUTE);
    waits(&app, DEMO_CUSTOMER, 1, 20).await;
    app.clock.advance(160 * MINUTE);
    waits(&app, DEMO_CUSTOMER, 1, 20).await;
    app.clock.advance(24 * 60 * MINUTE);
    waits(&app, DEMO_CUSTOMER, 2, 10).await;
}

#[tokio::test]
async fn the_neighbours_of_a_network_share_four_times_as_much() {
    let flags = ["--trusted-proxies", "1", "--login-burst-address", "2", "--login-interval", "10m"];
    let app = TestApp::with_flags(&flags).await;
    let from = async |address: &str, attempt: usize| {
        fails_from(&app, address, &format!("{attempt}@demo.example")).await.0
    };
    for attempt in 0..8 {
        assert_eq!(from(&format!("2001:db8:1:{attempt}::1"), attempt).await, "InvalidCredentials");
    }
    assert_eq!(from("2001:db8:1:9::1", 9).await, "RateLimited");
    assert_eq!(from("2001:db8:2:9::1", 9).await, "InvalidCredentials");
}

/// Counts a login from this address.
async fn login(app: &TestApp, address: &str, name: &str, is_known: bool) -> Result<Attempt, Throttled> {
    let ctx = context(app.services(), address, None);
    ctx.throttle(ctx.services().throttle.login_keys(ctx.caller(), name, is_known)).await
}

/// A stranger fails from as many networks as he likes.
#[tokio::test]
async fn a_stranger_cannot_make_the_owner_wait_where_the_owner_is_known() {
    let app = TestApp::with_flags(&["--login-burst-account", "3"]).await;
    let name = digest(DEMO_CUSTOMER);
    let login = async |address: &str, is_known: bool| login(&app, address, &name, is_known).await;
    let mut refused = 0;
    for host in 0..20 {
        refused += usize::from(login(&format!("198.51.{host}.1"), false).await.is_err());
    }
    assert_eq!(refused, 17, "strangers are counted together");
    assert!(
        matches!(login("192.0.2.1", false).await, Err(Throttled::TooSoon { .. })),
        "also the owner abroad"
    );

    for _ in 0..3 {
        assert!(login("192.0.2.1", true).await.is_ok());
    }
    let own = login("192.0.2.1", true).await;
    assert!(matches!(own, Err(Throttled::TooSoon { .. })), "own mistakes count, too");
    assert!(login("192.0.3.1", true).await.is_ok(), "but not those made in another known network");
}

#[tokio::test]
async fn an_attempt_that_one_key_refuses_counts_for_none() {
    let app = TestApp::with_flags(&["--login-burst-account", "1", "--login-burst-address", "2"]).await;
    let login = async |name: &str| login(&app, "192.0.2.1", name, false).await;
    let attempt = login("a").await.unwrap();
    for _ in 0..5 {
        let Err(Throttled::TooSoon { retry_after }) = login("a").await else {
            panic!("refused for the account")
        };
        assert!(retry_after <= Duration::from_secs(30), "it did not grow: {retry_after:?}");
    }
    attempt.succeeded().await;
    assert!(login("a").await.is_ok(), "the success was no failure");
    assert!(login("b").await.is_ok(), "the network has another one");
    assert!(login("c").await.is_err(), "and no third");
    assert_eq!(app.anonymous().login(DEMO_CUSTOMER, DEMO_PASSWORD).await.token.unwrap().len(), 43);
}

/// Loopback is exempt, so that a front end's own tests may register as many people as they like.
#[tokio::test]
async fn registrations_and_mails_are_counted_where_requests_are() {
    let flags = ["--registration-burst-address", "2", "--mail-burst-recipient", "3"];
    let app = TestApp::with_flags(&flags).await;
    let policies = app.services().throttle;
    let allowed = async |ctx: &OpContext, keys: &dyn Fn(usize) -> Keys| {
        let mut allowed = 0;
        for number in 0..10 {
            allowed += usize::from(ctx.throttle(keys(number)).await.is_ok());
        }
        allowed
    };
    for (address, registrations, mails) in [("127.0.0.1", 10, 10), ("192.0.2.1", 2, 2)] {
        let ctx = context(app.services(), address, None);
        let counted = ctx.counted_caller();
        let keys = |_| counted.map(|caller| policies.registration_keys(caller)).unwrap_or_default();
        assert_eq!(allowed(&ctx, &keys).await, registrations, "{address}");
        let to_many = |number| policies.mail_keys(counted, "register", &format!("{address} {number}"));
        assert_eq!(allowed(&ctx, &to_many).await, mails, "{address}");
    }
    let ctx = context(app.services(), "127.0.0.1", None);
    let to_one = |_| policies.mail_keys(ctx.counted_caller(), "register", "one");
    assert_eq!(allowed(&ctx, &to_one).await, 3, "one person's mails in any case");
    let account = entity::AccountId(uuid::Uuid::nil());
    assert_eq!(allowed(&ctx, &|_| policies.second_factor_keys(account)).await, 5);
}

#[test]
fn commands_beside_the_server_have_its_defaults() {
    assert_eq!(config(&[]).accounts.throttle(), ThrottlePolicies::default());
}
