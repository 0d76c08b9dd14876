//! One contract for each port, whichever adapter stands behind it.

use std::time::Duration;

use bodega::domain::{
    account::{Session, Token},
    port::{Clock, Random},
    quota::{Quota, Verdict},
};
use bodega::infra::system::{SystemClock, SystemRandom};
use chrono::TimeDelta;
use entity::account::Role;
use futures_util::future::join_all;

use crate::support::TestApp;

const HOUR: Duration = Duration::from_secs(3600);

async fn session(app: &TestApp, email: &str, age: TimeDelta, lifetime: TimeDelta) -> Session {
    let account_id = app.create_account(email, "some-password", Role::Customer).await.id;
    let created_at = SystemClock.now() - age;
    Session { account_id, created_at, expires_at: created_at + lifetime }
}

fn token() -> Token {
    Token::new(SystemRandom.secret())
}

#[tokio::test]
async fn a_session_is_found_by_its_token_until_it_is_removed() {
    let app = TestApp::start().await;
    let store = &app.ports().sessions;
    let session = session(&app, "a@demo.example", TimeDelta::zero(), TimeDelta::days(1)).await;
    let (token, other) = (token().hash(), token().hash());
    store.insert(&token, &session, HOUR).await.unwrap();
    let now = SystemClock.now();
    assert_eq!(store.touch(&token, now, HOUR).await.unwrap(), Some(session));
    assert_eq!(store.touch(&other, now, HOUR).await.unwrap(), None);
    assert_eq!(store.remove(&other).await.unwrap(), None);
    assert_eq!(store.remove(&token).await.unwrap(), Some(session));
    assert_eq!(store.remove(&token).await.unwrap(), None);
    assert_eq!(store.touch(&token, now, HOUR).await.unwrap(), None);
}

#[tokio::test]
async fn a_session_ends_when_it_is_not_used() {
    let app = TestApp::start().await;
    let store = &app.ports().sessions;
    let session = session(&app, "a@demo.example", TimeDelta::hours(2), TimeDelta::days(1)).await;
    let (unused, used) = (token().hash(), token().hash());
    store.insert(&unused, &session, HOUR).await.unwrap();
    assert_eq!(
        store.touch(&unused, SystemClock.now(), HOUR).await.unwrap(),
        None,
        "its hour was over an hour ago"
    );

    store.insert(&used, &session, 3 * HOUR).await.unwrap();
    assert!(store.touch(&used, SystemClock.now(), 3 * HOUR).await.unwrap().is_some(), "its third hour runs");
    let later = SystemClock.now() + TimeDelta::hours(2);
    assert!(store.touch(&used, later, 3 * HOUR).await.unwrap().is_some(), "the use gave it three more");
}

#[tokio::test]
async fn a_session_ends_with_its_lifetime_however_much_it_is_used() {
    let app = TestApp::start().await;
    let store = &app.ports().sessions;
    let session = session(&app, "a@demo.example", TimeDelta::zero(), TimeDelta::hours(2)).await;
    let token = token().hash();
    store.insert(&token, &session, HOUR).await.unwrap();
    for minutes in [50, 100, 119] {
        let now = session.created_at + TimeDelta::minutes(minutes);
        assert!(store.touch(&token, now, HOUR).await.unwrap().is_some(), "{minutes}");
    }
    let end = session.expires_at;
    assert_eq!(store.touch(&token, end, HOUR).await.unwrap(), None);
}

const QUOTA: Quota = Quota { burst: 3, interval: Duration::from_secs(10) };

#[tokio::test]
async fn attempts_are_limited_by_key_and_come_back_with_time() {
    let app = TestApp::start().await;
    let limiter = &app.ports().limiter;
    let now = SystemClock.now();
    for _ in 0..3 {
        assert_eq!(limiter.take("a", QUOTA, now).await.unwrap(), Verdict::Allowed);
    }
    let refused = Verdict::Refused { retry_after: Duration::from_secs(10) };
    assert_eq!(limiter.take("a", QUOTA, now).await.unwrap(), refused);
    assert_eq!(limiter.take("a", QUOTA, now).await.unwrap(), refused, "a refused attempt costs nothing");
    assert_eq!(limiter.take("b", QUOTA, now).await.unwrap(), Verdict::Allowed);
    let later = now + TimeDelta::seconds(10);
    assert_eq!(limiter.take("a", QUOTA, later).await.unwrap(), Verdict::Allowed);
    assert_eq!(limiter.take("a", QUOTA, later).await.unwrap(), refused);
}

#[tokio::test]
async fn an_attempt_can_be_given_back() {
    let app = TestApp::start().await;
    let limiter = &app.ports().limiter;
    let now = SystemClock.now();
    limiter.give_back("a", QUOTA).await.unwrap();
    for _ in 0..20 {
        assert_eq!(limiter.take("a", QUOTA, now).await.unwrap(), Verdict::Allowed);
        limiter.give_back("a", QUOTA).await.unwrap();
    }
    for _ in 0..3 {
        assert_eq!(limiter.take("a", QUOTA, now).await.unwrap(), Verdict::Allowed);
    }
    assert_ne!(
        limiter.take("a", QUOTA, now).await.unwrap(),
        Verdict::Allowed,
        "nothing was given back too often"
    );
}

#[tokio::test]
async fn attempts_at_the_same_moment_do_not_overlook_each_other() {
    let app = TestApp::start().await;
    let now = SystemClock.now();
    let quota = Quota { burst: 10, ..QUOTA };
    let attempts = (0..100).map(|_| app.ports().limiter.take("a", quota, now));
    let verdicts = join_all(attempts).await;
    let allowed = verdicts.into_iter().filter(|verdict| *verdict.as_ref().unwrap() == Verdict::Allowed);
    assert_eq!(allowed.count(), 10);
}
