//! One contract for each port, whichever adapter stands behind it.

use std::time::Duration;

use bodega::domain::{
    account::{Session, Token},
    port::{Clock, MAX_CACHED_TEXT, MAX_CACHED_TEXTS, Random},
    quota::{Quota, Verdict},
};
use bodega::infra::system::{SystemClock, SystemRandom};
use chrono::TimeDelta;
use entity::account::Role;
use futures_util::future::join_all;

use crate::support::{SOMEONES_PASSWORD, TestApp};

const HOUR: Duration = Duration::from_secs(3600);

async fn session(app: &TestApp, email: &str, age: TimeDelta, lifetime: TimeDelta) -> Session {
    let account_id = app.create_account(email, SOMEONES_PASSWORD, Role::Customer).await.id;
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

fn is_allowed(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Allowed { .. })
}

#[tokio::test]
async fn attempts_are_limited_by_key_and_come_back_with_time() {
    let app = TestApp::start().await;
    let limiter = &app.ports().limiter;
    let now = SystemClock.now();
    let take = async |key: &str, now| limiter.take(key, QUOTA, 1, now).await.unwrap();
    let allowed = |remaining, seconds| Verdict::Allowed { remaining, reset: Duration::from_secs(seconds) };
    let refused = Verdict::Refused { retry_after: Duration::from_secs(10) };
    assert_eq!(take("a", now).await, allowed(2, 10));
    assert_eq!(take("a", now).await, allowed(1, 20));
    assert_eq!(take("a", now).await, allowed(0, 30));
    assert_eq!(take("a", now).await, refused);
    assert_eq!(take("a", now).await, refused, "a refused attempt costs nothing");
    assert_eq!(take("b", now).await, allowed(2, 10));
    let later = now + TimeDelta::seconds(10);
    assert_eq!(take("a", later).await, allowed(0, 30));
    assert_eq!(take("a", later).await, refused);
}

#[tokio::test]
async fn amounts_are_taken_whole_or_not_at_all() {
    let app = TestApp::start().await;
    let limiter = &app.ports().limiter;
    let now = SystemClock.now();
    // A third of a microsecond is rounded up, in the same way everywhere.
    let quota = Quota { burst: 1_000_000, interval: Duration::from_nanos(333) };
    let take = async |amount, now| limiter.take("a", quota, amount, now).await.unwrap();
    let reset = Duration::from_micros;
    assert_eq!(take(0, now).await, Verdict::Allowed { remaining: 1_000_000, reset: reset(0) });
    assert_eq!(take(700_000, now).await, Verdict::Allowed { remaining: 300_000, reset: reset(233_100) });
    assert_eq!(take(400_000, now).await, Verdict::Refused { retry_after: reset(33_300) });
    assert_eq!(take(100_000, now).await, Verdict::Allowed { remaining: 200_000, reset: reset(266_400) });
    assert_eq!(take(2_000_000, now).await, Verdict::Refused { retry_after: reset(266_400) });
    let later = now + TimeDelta::microseconds(266_400);
    assert_eq!(take(2_000_000, later).await, Verdict::Allowed { remaining: 0, reset: reset(333_000) });
}

#[tokio::test]
async fn an_attempt_can_be_given_back() {
    let app = TestApp::start().await;
    let limiter = &app.ports().limiter;
    let now = SystemClock.now();
    let take = async || is_allowed(&limiter.take("a", QUOTA, 1, now).await.unwrap());
    limiter.give_back("a", QUOTA).await.unwrap();
    for _ in 0..20 {
        assert!(take().await);
        limiter.give_back("a", QUOTA).await.unwrap();
    }
    for _ in 0..3 {
        assert!(take().await);
    }
    assert!(!take().await, "nothing was given back too often");
}

#[tokio::test]
async fn attempts_at_the_same_moment_do_not_overlook_each_other() {
    let app = TestApp::start().await;
    let now = SystemClock.now();
    let quota = Quota { burst: 10, ..QUOTA };
    let attempts = (0..100).map(|_| app.ports().limiter.take("a", quota, 1, now));
    let verdicts = join_all(attempts).await;
    assert_eq!(verdicts.into_iter().filter(|verdict| is_allowed(verdict.as_ref().unwrap())).count(), 10);
}

#[tokio::test]
async fn a_text_is_found_by_its_key() {
    let app = TestApp::start().await;
    let cache = &app.ports().cache;
    let get = async |key: &str| cache.get(key).await.unwrap().map(|text| text.to_string());
    assert_eq!(get("a").await, None);
    cache.put("a", "one\nün").await.unwrap();
    cache.put("b", "two").await.unwrap();
    assert_eq!((get("a").await.as_deref(), get("b").await.as_deref()), (Some("one\nün"), Some("two")));
    cache.put("a", "").await.unwrap();
    assert_eq!(get("a").await.as_deref(), Some(""));

    cache.put("long", &"x".repeat(MAX_CACHED_TEXT)).await.unwrap();
    assert_eq!(get("long").await.map(|text| text.len()), Some(MAX_CACHED_TEXT));
    cache.put("longer", &"x".repeat(MAX_CACHED_TEXT + 1)).await.unwrap();
    assert_eq!(get("longer").await, None);
}

#[tokio::test]
async fn the_oldest_texts_are_forgotten_when_there_are_too_many() {
    let app = TestApp::start().await;
    let cache = &app.ports().cache;
    // Small steps, so that no answer waits for thousands of others.
    let keys: Vec<_> = (0..MAX_CACHED_TEXTS + 100).map(|number| format!("key {number}")).collect();
    for keys in keys.chunks(100) {
        join_all(keys.iter().map(|key| cache.put(key, key))).await.into_iter().for_each(Result::unwrap);
    }
    let mut kept = 0;
    for keys in keys.chunks(100) {
        let texts = join_all(keys.iter().map(|key| cache.get(key))).await;
        kept += texts.into_iter().filter(|text| text.as_ref().unwrap().is_some()).count();
    }
    assert!(kept <= MAX_CACHED_TEXTS && kept > MAX_CACHED_TEXTS - 100, "{kept}");
    assert_eq!(cache.get(&keys[0]).await.unwrap(), None);
    assert_eq!(cache.get(keys.last().unwrap()).await.unwrap().as_deref(), keys.last().map(String::as_str));
}
