//! How much a caller may ask for, on the running program's services.

use std::time::Duration;

use bodega::domain::{
    rate_limit::{Permit, RateLimitStatus, RateLimited},
    sample::{DEMO_CUSTOMER, DEMO_STAFF},
};
use services::Redis;

use crate::support::{Stack, TestApp, context, eventually, stack};

const ADDRESS: &str = "192.0.2.1";
/// So slow that no point comes back while a test runs.
const LIMITS: [&str; 6] =
    ["--rate-anonymous", "100/100000s", "--rate-account", "1000/100000s", "--max-concurrent", "2"];

async fn limited() -> TestApp {
    TestApp::with_flags(&LIMITS).await
}

/// Asks for so many points, with this session if there is one.
async fn admit(app: &TestApp, address: &str, token: Option<&str>, cost: u32) -> Result<Permit, RateLimited> {
    context(app.services(), address, token).admit(cost).await
}

/// What is left of an anonymous caller's points after a request.
async fn charge(app: &TestApp, address: &str, cost: u32) -> Result<u32, RateLimited> {
    admit(app, address, None, cost).await.map(|permit| permit.status.unwrap().remaining)
}

#[tokio::test]
async fn whoever_shows_no_session_counts_as_a_network_address() {
    let app = limited().await;
    let Permit { status, .. } = admit(&app, ADDRESS, None, 60).await.unwrap();
    let RateLimitStatus { policy, remaining, reset } = status.unwrap();
    assert_eq!((policy.name, policy.quota.burst, remaining), ("anonymous", 100, 40));
    assert_eq!((policy.quota.window().as_secs(), reset), (100_000, Duration::from_secs(60_000)));

    let refused = charge(&app, ADDRESS, 50).await.unwrap_err();
    let RateLimited::TooMuch { retry_after, policy: same } = refused else { panic!("{refused:?}") };
    assert!(same == policy && retry_after.as_secs().div_ceil(1000) == 10);
    assert!(refused.to_string().contains("Try again in"), "{refused}");
    assert_eq!(charge(&app, "192.0.2.2", 0).await, Ok(99), "another one, for the least that a request costs");
    assert_eq!(charge(&app, "::ffff:192.0.2.2", 9).await, Ok(90), "the same in another form");
    app.clock.advance(Duration::from_secs(10_000));
    assert!(charge(&app, ADDRESS, 50).await.is_ok());

    assert_eq!(charge(&app, "2001:db8:0:1::1", 10).await, Ok(90));
    assert_eq!(charge(&app, "2001:db8:0:1:ffff::2", 10).await, Ok(80), "the same network");
    assert_eq!(charge(&app, "2001:db8:0:2::1", 10).await, Ok(90));
}

#[tokio::test]
async fn a_session_counts_as_its_account_wherever_it_is_used() {
    let app = limited().await;
    let (customer, staff) = (app.customer().await.token.unwrap(), app.staff().await.token.unwrap());
    let again = app.customer().await.token.unwrap();
    let charge = async |address, token: &str| {
        let permit = admit(&app, address, Some(token), 300).await.unwrap();
        let status = permit.status.unwrap();
        assert_eq!((status.policy.name, status.policy.quota.burst), ("account", 1000));
        status.remaining
    };
    assert_eq!(charge(ADDRESS, &customer).await, 700);
    assert_eq!(charge("192.0.2.2", &again).await, 400, "{DEMO_CUSTOMER} elsewhere");
    assert_eq!(charge(ADDRESS, &staff).await, 700, "{DEMO_STAFF} beside the customer");
    assert!(admit(&app, ADDRESS, Some(&customer), 600).await.is_err());
    assert_eq!(self::charge(&app, ADDRESS, 10).await, Ok(90), "sessions leave the address its own");

    let unknown = admit(&app, ADDRESS, Some(&"A".repeat(43)), 10).await.unwrap().status.unwrap();
    assert_eq!((unknown.policy.name, unknown.remaining), ("anonymous", 80), "a token that opens nothing");
}

#[tokio::test]
async fn a_request_dearer_than_all_points_waits_for_all_of_them() {
    let app = limited().await;
    assert_eq!(charge(&app, ADDRESS, 100_000).await, Ok(0));
    assert!(matches!(charge(&app, ADDRESS, 100_000).await, Err(RateLimited::TooMuch { .. })));
    app.clock.advance(Duration::from_secs(100_000));
    assert_eq!(charge(&app, ADDRESS, 100_000).await, Ok(0));
}

#[tokio::test]
async fn loopback_is_not_counted_and_nothing_is_looked_up_for_it() {
    let app = limited().await;
    let token = app.customer().await.token.unwrap();
    let statements = app.statements();
    let mut held = Vec::new();
    for address in ["127.0.0.1", "127.8.0.1", "::1", "::ffff:127.0.0.1"] {
        for _ in 0..5 {
            let permit = admit(&app, address, Some(&token), 10_000).await.unwrap();
            assert_eq!(permit.status, None);
            held.push(permit);
        }
    }
    assert_eq!(app.statements(), statements);

    let app = TestApp::with_flags(&["--rate-exempt", "192.0.2.0/24", "--rate-anonymous", "10/1m"]).await;
    assert_eq!(admit(&app, ADDRESS, None, 1).await.unwrap().status, None);
    assert_eq!(charge(&app, "127.0.0.1", 1).await, Ok(9), "now it counts");
}

#[tokio::test]
async fn so_many_requests_of_one_caller_are_under_way_at_once() {
    let app = limited().await;
    let enter = async || admit(&app, ADDRESS, None, 10).await;
    let (first, second) = (enter().await.unwrap(), enter().await.unwrap());
    for _ in 0..20 {
        assert_eq!(enter().await.unwrap_err(), RateLimited::TooManyAtOnce { max: 2 });
    }
    assert!(admit(&app, "192.0.2.2", None, 10).await.is_ok(), "others are not held up");
    drop(first);
    let third = enter().await.unwrap();
    assert_eq!(third.status.unwrap().remaining, 70, "those refused cost nothing");
    assert!(enter().await.is_err());
    drop((second, third));
    assert!(matches!(admit(&app, ADDRESS, None, 100).await, Err(RateLimited::TooMuch { .. })));
    let both = (enter().await, enter().await);
    assert!(both.0.is_ok() && both.1.is_ok(), "who is refused takes no place");
}

#[tokio::test]
async fn any_number_of_points_when_switched_off() {
    let app = TestApp::with_flags(&["--rate-anonymous", "0", "--max-concurrent", "1"]).await;
    let permit = admit(&app, ADDRESS, None, u32::MAX).await.unwrap();
    assert_eq!(permit.status, None);
    assert!(admit(&app, ADDRESS, None, 1).await.is_err(), "requests at once are limited all the same");
}

#[tokio::test]
async fn instances_count_together_where_they_share_redis() {
    let app = limited().await;
    let other = app.another_instance().await;
    assert_eq!(charge(&app, ADDRESS, 50).await, Ok(50));
    let left = if stack() == Stack::Services { 0 } else { 50 };
    assert_eq!(charge(&other, ADDRESS, 50).await, Ok(left));
}

#[tokio::test]
async fn without_redis_an_instance_counts_for_itself() {
    let redis = Redis::start().unwrap();
    let app = TestApp::with_flags(&[&["--redis-url", &redis.url()], &LIMITS[..]].concat()).await;
    let token = app.customer().await.token.unwrap();
    assert_eq!(charge(&app, ADDRESS, 90).await, Ok(10));
    let port = redis.port();
    drop(redis);

    assert_eq!(charge(&app, ADDRESS, 90).await, Ok(10), "what Redis knew is not known here");
    assert!(charge(&app, ADDRESS, 90).await.is_err(), "and still there is a limit");
    let permit = admit(&app, "192.0.2.2", Some(&token), 90).await.unwrap();
    let name = permit.status.unwrap().policy.name;
    assert_eq!(name, "anonymous", "a session that cannot be looked up");
    drop(permit);

    let _redis = Redis::start_on(port).unwrap();
    eventually("it counts in Redis again", async || {
        // So little that no 80 points come back, however often.
        app.clock.advance(Duration::from_secs(1));
        charge(&app, ADDRESS, 90).await.is_ok()
    })
    .await;
}
